/** A running proxy whose clock jumps by a year: nothing freezes, loops, or goes on with certificates that have ended. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';

import { describe, expect } from 'vitest';

import type { Proxy } from '../../src/app/proxy/proxy-options.js';
import { contentOf, greeter, jar, metadata } from '../support/workbench.js';
import { it } from './bench.js';

const yearMs = 365 * 86_400_000;
const files = greeter();

describe.for([
  ['ahead', yearMs],
  ['back', -yearMs],
] as const)('a clock that jumps a year %s', ([, jumpMs]) => {
  it('leaves files and metadata as they are, and lets absent files appear', async ({ bench }) => {
    const served = new Map(files);
    const server = await bench.serve(served);
    let offsetMs = 0;
    const proxy = await bench.start(
      { repositories: [{ id: 'r', url: server.url }], lookAhead: false },
      { clock: () => Date.now() + offsetMs },
    );
    const late = 'org/example/greeter/2.0.0/greeter-2.0.0.jar';
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(200);
    expect((await bench.get(proxy, `r/${metadata}`)).status).toBe(200);
    expect((await bench.get(proxy, `r/${late}`)).status).toBe(404);
    server.clear();
    offsetMs = jumpMs;
    for (const [path, content] of greeter({ versions: ['1.0.0', '1.1.0', '2.0.0'] })) served.set(path, content);
    expect((await bench.get(proxy, `r/${jar}`)).headers['cache-status']).toContain('hit');
    expect((await bench.get(proxy, `r/${late}`)).body).toEqual(contentOf(served, late));
    // A copy from the future counts as fetched now.
    await bench.get(proxy, `r/${metadata}`);
    offsetMs += 61_000;
    await expect.poll(async () => (await bench.get(proxy, `r/${metadata}`)).body.toString()).toContain('2.0.0');
    // Fresh again by the new time: it is not asked for each time.
    const asked = server.count(metadata);
    for (let round = 0; round < 5; round += 1) await bench.get(proxy, `r/${metadata}`);
    expect(server.count(metadata) - asked).toBeLessThanOrEqual(1);
  });

  it('ends patience and outages in their time', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { status: 503 } });
    let offsetMs = 0;
    const proxy = await bench.start(
      { repositories: [{ id: 'r', url: server.url }], lookAhead: false, patienceMs: 600 },
      { clock: () => Date.now() + offsetMs },
    );
    const answer = bench.get(proxy, `r/${jar}`);
    await expect.poll(() => server.requests.length).toBeGreaterThan(0);
    offsetMs = jumpMs;
    expect((await answer).status).toBe(503);
    expect(server.requests.length).toBeLessThan(100);
    server.setFault(null);
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(200);
  });
});

describe('certificates', () => {
  const leafOf = (proxy: Proxy): Promise<X509Certificate> =>
    new Promise((resolve, reject) => {
      const ca = readFileSync(proxy.certificateAuthority ?? '', 'utf8');
      const socket = connect({ port: Number(new URL(proxy.url).port), host: '127.0.0.1', ca, servername: 'localhost' }, () => {
        const leaf = socket.getPeerX509Certificate();
        socket.destroy();
        if (leaf === undefined) reject(new Error('no certificate'));
        else resolve(leaf);
      });
      socket.on('error', reject);
    });

  it('that end while the proxy runs are renewed, and the warning names the root to trust', async ({ bench }) => {
    let offsetMs = 0;
    const proxy = await bench.start(
      { repositories: [{ id: 'r', url: 'http://127.0.0.1:9/' }], tls: true },
      { clock: () => Date.now() + offsetMs, renewalCheckMs: 50 },
    );
    const before = await leafOf(proxy);
    expect(before.checkHost('localhost')).toBe('localhost');
    bench.events.length = 0;
    offsetMs = 380 * 86_400_000;
    await expect.poll(() => bench.of('warning').map(({ warning }) => warning)).toEqual(['certificates']);
    expect(bench.of('warning')[0]?.message).toContain(proxy.certificateAuthority);
    const renewed = readFileSync(join(bench.folder, 'state', 'loopback-tls', 'chain.pem'), 'latin1');
    const served = (): Promise<string | null> =>
      new Promise((resolve) => {
        const socket = connect({ port: Number(new URL(proxy.url).port), host: '127.0.0.1', rejectUnauthorized: false }, () => {
          resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? null);
          socket.destroy();
        });
      });
    await expect.poll(served).toBe(new X509Certificate(renewed).fingerprint256);
    // One renewal, also if it takes longer than the time to the next check.
    expect(bench.of('warning')).toHaveLength(1);
    expect(new X509Certificate(renewed).fingerprint256).not.toBe(before.fingerprint256);
  });

  it('are files that only their user can write, and the key one that only they can read', async ({ bench }) => {
    await bench.start({ repositories: [{ id: 'r', url: 'http://127.0.0.1:9/' }], tls: true });
    const folder = join(bench.folder, 'state', 'loopback-tls');
    const modes = ['', 'key.pem', 'chain.pem', 'root.pem'].map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8));
    expect(modes).toEqual(['700', '600', '644', '644']);
    // The keys of root and intermediate are nowhere.
    expect(['chain.pem', 'root.pem'].some((name) => readFileSync(join(folder, name), 'latin1').includes('PRIVATE'))).toBe(false);
    expect(readFileSync(join(folder, 'key.pem'), 'latin1').match(/BEGIN/g)).toHaveLength(1);
  });
});
