/** Children that fetch, the repository they fetch from, and the check of the files that they leave behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { parseProperties } from '../../src/local/repository/properties.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { isolatedEnvironment } from '../support/processes.js';

/** Bundles a script of this folder into another folder and returns the result. */
export async function bundleChild(folder: string, name = 'child.ts'): Promise<string> {
  const outfile = join(folder, name.replace(/ts$/, 'mjs'));
  await build({
    entryPoints: [fileURLToPath(new URL(`./${name}`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    banner: {
      js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
    },
  });
  return outfile;
}

export interface Fixture {
  readonly files: Map<string, Buffer>;
  readonly coordinates: readonly string[];
}

/** `count` artifacts with their POMs and checksum files; `size` bytes of filler each. */
export function createFixture(count: number, size: number): Fixture {
  const names = Array.from({ length: count }, (_, index) => `lib-${index}`);
  const { files } = createFixtureRepository({
    artifacts: names.map((artifact) => ({ group: 'org.example', artifact, versions: ['1.0'], size })),
  });
  return { files, coordinates: names.map((artifact) => `org.example:${artifact}:1.0`) };
}

export interface Child {
  readonly process: ChildProcess;
  /** Resolves when the child is about to fetch, or has ended. */
  readonly started: Promise<void>;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly lines: readonly string[];
    readonly stderr: string;
  }>;
}

/** Starts a child: see child.ts. `folder` holds the local repository (`repository`), caches, records and its home. */
export function startChild(script: string, url: string, folder: string, coordinates: readonly string[]): Child {
  const child = spawn(process.execPath, [script, url, join(folder, 'repository'), folder, ...coordinates], {
    env: { ...isolatedEnvironment(folder), TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const started = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('started')) resolve();
    });
    child.once('close', () => resolve());
  });
  const ended = once(child, 'close').then(() => ({
    code: child.exitCode,
    signal: child.signalCode,
    lines: output.trim().split('\n').slice(1),
    stderr,
  }));
  return { process: child, started, ended };
}

export interface Inspection {
  /** Files under final names that differ from the server's, or tracking files that cannot be read. */
  readonly damaged: readonly string[];
  /** Repository paths of whole and right files, without checksum files. */
  readonly present: readonly string[];
  readonly temporaries: readonly string[];
}

/** Compares everything in a local repository with the files of the server. */
export async function inspect(root: string, files: ReadonlyMap<string, Buffer>): Promise<Inspection> {
  const damaged: string[] = [];
  const present: string[] = [];
  const temporaries: string[] = [];
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = relative(root, file).split(sep).join('/');
    if (path.startsWith('.clojars-fetch-locks/')) continue;
    if (path.endsWith('.clojars-fetch-tmp')) temporaries.push(path);
    else if (entry.name === '_remote.repositories') {
      const lines = [...parseProperties(await readFile(file, 'utf8')).keys()];
      if (!lines.every((line) => /^lib-\d+-1\.0\.(?:jar|pom)>tests$/.test(line))) damaged.push(`${path}: ${lines.join(' ')}`);
    } else {
      const expected = files.get(path);
      if (expected === undefined || !(await readFile(file)).equals(expected)) damaged.push(path);
      else if (!path.endsWith('.sha1')) present.push(path);
    }
  }
  return { damaged, present: present.sort(), temporaries };
}

/** The line that a child prints for a coordinate that it has. */
export function expectedLine(fixture: Fixture, folder: string, index: number): string {
  const path = `org/example/lib-${index}/1.0/lib-${index}-1.0.jar`;
  const content = fixture.files.get(path) ?? Buffer.alloc(0);
  return `ok ${createHash('sha256').update(content).digest('hex')} ${join(folder, 'repository', path)}`;
}
