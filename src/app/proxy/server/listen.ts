/** Has a server listen on loopback, and explains why it cannot. */
import { once } from 'node:events';
import type { Server } from 'node:net';

import { systemErrorCode } from '../../../base/disk/file-error.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { ownerOfPort } from './port-owner.js';

/** The only address that the proxy listens on. Maven's blocker lets it pass, and not [::1] or 127.0.0.2. */
const loopback = '127.0.0.1';

/**
 * Listens on 127.0.0.1, and returns the port.
 *
 * @param port 0 for any free one
 * @throws ClojarsFetchError ERR_CONFIG, `port-in-use` or `bad-value`
 */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  try {
    server.listen({ port, host: loopback, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, port);
  }
  const address = server.address();
  return address === null || typeof address === 'string' ? port : address.port;
}

function listenError(cause: unknown, port: number): ClojarsFetchError {
  const code = systemErrorCode(cause);
  if (code === 'EADDRINUSE') {
    const owner = ownerOfPort(port);
    return new ClojarsFetchError('ERR_CONFIG', {
      reason: 'port-in-use',
      message: `port ${port} of ${loopback} is in use by ${owner ?? 'another program'}`,
      hint: `Stop that program, or choose another port: --port ${port < 65_535 ? port + 1 : port - 1}.`,
      cause,
    });
  }
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `cannot listen on ${loopback}:${port}: ${code === 'EACCES' ? 'permission denied' : (code ?? String(cause))}`,
    hint: 'Choose a port from 1024 to 65535 with --port, or 0 for any free one.',
    cause,
  });
}
