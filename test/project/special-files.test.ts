/** Pipes in place of files that the user or a project names: each ends with an error at once, and blocks nothing. */
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { afterEach, describe, expect, vi } from 'vitest';

import { readPins } from '../../src/app/client/pins.js';
import { writeChecksumFiles } from '../../src/app/lock/checksum-files.js';
import { writeVerificationMetadata } from '../../src/app/lock/gradle-metadata.js';
import { readProject } from '../../src/app/project/read-project.js';
import { run } from '../../src/cli/run.js';
import type { LockedFile } from '../../src/local/lockfile/lockfile.js';
import { it, type Workspace } from '../keys/workspace.js';

const unreadable = { code: 'ERR_CONFIG', reason: 'unreadable' };

async function pipe(workspace: Workspace, ...names: string[]): Promise<string> {
  const file = workspace.path(...names);
  await mkdir(dirname(file), { recursive: true });
  execFileSync('mkfifo', [file]);
  return file;
}

it.beforeEach(({ workspace }) => {
  vi.stubEnv('HOME', workspace.path('home'));
  vi.stubEnv('XDG_CONFIG_HOME', '');
  vi.stubEnv('CLJ_CONFIG', workspace.path('clojure'));
  vi.stubEnv('LEIN_HOME', workspace.path('lein'));
});
afterEach(() => vi.unstubAllEnvs());

describe('build files that are pipes do not block', () => {
  it.for(['project.clj', 'deps.edn', 'build.boot', 'shadow-cljs.edn', 'bb.edn', 'pom.xml'])('%s', async (name, { workspace }) => {
    const file = await pipe(workspace, 'project', name);
    await expect(readProject(file)).rejects.toMatchObject({ ...unreadable, path: file });
    await expect(readProject(file)).rejects.toThrow(/cannot read it: it is not a regular file/);
    await expect(readProject(dirname(file))).rejects.toThrow(/the folder has none of/);
  });

  it.for([
    ['project/project.clj', '(defproject a "1")', 'project/profiles.clj'],
    ['project/project.clj', '(defproject a "1")', 'lein/profiles.clj'],
    ['project/project.clj', '(defproject a "1")', 'lein/profiles.d/ci.clj'],
    ['project/deps.edn', '{}', 'clojure/deps.edn'],
    ['project/pom.xml', '<project><artifactId>a</artifactId></project>', 'project/.mvn/maven.config'],
    [
      'project/pom.xml',
      '<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version><packaging>pom</packaging><modules><module>m</module></modules></project>',
      'project/m/pom.xml',
    ],
  ] as const)('%s (%s) with %s', async ([name, content, other], { workspace }) => {
    const file = await workspace.write(name, content);
    const path = await pipe(workspace, other);
    await expect(readProject(file)).rejects.toMatchObject({ ...unreadable, path });
  });
});

describe('files of checksums or keys that are pipes do not block', () => {
  const nothing = { graphs: [], roots: [], versions: [], ranges: [], absent: [] };
  const file: LockedFile = {
    path: 'org/lib/1/lib-1.jar',
    sha256: 'a'.repeat(64),
    size: 1,
    repository: 'central',
    level: 'transport',
    signer: 'A'.repeat(40),
    seenSigner: null,
  };

  it("Gradle's verification metadata", async ({ workspace }) => {
    const metadata = await pipe(workspace, 'verification-metadata.xml');
    await expect(writeVerificationMetadata({ lockfile: { ...nothing, files: [] }, places: new Map() }, metadata)).rejects.toMatchObject({
      ...unreadable,
      path: metadata,
    });
  });

  it('a signature file', async ({ workspace }) => {
    const signature = await pipe(workspace, 'lib-1.jar.asc');
    const places = new Map([[file.path, signature.slice(0, -4)]]);
    const target = workspace.path('verification-metadata.xml');
    expect(await writeVerificationMetadata({ lockfile: { ...nothing, files: [file] }, places }, target)).toMatchObject({ newKeys: 0 });
  });

  it('a checksum file for Maven', async ({ workspace }) => {
    const checksums = await pipe(workspace, 'checksums', 'checksums-central.sha256');
    const report = { lockfile: { ...nothing, files: [file] }, places: new Map([[file.path, workspace.path('lib-1.jar')]]) };
    await expect(writeChecksumFiles(report, dirname(checksums), 'sha256')).rejects.toMatchObject({ ...unreadable, path: checksums });
  });

  it('a trusted-checksum file', async ({ workspace }) => {
    const path = await pipe(workspace, 'pins.sha256');
    await expect(readPins([path])).rejects.toMatchObject({ ...unreadable, path });
  });
});

/** Runs the program, offline and without the user's settings. */
async function call(...words: string[]): Promise<[code: number, stderr: string]> {
  let stderr = '';
  const code = await run([...words, '--offline'], {
    stdout: { write: () => true },
    stderr: { write: (text) => (stderr += text) },
    environment: {},
    signal: new AbortController().signal,
  });
  return [code, stderr];
}

// A blocked read never ends, so each of these would run into the time limit of its test.
describe('pipes do not block the command', () => {
  it.for([
    [['hiccup', '1.0'], '--trusted-checksums'],
    [['hiccup', '1.0'], '--lockfile'],
    [['hiccup', '1.0'], '--config'],
    [['lock', 'hiccup', '1.0'], '--lockfile'],
    [['keys', 'list'], '--keyring'],
  ] as const)('%j %s', async ([words, option], { workspace }) => {
    const path = await pipe(workspace, 'pipe');
    const settings = option === '--config' ? [] : ['--no-config'];
    expect(await call(...words, option, path, ...settings)).toEqual([2, expect.stringContaining(path)]);
  });

  it.for([
    [['project'], 'deps.edn'],
    [['lock'], 'project.clj'],
    [['keys', 'import'], 'keys.asc'],
  ] as const)('%j %s', async ([words, name], { workspace }) => {
    const path = await pipe(workspace, name);
    expect(await call(...words, path, '--no-config')).toEqual([2, expect.stringContaining(path)]);
  });
});
