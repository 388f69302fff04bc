/** A repository manager that fetches on demand: its first byte comes late, and there may be no other mirror to ask. */
import { describe, expect, vi } from 'vitest';

import type { Fault } from '../support/fault.js';
import { coordinate, errorOf, greeter, it, jar, metadata, pom } from '../support/workbench.js';
import { createPerson, signAll, trust, writeKeyring } from './signatures/bench.js';

const files = greeter();
const tuning = { firstByteTimeoutMs: 200, hedgeDelayMs: 50 };
/** A sound server, except that the jar begins after a while. */
const slowJar: Fault = { fault: { delayMs: 900 }, match: /\.jar$/ };

// They wait most of the time; more at once would keep sound servers waiting, too.
vi.setConfig({ maxConcurrency: 4 });

describe.concurrent('a first byte that comes after its time-out', () => {
  it('does not end the last mirror: it has until the deadline', async ({ bench }) => {
    const server = await bench.serve(files, { fault: slowJar });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] }, tuning);
    await client.resolveArtifact({ group: 'org.example', artifact: 'greeter', version: '1.0.0', extension: 'pom' });
    const found = await client.resolveArtifact(coordinate);
    expect(found.mirror).toBe(server.url);
    expect(server.count(jar)).toBe(1);
  });

  it.for([
    ['a POM', /\.pom$/],
    ['a checksum file', /\.sha1$/],
    ['everything, from the first request on,', /./],
  ] as const)('does not end the last mirror for %s', async ([_, match], { bench }) => {
    const server = await bench.serve(files, { fault: { fault: { delayMs: 900 }, match } });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] }, tuning);
    expect((await client.resolveArtifact(coordinate)).mirror).toBe(server.url);
    expect([server.count(jar), server.count(`${jar}.sha1`), server.count(pom)]).toEqual([1, 1, 1]);
  });

  it.for([
    ['metadata', /maven-metadata\.xml$/],
    ['the checksum file of metadata', /maven-metadata\.xml\.sha1$/],
  ] as const)('does not end the last mirror for %s', async ([_, match], { bench }) => {
    const server = await bench.serve(files, { fault: { fault: { delayMs: 900 }, match } });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] }, tuning);
    await client.resolveArtifact(coordinate);
    expect((await client.resolveVersions('org.example:greeter')).versions).toEqual(['1.0.0', '1.1.0']);
    expect(server.count(metadata)).toBe(1);
  });

  it('does not end the last mirror for a required signature', async ({ bench }) => {
    const ada = await createPerson();
    const server = await bench.serve(await signAll(files, ada), { fault: { fault: { delayMs: 900 }, match: /\.asc$/ } });
    const signed = trust('require', await writeKeyring(bench, [ada]));
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }], ...signed }, tuning);
    const { verification } = await client.resolveArtifact(coordinate);
    expect(verification.signature?.status).toBe('good');
    expect(server.count(`${jar}.asc`)).toBe(1);
  });

  it('does not lose a signature that is checked if present', async ({ bench }) => {
    const ada = await createPerson();
    // It gets three times as long as a first byte: a busy machine has almost two seconds more.
    const server = await bench.serve(await signAll(files, ada), { fault: { fault: { delayMs: 1_200 }, match: /\.asc$/ } });
    const signed = trust('if-present', await writeKeyring(bench, [ada]));
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }], ...signed }, { ...tuning, firstByteTimeoutMs: 1_000 });
    const { verification } = await client.resolveArtifact(coordinate);
    expect(verification.signature?.status).toBe('good');
    expect(server.count(`${jar}.asc`)).toBe(1);
  });

  it('does not wait until the deadline for a signature that is checked if present', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { fault: 'hang', match: /\.asc$/ } });
    const signed = trust('if-present', await writeKeyring(bench, [await createPerson()]));
    // The deadline comes long after that of the test.
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }], timeoutMs: 600_000, ...signed }, tuning);
    await client.resolveArtifact(coordinate);
    expect(bench.of('warning').map(({ warning }) => warning)).toContain('signature-unknown');
  });

  it('does not end the last place of a required signature, while a silent one ahead of it gives way', async ({ bench }) => {
    const ada = await createPerson();
    const signed = await signAll(files, ada);
    const server = await bench.serve(files, { fault: { fault: { status: 404 }, match: /\.asc$/ } });
    const silent = await bench.serve(signed, { fault: 'hang' });
    const slow = await bench.serve(signed, { fault: { delayMs: 900 } });
    const { trust: required } = trust('require', await writeKeyring(bench, [ada]));
    const client = bench.client(
      { repositories: [{ id: 'r', url: server.url }], trust: { ...required, signatureStores: [silent.url, slow.url] } },
      tuning,
    );
    const { verification } = await client.resolveArtifact(coordinate);
    expect(verification.signature?.status).toBe('good');
  });

  it('ends a repository for metadata once an earlier repository has answered', async ({ bench }) => {
    const quick = await bench.serve(files);
    const slow = await bench.serve(files, { fault: { fault: 'hang', match: /maven-metadata/ } });
    const repositories = [
      { id: 'quick', url: quick.url },
      { id: 'slow', url: slow.url },
    ];
    const { warnings } = await bench.client({ repositories }, tuning).resolveVersions('org.example:greeter');
    expect(warnings).toEqual(['slow could not be reached; versions that only it has are missing']);
  });

  it('starts the next mirror if there is one', async ({ bench }) => {
    const slow = await bench.serve(files, { fault: slowJar });
    const quick = await bench.serve(files);
    const client = bench.client({ repositories: [{ id: 'r', url: slow.url, mirrors: [quick.url] }] }, tuning);
    expect((await client.resolveArtifact(coordinate)).mirror).toBe(quick.url);
  });

  it('does not end the last mirror that never answered anything', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { delayMs: 1_500 } });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] }, tuning);
    expect((await client.resolveArtifact(coordinate)).mirror).toBe(server.url);
    expect([server.count(jar), server.count(`${jar}.sha1`), server.count(pom)]).toEqual([1, 1, 1]);
  });

  it.for([
    ['hangs', 'hang'],
    ['refuses', { status: 503 }],
    ['has no such file', { status: 404 }],
    ['lies', 'corrupt'],
  ] as const)('does not end the slow one of two mirrors if the other %s', async ([_, fault], { bench }) => {
    const slow = await bench.serve(files, { fault: { delayMs: 900 } });
    const other = await bench.serve(files, { fault });
    for (const [index, [first, second]] of [
      [slow, other],
      [other, slow],
    ].entries()) {
      const client = bench.client(
        {
          repositories: [{ id: 'r', url: first?.url ?? '', mirrors: [second?.url ?? ''] }],
          localRepository: `${bench.m2}-${index}`,
          cacheFolder: `${bench.folder}/cache-${index}`,
        },
        tuning,
      );
      expect((await client.resolveArtifact(coordinate)).mirror).toBe(slow.url);
    }
  });

  it('does not end the last mirror because another was quicker with an earlier file', async ({ bench }) => {
    const slow = await bench.serve(files, { fault: { delayMs: 900 } });
    const quick = await bench.serve(new Map([...files].filter(([path]) => !path.includes('.jar'))));
    const client = bench.client({ repositories: [{ id: 'r', url: slow.url, mirrors: [quick.url] }] }, tuning);
    const found = await client.resolveArtifact({ group: 'org.example', artifact: 'greeter', version: '1.0.0', extension: 'pom' });
    expect(found.mirror).toBe(quick.url);
    expect((await client.resolveArtifact(coordinate)).mirror).toBe(slow.url);
  });

  it('does not end an authority for metadata that no other mirror has', async ({ bench }) => {
    const slow = await bench.serve(files, { fault: { fault: { delayMs: 900 }, match: /maven-metadata/ } });
    const empty = await bench.serve(new Map());
    const repository = { id: 'r', url: slow.url, mirrors: [{ url: empty.url, operator: 'o', trusted: false }] };
    const list = await bench.client({ repositories: [repository] }, tuning).resolveVersions('org.example:greeter');
    expect(list.versions).toEqual(['1.0.0', '1.1.0']);
  });

  it('leaves a mirror that is not the last', async ({ bench }) => {
    const dead = await bench.serve(files, { fault: 'hang' });
    const sound = await bench.serve(files);
    const client = bench.client(
      { repositories: [{ id: 'r', url: dead.url, mirrors: [sound.url] }] },
      { ...tuning, hedgeDelayMs: 20_000 }, // so that the first-byte time alone makes it move on
    );
    expect((await client.resolveArtifact(coordinate)).mirror).toBe(sound.url);
    expect(bench.of('failed-over')).toContainEqual(expect.objectContaining({ from: dead.url, to: sound.url, outcome: 'timeout' }));
  });

  it('costs a hedge delay, not the time for a first byte, where a healthy mirror is left', async ({ bench }) => {
    const dead = await bench.serve(files, { fault: 'hang' });
    const sound = await bench.serve(files);
    const client = bench.client(
      { repositories: [{ id: 'r', url: dead.url, mirrors: [sound.url] }], timeoutMs: 600_000 },
      { firstByteTimeoutMs: 300_000, hedgeDelayMs: 50 }, // longer than the test may take
    );
    await client.resolveArtifact(coordinate);
    expect(bench.of('warning')).toEqual([]);
  });

  it('is told once for a mirror that is still awaited', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { delayMs: 1_200 } });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] }, { ...tuning, firstByteTimeoutMs: 100 });
    await Promise.all(
      ['jar', 'pom'].map((extension) => client.resolveArtifact({ group: 'org.example', artifact: 'greeter', version: '1.0.0', extension })),
    );
    const told = bench.of('warning').filter(({ warning }) => warning === 'slow-answer');
    // The seconds depend on how busy the machine is.
    const message = expect.stringMatching(
      `^${new URL(server.url).origin} has not answered for \\d+ s, and no other mirror is left`,
    ) as unknown;
    expect(told).toMatchObject([{ message }]);
  });

  it('leaves the deadline of the operation in force, and the error names the mirror', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { fault: 'hang', match: /\.jar$/ } });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }], timeoutMs: 1500 }, tuning);
    const error = await errorOf(client.resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout' });
    expect(error.attempts).toMatchObject([{ mirror: server.url, outcome: 'timeout', status: null }]);
  });

  it('is governed by an option of the client', async ({ bench }) => {
    const slow = await bench.serve(files, { fault: slowJar });
    const quick = await bench.serve(files);
    const client = bench.client({
      repositories: [{ id: 'r', url: slow.url, mirrors: [quick.url] }],
      firstByteTimeoutMs: 100,
    });
    expect((await client.resolveArtifact(coordinate)).mirror).toBe(quick.url);
  });
});
