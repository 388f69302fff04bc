/** Files of zero bytes: published like that, or an accident of a mirror. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { forge } from '../attacks/stage.js';
import { contentOf, coordinate, digest, errorOf, greeter, it, jar, pom, type Workbench } from '../support/workbench.js';

const files = greeter();
const nothing = digest('sha256', Buffer.alloc(0));

/** The repository with these files emptied. Their checksum files match unless `checksums` is false. */
const serveEmpty = (bench: Workbench, paths: readonly string[], checksums = true) => {
  const empty = Object.fromEntries(paths.map((path) => [path, '']));
  return bench.serve(checksums ? forge(files, empty) : new Map([...files, ...paths.map((path) => [path, Buffer.alloc(0)] as const)]));
};

describe('a file of zero bytes', () => {
  it('is accepted if its published checksum matches, and is not fetched again', async ({ bench }) => {
    const server = await serveEmpty(bench, [jar]);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const found = await client.resolveArtifact(coordinate);
    expect(found).toMatchObject({ size: 0, sha256: nothing, verification: { level: 'transport' } });
    expect(await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate)).toMatchObject({ size: 0 });
    expect(server.count(jar)).toBe(1);
  });

  it('does not fail as a POM: it counts as an invalid one, without dependencies', async ({ bench }) => {
    const server = await serveEmpty(bench, [pom]);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    expect(await client.resolveArtifact(coordinate)).toMatchObject({ sha256: digest('sha256', contentOf(files, jar)) });
    const { dependencies, problems } = await client.resolveDependencies([coordinate]);
    expect(dependencies.map(({ artifact }) => artifact)).toEqual(['greeter']);
    expect(problems).toEqual([expect.objectContaining({ kind: 'invalid', reason: 'malformed' })]);
  });

  it('is not taken from a mirror when the checksum is that of the whole file', async ({ bench }) => {
    const server = await serveEmpty(bench, [jar], false);
    const error = await errorOf(bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'not-maven' });
    expect(await bench.placed()).not.toContain(jar);
  });

  it('in place of a fetched file is not used: it does not match the checksum file next to it', async ({ bench }) => {
    const server = await bench.serve(files);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const { path } = await client.resolveArtifact(coordinate);
    await writeFile(path, '');
    await writeFile(join(`${path}.sha1`), digest('sha1', contentOf(files, jar)));
    expect(await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate)).not.toMatchObject({ size: 0 });
  });
});
