/** A repository manager that fetches on demand: its first byte comes late, and there may be no other mirror to ask. */
import { describe, expect } from 'vitest';

import type { Fault } from '../support/fault.js';
import { coordinate, errorOf, greeter, it, jar, metadata, pom } from '../support/workbench.js';
import { createPerson, signAll, trust, writeKeyring } from './signatures/bench.js';

const files = greeter();
const tuning = { firstByteTimeoutMs: 200, hedgeDelayMs: 50 };
/** A sound server, except that the jar begins after a while. */
const slowJar: Fault = { fault: { delayMs: 900 }, match: /\.jar$/ };

describe('a first byte that comes after its time-out', () => {
  it('does not end the last mirror: if it has answered before, it has until the deadline', async ({ bench }) => {
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
    // Within three times the time-out: a mirror that never answered anything gets no more.
    const server = await bench.serve(files, { fault: { fault: { delayMs: 450 }, match } });
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

  it('ends a mirror that never answered anything', async ({ bench }) => {
    const server = await bench.serve(files, { fault: 'hang' });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] }, tuning);
    expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout' });
  });

  it('leaves the deadline of the operation in force', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { fault: 'hang', match: /\.jar$/ } });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }], timeoutMs: 1500 }, tuning);
    const error = await errorOf(client.resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout' });
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
