/**
 * Finds out whether a server can be reached over IPv4 or over IPv6, and which certificate it shows. Clients try both families and use what
 * works, so requests alone do not show that one of them is broken. Sends no request.
 */
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';

import { linkedAbort } from '../../../base/async/linked-abort.js';
import { untilAborted } from '../../../base/async/until-aborted.js';
import { errorCode } from '../contract/failure.js';

export interface ProbeOptions {
  readonly origin: URL;
  readonly family: 4 | 6;
  readonly secureContext: () => SecureContext;
  /** For name, TCP and TLS together. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A certificate as the server shows it. */
export interface SeenCertificate {
  readonly validToMs: number;
  /** Why clients refuse it; null if they accept it. */
  readonly problem: string | null;
}

export interface ProbeResult {
  /** `none`: the name has no address of this family. `unknown`: this machine has no route for the family. */
  readonly status: 'ok' | 'failed' | 'none' | 'unknown';
  readonly address: string | null;
  /** Explains any status but `ok`; empty with it. */
  readonly detail: string;
  readonly certificate: SeenCertificate | null;
}

const noRoute: ReadonlySet<string> = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']);
const noAddress: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EAI_ADDRFAMILY', 'EAI_NODATA']);

/** Connects once, and closes the connection. @throws the signal's reason */
export async function probeAddress(options: ProbeOptions): Promise<ProbeResult> {
  const { family, signal, timeoutMs } = options;
  const patience = linkedAbort(signal);
  const timer = setTimeout(() => patience.abort(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
  let address: string | null = null;
  try {
    // A look-up cannot be cancelled: after the time limit it is ignored.
    address = await untilAborted(addressOf(hostOf(options.origin), family), patience.signal);
    if (address === null) return { status: 'none', address, detail: `it has no IPv${family} address`, certificate: null };
    const certificate = await untilAborted(connect(address, options, patience.signal), patience.signal);
    return { status: 'ok', address, detail: '', certificate };
  } catch (error) {
    signal.throwIfAborted();
    const code = errorCode(error);
    if (noRoute.has(code)) return { status: 'unknown', address, detail: `this machine has no route over IPv${family}`, certificate: null };
    const detail = error instanceof Error ? error.message : String(error);
    return { status: 'failed', address, detail, certificate: null };
  } finally {
    clearTimeout(timer);
    patience.abort();
  }
}

async function addressOf(host: string, family: 4 | 6): Promise<string | null> {
  if (isIP(host) !== 0) return isIP(host) === family ? host : null;
  try {
    return (await lookup(host, { family })).address;
  } catch (error) {
    if (noAddress.has(errorCode(error))) return null;
    throw error;
  }
}

/** Resolves to the certificate once connected, null over plain http. The socket is closed either way. */
function connect(address: string, { origin, secureContext }: ProbeOptions, signal: AbortSignal): Promise<SeenCertificate | null> {
  const isTls = origin.protocol === 'https:';
  const port = origin.port === '' ? (isTls ? 443 : 80) : Number(origin.port);
  return new Promise((resolve, reject) => {
    let socket: Socket;
    const end = (): void => void socket.destroy();
    if (isTls) {
      const host = hostOf(origin);
      const servername = isIP(host) === 0 ? host.replace(/\.$/, '') : undefined;
      // Also a certificate that clients refuse must be seen. Nothing is sent over this connection.
      const options = { host: address, port, servername, secureContext: secureContext(), rejectUnauthorized: false };
      const secure = connectTls(options, () => {
        resolve(certificateOf(secure));
        end();
      });
      socket = secure;
    } else {
      socket = connectTcp({ host: address, port }, () => {
        resolve(null);
        end();
      });
    }
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed by the other side')));
    signal.addEventListener('abort', end, { once: true });
  });
}

function certificateOf(socket: TLSSocket): SeenCertificate | null {
  const validToMs = Date.parse(socket.getPeerCertificate().valid_to);
  if (Number.isNaN(validToMs)) return null;
  return { validToMs, problem: socket.authorized ? null : describe(socket.authorizationError) };
}

function describe(error: unknown): string {
  return `clients refuse its certificate: ${error instanceof Error ? error.message : String(error)}`;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}
