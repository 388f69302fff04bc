/** Metadata that is written here, as Maven's own classes read and merge it. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { mergeRepositories } from '../../src/app/proxy/metadata/merge-served.js';
import { formatMetadata, type WrittenMetadata } from '../../src/maven/metadata/format.js';
import { createRandom } from '../support/random.mjs';
import { findProgram, missingPrograms, runProgram, skipUnlessThere } from './programs.js';

const jars = ['/usr/share/java/maven-repository-metadata-3.x.jar', '/usr/share/java/plexus-utils.jar'];
const program = join(import.meta.dirname, 'MergeMetadata.java');

const random = createRandom(20_261_129);
const pick = <Value>(values: readonly [Value, ...Value[]]): Value => values[Math.floor(random() * values.length)] ?? values[0];
const some = <Value>(values: readonly Value[]): Value[] => values.filter(() => random() < 0.5);
const mark = (): string | null => pick([null, '1.0', '1.1', 'a&b', '2.0-SNAPSHOT']);

function document(): WrittenMetadata {
  return {
    group: 'org.example',
    artifact: 'a&b',
    version: null,
    versions: some(['1.0', '1.1', '1.10', '2.0-SNAPSHOT', 'a&b', "it's"]),
    latest: mark(),
    release: mark(),
    lastUpdated: pick([null, '20240101000000', '20240102000000', '20250101000000']),
    snapshot: null,
    snapshotVersions: [],
    plugins: some(['x', 'y', 'z']).map((prefix) => ({
      name: pick([null, 'A <name>']),
      prefix,
      artifact: pick(['one', 'two', 'three']),
    })),
  };
}

/** As the program prints it. */
function describeMetadata({ group, artifact, versions, latest, release, lastUpdated, plugins, snapshotVersions }: WrittenMetadata): string {
  const listed = plugins.map((plugin) => `${plugin.prefix}=${plugin.artifact}`).join(' ');
  const files = snapshotVersions.map(({ classifier, extension, value }) => `${classifier}.${extension}=${value}`).join(' ');
  return [group, artifact, [...versions].sort().join(' '), latest, release, lastUpdated, listed, files].map(String).join('|');
}

const snapshot: WrittenMetadata = {
  ...document(),
  version: '2.0-SNAPSHOT',
  versions: [],
  plugins: [],
  snapshot: { timestamp: '20240101.000000', buildNumber: 3, localCopy: true },
  snapshotVersions: [
    { classifier: 'sources', extension: 'jar', value: '2.0-20240101.000000-3', updated: '20240101000000' },
    { classifier: '', extension: 'pom', value: '2.0-20240101.000000-3', updated: null },
  ],
};

describe('written metadata', () => {
  it('is read by the strict reader of Maven, and merged to the same result', async (context) => {
    skipUnlessThere(context, [...missingPrograms(['java']), ...jars.filter((jar) => !existsSync(jar))]);
    const groups = [[snapshot], ...Array.from({ length: 300 }, () => Array.from({ length: pick([1, 2, 2, 3]) }, document))];
    const expected = groups.map(([first = snapshot, ...others]) =>
      describeMetadata(others.length === 0 ? first : mergeRepositories([first, ...others])),
    );
    const folder = await mkdtemp(join(tmpdir(), 'clojars-fetch-metadata-'));
    try {
      const files = join(folder, 'files');
      await mkdir(files);
      for (const [group, documents] of groups.entries())
        for (const [number, one] of documents.entries()) await writeFile(join(files, `${group}-${number}.xml`), formatMetadata(one));
      const java = findProgram('java') ?? 'java';
      const result = await runProgram(java, ['-cp', jars.join(':'), program, files], { home: folder, cwd: folder });
      expect(result.code, result.output).toBe(0);
      expect(result.stdout.trimEnd().split('\n')).toEqual(expected);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
