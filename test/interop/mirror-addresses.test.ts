/**
 * Mirrors that are reached over IPv4, over IPv6 or over both. `mirrors check` runs in a mount namespace with an /etc/hosts of its own, for
 * which the kernel needs no privileges.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished } from 'vitest';

import { probeAddress } from '../../src/network/transport/connection/address-probe.js';
import { createSecureContext } from '../../src/network/transport/connection/secure-context.js';
import { it, type Stage } from '../mirror-check/stage.js';
import { listen } from '../support/listening.js';
import { cliPath, isolatedEnvironment } from '../support/processes.js';
import { skipUnlessThere } from './programs.js';

const missing = [
  ...(spawnSync('unshare', ['-rm', 'true']).status === 0 ? [] : ['the permission to make a mount namespace']),
  ...(Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1')) ? [] : ['the address ::1']),
];

/** Names are looked up in the file alone: a server of names may be out of reach. */
const script = `
mount --bind hosts /etc/hosts && mount --bind nsswitch.conf /etc/nsswitch.conf || exit 9
exec "$0" "$@"
`;

it('mirrors check says over which addresses a mirror is reached', async ({ bench, skip }) => {
  skipUnlessThere({ skip }, missing);
  const canonical = await bench.canonical();
  const [reached, half] = [await bench.serve(bench.mirrorFiles()), await bench.serve(bench.mirrorFiles())];
  await forwardFromIpv6(reached.port);
  const urls = {
    both: `http://both.test:${reached.port}/`,
    refusing: `http://refusing.test:${half.port}/`,
    four: `http://four.test:${half.port}/`,
    // glibc answers a question for the IPv4 address of a name of ::1 with 127.0.0.1.
    six: `http://[::1]:${reached.port}/`,
  };
  const hosts = ['127.0.0.1 localhost both.test refusing.test four.test', '::1 both.test refusing.test'];

  const found = await check(bench, hosts, canonical.url, Object.values(urls));

  const [four, six] = ['127.0.0.1', '::1'].map((address) => ({ status: 'ok', address, detail: '' }));
  expect(found.get(urls.both)).toEqual([four, six]);
  expect(found.get(urls.refusing)).toEqual([
    four,
    { status: 'failed', address: '::1', detail: expect.stringContaining('ECONNREFUSED') as string },
  ]);
  expect(found.get(urls.four)).toEqual([four, { status: 'none', address: null, detail: 'it has no IPv6 address' }]);
  expect(found.get(urls.six)).toEqual([{ status: 'none', address: null, detail: 'it has no IPv4 address' }, six]);
});

it('a server that accepts a connection over IPv6 and says nothing is not reached', async ({ skip }) => {
  skipUnlessThere({ skip }, missing);
  const silent = await listen(createServer(), '::1');
  onTestFinished(() => silent.close());
  const options = { secureContext: () => createSecureContext([]), timeoutMs: 200, signal: new AbortController().signal };
  const origin = new URL(`https://[::1]:${silent.port}/`);

  expect(await probeAddress({ ...options, origin, family: 6 })).toMatchObject({
    status: 'failed',
    address: '::1',
    detail: 'no connection within 200 ms',
  });
  expect(await probeAddress({ ...options, origin, family: 4 })).toMatchObject({ status: 'none', detail: 'it has no IPv4 address' });
});

/** Returns what the check says of IPv4 and IPv6, by URL. */
async function check(
  bench: Stage,
  hosts: readonly string[],
  canonical: string,
  mirrors: readonly string[],
): Promise<ReadonlyMap<string, readonly unknown[]>> {
  writeFileSync(join(bench.folder, 'hosts'), `${hosts.join('\n')}\n`);
  writeFileSync(join(bench.folder, 'nsswitch.conf'), 'hosts: files\n');
  const allowHttp = mirrors.map((url) => new URL(url).hostname);
  writeFileSync(join(bench.folder, 'config.json'), JSON.stringify({ allowHttp }));
  const words = ['--config', 'config.json', ...bench.commandWords(canonical, ...mirrors).filter((word) => word !== '--no-config')];
  const child = spawn('unshare', ['-rm', 'sh', '-c', script, process.execPath, cliPath, 'mirrors', 'check', '--json', ...words], {
    cwd: bench.folder,
    env: isolatedEnvironment(bench.folder),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  await once(child, 'close');
  const document = JSON.parse(text) as {
    readonly mirrors: readonly { readonly url: string; readonly ipv4: unknown; readonly ipv6: unknown }[];
  };
  return new Map(document.mirrors.map(({ url, ipv4, ipv6 }) => [url, [ipv4, ipv6]]));
}

/** Lets a server on 127.0.0.1 be reached on ::1, too. */
async function forwardFromIpv6(port: number): Promise<void> {
  const forwarder = createServer((socket) => {
    const onward = connect(port, '127.0.0.1');
    for (const end of [socket, onward]) end.on('error', () => undefined);
    socket.pipe(onward).pipe(socket);
  });
  forwarder.listen(port, '::1');
  await once(forwarder, 'listening');
  onTestFinished(() => void forwarder.close());
}
