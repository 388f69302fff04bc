/** A repository manager that fetches on demand: its first byte comes late, and there may be no other mirror to ask. */
import { describe, expect, test } from 'vitest';

import type { Fault } from '../support/fault.js';
import { coordinate, errorOf, greeter, jar, useWorkbench, Workbench } from '../support/workbench.js';

const bench = useWorkbench(new Workbench());
const files = greeter();
const tuning = { firstByteTimeoutMs: 200, hedgeDelayMs: 50 };
/** Sound, but for the jar, which begins after a while. */
const slowJar: Fault = { fault: { delayMs: 900 }, match: /\.jar$/ };

describe('the first byte comes after the time for it', () => {
  test('does not end the last mirror: one that has answered has until the deadline', async () => {
    const server = await bench.serve(files, { fault: slowJar });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] }, tuning);
    await client.resolveArtifact({ group: 'org.example', artifact: 'greeter', version: '1.0.0', extension: 'pom' });
    const found = await client.resolveArtifact(coordinate);
    expect(found.mirror).toBe(server.url);
    expect(server.count(jar)).toBe(1);
  });

  test('starts the next mirror if there is one', async () => {
    const slow = await bench.serve(files, { fault: slowJar });
    const quick = await bench.serve(files);
    const client = bench.client({ repositories: [{ id: 'r', url: slow.url, mirrors: [quick.url] }] }, tuning);
    expect((await client.resolveArtifact(coordinate)).mirror).toBe(quick.url);
  });

  test('ends a mirror that never answered anything', async () => {
    const server = await bench.serve(files, { fault: 'hang' });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] }, tuning);
    expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout' });
  });

  test('leaves the deadline of the operation in force', async () => {
    const server = await bench.serve(files, { fault: { fault: 'hang', match: /\.jar$/ } });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }], timeoutMs: 1500 }, tuning);
    const error = await errorOf(client.resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout' });
  });

  test('is an option of the client', async () => {
    const slow = await bench.serve(files, { fault: slowJar });
    const quick = await bench.serve(files);
    const client = bench.client({
      repositories: [{ id: 'r', url: slow.url, mirrors: [quick.url] }],
      firstByteTimeoutMs: 100,
    });
    expect((await client.resolveArtifact(coordinate)).mirror).toBe(quick.url);
  });
});
