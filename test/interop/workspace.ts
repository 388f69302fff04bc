/** A temporary folder, the fixture repository in it behind a real nginx, and what the tests compare. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';

import { createFixtureRepository, type FixtureOptions } from '../support/maven-repository.js';
import { runCli } from '../support/processes.js';

const group = 'org.example';

/** `app` needs `core` and `text`, `core` needs `util`; `nightly` is a snapshot with two builds. */
const artifacts: FixtureOptions['artifacts'] = [
  { group, artifact: 'util', versions: ['1.0.0', '1.1.0'] },
  { group, artifact: 'core', versions: ['2.0.0'], dependencies: [{ group, artifact: 'util', version: '1.1.0' }] },
  { group, artifact: 'text', versions: ['0.9-beta1'], size: 40_000 },
  {
    group,
    artifact: 'app',
    versions: ['1.0.0'],
    dependencies: [
      { group, artifact: 'core', version: '2.0.0' },
      { group, artifact: 'text', version: '0.9-beta1' },
    ],
  },
  {
    group,
    artifact: 'nightly',
    versions: ['0.3-SNAPSHOT'],
    snapshots: [
      { timestamp: '20240102.030405', buildNumber: 1 },
      { timestamp: '20240103.040506', buildNumber: 2 },
    ],
  },
];

/** Coordinates of the closure of `app`, and where their jars lie. */
export const closure = [
  { coordinate: 'org.example:app:1.0.0', jar: 'org/example/app/1.0.0/app-1.0.0.jar' },
  { coordinate: 'org.example:core:2.0.0', jar: 'org/example/core/2.0.0/core-2.0.0.jar' },
  { coordinate: 'org.example:util:1.1.0', jar: 'org/example/util/1.1.0/util-1.1.0.jar' },
  { coordinate: 'org.example:text:0.9-beta1', jar: 'org/example/text/0.9-beta1/text-0.9-beta1.jar' },
] as const;

export const snapshot = {
  coordinate: 'org.example:nightly:0.3-SNAPSHOT',
  folder: 'org/example/nightly/0.3-SNAPSHOT',
  jar: 'org/example/nightly/0.3-SNAPSHOT/nightly-0.3-20240103.040506-2.jar',
} as const;

/** Another `seed` gives the same names with other jars. */
export function createClosureRepository(seed: string): ReturnType<typeof createFixtureRepository> {
  return createFixtureRepository({ artifacts, seed });
}

/** A fresh folder, links followed, so that paths printed by other programs compare equal. */
export async function createFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'clojars-fetch-interop-')));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** One artifact of the `--json` document, as far as it is looked at. */
export interface Fetched {
  readonly path: string;
  readonly sha256: string;
  readonly repository: string | null;
  readonly mirror: string | null;
  readonly level: string;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function readFetched(stdout: string): Fetched {
  const document: unknown = JSON.parse(stdout);
  const list: unknown = isRecord(document) ? document['artifacts'] : null;
  const first: unknown = Array.isArray(list) ? list[0] : null;
  if (!isRecord(first) || !isRecord(first['verification'])) throw new Error(`not the JSON of an artifact: ${stdout}`);
  return {
    path: String(first['path']),
    sha256: String(first['sha256']),
    repository: textOrNull(first['repository']),
    mirror: textOrNull(first['mirror']),
    level: String(first['verification']['level']),
  };
}

export interface FetchOptions {
  readonly home: string;
  readonly repositoryId: string;
  readonly url: string;
  readonly localRepository: string;
  readonly more?: readonly string[];
}

/** Runs the built CLI for one coordinate. Throws with its messages where it fails. */
export async function fetchByCli(
  coordinate: string,
  { home, repositoryId, url, localRepository, more = [] }: FetchOptions,
): Promise<Fetched> {
  await mkdir(home, { recursive: true });
  const result = await runCli(
    [coordinate, '--repo', `${repositoryId}=${url}`, '--local-repo', localRepository, '--no-config', '--json', ...more],
    { home },
  );
  if (result.code !== 0) throw new Error(`clojars-fetch ${coordinate} ended with ${String(result.code)}: ${result.stdout}${result.stderr}`);
  return readFetched(result.stdout);
}

/** Relative paths (forward slashes) of all files beneath a folder, sorted; our own folder of locks is left out. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.startsWith('.clojars-fetch-locks/'))
    .sort();
}

/** Contents of all files beneath a folder, by relative path; empty if there is no such folder. */
export async function readTree(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const paths = existsSync(folder) ? await listFiles(folder) : [];
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path))] as const)));
}

/** The properties of a file that would differ if it had been written again. */
export async function fingerprint(file: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(file);
  return `${ino} ${mtimeMs} ${size} ${createHash('sha256')
    .update(await readFile(file))
    .digest('hex')}`;
}

/** A tracking file without comments (the second of which is the time), in the order of its lines. */
export async function readTracking(file: string): Promise<string[]> {
  return (await readFile(file, 'latin1')).split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
}
