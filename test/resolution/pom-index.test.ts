/** The index of parsed POMs changes no graph, whatever state it is in. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import fc from 'fast-check';
import { describe, expect } from 'vitest';

import type { Client } from '../../src/app/client/client.js';
import { isClojarsFetchError } from '../../src/base/error.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { worlds } from '../resolver/support/random-worlds.js';
import { type PomParts, pomXml } from '../resolver/support/world.js';
import { it, type Workbench } from '../support/workbench.js';
import { pathOf } from '../support/world.js';

const indexOf = (bench: Workbench): string => join(bench.folder, 'cache', 'poms.index');

/** Writes the POMs and their metadata as a repository, and returns its URL. */
async function publish(folder: string, poms: Readonly<Record<string, PomParts>>): Promise<string> {
  const versions = new Map<string, string[]>();
  for (const [name, parts] of Object.entries(poms)) {
    const [artifact = '', version = ''] = name.split(':');
    versions.set(artifact, [...(versions.get(artifact) ?? []), version]);
    await write(join(folder, pathOf(artifact, version, 'pom')), pomXml(name, parts));
  }
  for (const [artifact, all] of versions) {
    const list = all.map((version) => `<version>${version}</version>`).join('');
    const xml = `<metadata><groupId>g</groupId><artifactId>${artifact}</artifactId><versioning><versions>${list}</versions></versioning></metadata>`;
    await write(join(folder, 'g', artifact, 'maven-metadata.xml'), xml);
  }
  return `${pathToFileURL(folder).href}/`;
}

async function write(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

async function outcome(client: Client): Promise<unknown> {
  try {
    const resolution = await client.resolveDependencies(['g:a0:1', 'g:a1:2'], { download: false });
    const { dependencies, problems, cycles, poms } = resolution;
    // The message about a cycle of parents or BOMs names the POM that was read first.
    const faults = problems.map(({ coordinate, kind, reason }) => [coordinate, kind, reason]);
    return [dependencies, faults, cycles, poms.map(({ coordinate, sha256 }) => [coordinate, sha256]), resolution.tree()];
  } catch (error) {
    if (!isClojarsFetchError(error)) throw error;
    return [error.code, error.reason, error.coordinate];
  }
}

describe('the index of POMs', () => {
  it('changes no graph: with it, without it, and with other bytes in it', { timeout: 120_000 }, async ({ bench }) => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        worlds(false),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1 }),
        async (poms, edits) => {
          const url = await publish(join(bench.folder, 'remote', String(run)), poms);
          const options: ClientOptions = {
            repositories: [{ id: 'r', url }],
            trust: { checksums: 'ignore' },
            localRepository: join(bench.folder, 'm2', String(run++)),
          };
          await rm(indexOf(bench), { force: true });
          const cold = await outcome(bench.client(options));
          const written = await readFile(indexOf(bench));
          expect(await outcome(bench.client(options))).toEqual(cold);
          expect(await readFile(indexOf(bench))).toEqual(written);
          expect(await outcome(bench.client({ ...options, paranoid: true }))).toEqual(cold);
          for (const [at, by] of edits) written[at % written.length] = ((written[at % written.length] ?? 0) + by) % 256;
          await writeFile(indexOf(bench), written);
          expect(await outcome(bench.client(options))).toEqual(cold);
          await rm(indexOf(bench));
          expect(await outcome(bench.client(options))).toEqual(cold);
        },
      ),
      { numRuns: 6 },
    );
  });

  it('is not needed: a cache folder that cannot be written changes nothing', async ({ bench }) => {
    const url = await publish(join(bench.folder, 'remote'), { 'a0:1': { dependencies: ['a1:2'] }, 'a1:2': {} });
    const options: ClientOptions = { repositories: [{ id: 'r', url }], trust: { checksums: 'ignore' } };
    const cold = await outcome(bench.client(options));
    await rm(indexOf(bench));
    await chmod(join(bench.folder, 'cache'), 0o500);
    expect(await outcome(bench.client(options))).toEqual(cold);
    await chmod(join(bench.folder, 'cache'), 0o700);
  });
});
