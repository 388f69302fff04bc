/** A full disk, a read-only one, and planted links, met through the whole public API. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Client, createClient } from '../../src/app/client/client.js';
import { isClojarsFetchError } from '../../src/base/error.js';
import { type FaultServer, startFaultServer } from '../support/fault-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { createFixture, inspect } from './support.js';

const userIsRoot = process.getuid?.() === 0;
const needsMount = 'needs the right to mount a tmpfs (run as root on Linux)';
const fixture = createFixture(4, 60_000);
const jarOf = (index: number): string => `org/example/lib-${index}/1.0/lib-${index}-1.0.jar`;

let folder = '';
let root = '';
let server: FaultServer;
let mounted: string[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
  root = join(folder, 'repository');
  await mkdir(root);
  server = await startFaultServer({ files: fixture.files });
  mounted = [];
});
afterEach(async () => {
  for (const place of mounted) run('umount', place);
  await server.close();
});

function run(...args: string[]): boolean {
  try {
    execFileSync(args[0] ?? '', args.slice(1), { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function mount(place: string, options: string): boolean {
  if (!userIsRoot || !run('mount', '-t', 'tmpfs', '-o', options, 'none', place)) return false;
  mounted.push(place);
  return true;
}

async function withClient<T>(
  work: (client: Client) => Promise<T>,
  options: { cacheFolder?: string; stateFolder?: string } = {},
): Promise<T> {
  const client = createClient({
    repositories: [{ id: 'tests', url: server.url }],
    localRepository: root,
    cacheFolder: join(folder, 'cache'),
    stateFolder: join(folder, 'state'),
    settings: false,
    ...options,
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const resolve = (index: number, options = {}): Promise<{ path: string; mirror: string | null }> =>
  withClient((client) => client.resolveArtifact(`org.example:lib-${index}:1.0`), options);

async function failure(promise: Promise<unknown>): Promise<{ code: string; reason: string; path: string; message: string }> {
  try {
    await promise;
  } catch (error) {
    if (isClojarsFetchError(error)) return { code: error.code, reason: error.reason, path: error.path ?? '', message: error.message };
    throw error;
  }
  throw new Error('did not fail');
}

describe('a full disk', () => {
  it('is named in the error, damages nothing, and the next run completes once there is room', async (context) => {
    if (!mount(root, 'size=200k')) context.skip(needsMount);
    await resolve(0);
    const failed = await failure(
      withClient((client) => Promise.all([1, 2, 3].map((index) => client.resolveArtifact(`org.example:lib-${index}:1.0`)))),
    );
    expect(failed).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'full' });
    expect(failed.path.startsWith(root)).toBe(true);
    expect(failed.message).toContain(failed.path);
    const seen = await inspect(root, fixture.files);
    expect(seen.damaged).toEqual([]);
    expect(seen.temporaries).toEqual([]);
    expect(seen.present).toContain(jarOf(0));
    expect(run('mount', '-o', 'remount,size=4m', root)).toBe(true);
    for (const index of [0, 1, 2, 3]) await resolve(index);
    expect((await inspect(root, fixture.files)).present).toHaveLength(8);
  });

  it('for the cache only costs time', async (context) => {
    const cache = join(folder, 'cache');
    await mkdir(cache);
    if (!mount(cache, 'ro,size=64k')) context.skip(needsMount);
    await resolve(0);
    expect((await inspect(root, fixture.files)).present).toHaveLength(2);
    expect((await resolve(0)).mirror).toBeNull();
  });
});

it('has the same effect as a cache folder that cannot be made: only time is lost, and a warning says so', async () => {
  await writeFile(join(folder, 'file'), '');
  const warnings: string[] = [];
  const client = createClient({
    repositories: [{ id: 'tests', url: server.url }],
    localRepository: root,
    cacheFolder: join(folder, 'file', 'cache'),
    stateFolder: join(folder, 'state'),
    settings: false,
    onEvent: (event) => event.type === 'warning' && warnings.push(event.warning),
  });
  await client.resolveArtifact('org.example:lib-0:1.0');
  await client.close();
  expect(warnings).toContain('cache-unwritable');
  expect((await inspect(root, fixture.files)).present).toHaveLength(2);
});

describe('a read-only local repository', () => {
  it('is named if a write is necessary, and still used for the files that it has', async (context) => {
    if (!mount(root, 'size=4m')) context.skip(needsMount);
    await resolve(0);
    expect(run('mount', '-o', 'remount,ro', root)).toBe(true);
    const failed = await failure(resolve(1));
    expect(failed).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'unwritable' });
    expect(failed.path.startsWith(root)).toBe(true);
    const before = server.requests.length;
    expect((await resolve(0)).mirror).toBeNull();
    expect(server.requests).toHaveLength(before);
    const seen = await inspect(root, fixture.files);
    expect(seen).toMatchObject({ damaged: [], temporaries: [] });
    expect(seen.present).toHaveLength(2);
  });

  it('is recognised by its mode alone, for a user who is not root', async (context) => {
    if (userIsRoot) context.skip('root may write to any folder, whatever its mode');
    await chmod(root, 0o555);
    expect(await failure(resolve(0))).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'unwritable' });
    await chmod(root, 0o755);
  });
});

describe('planted symbolic links', () => {
  const outside = (): string => join(folder, 'outside');
  beforeEach(async () => {
    await mkdir(outside());
    await writeFile(join(outside(), 'precious'), 'precious');
  });
  afterEach(async () => {
    // Whatever the answer was, nothing may have been written through a link.
    expect(await readdir(outside())).toEqual(['precious']);
    expect(await readFile(join(outside(), 'precious'), 'utf8')).toBe('precious');
  });

  it.each(['org', 'org/example', 'org/example/lib-0', 'org/example/lib-0/1.0', '.clojars-fetch-locks'])(
    'in place of a folder %s that lead outside are refused and named',
    async (place) => {
      await mkdir(dirname(join(root, place)), { recursive: true });
      await symlink(outside(), join(root, place));
      const failed = await failure(resolve(0));
      expect(failed).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt', path: join(root, place) });
      expect(failed.message).toContain('leads out of the local repository');
    },
  );

  it('that dangle under the final name are refused, not written through', async () => {
    const file = join(root, jarOf(0));
    await mkdir(dirname(file), { recursive: true });
    await symlink(join(outside(), 'new'), file);
    expect(await failure(resolve(0))).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt', path: file });
    expect(await readlink(file)).toBe(join(outside(), 'new'));
  });

  it('to an empty file outside are refused, not written through', async () => {
    const file = join(root, jarOf(0));
    await mkdir(dirname(file), { recursive: true });
    await symlink('/dev/null', file);
    expect(await failure(resolve(0))).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt', path: file });
  });

  it('to a file outside are used like a file of another tool, never replaced, and still verified', async () => {
    const file = join(root, jarOf(0));
    await mkdir(dirname(file), { recursive: true });
    await symlink(join(outside(), 'precious'), file);
    await writeFile(`${file}.sha1`, '0'.repeat(40));
    expect(await failure(resolve(0))).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt', path: file });
    await rm(`${file}.sha1`);
    expect(await resolve(0)).toMatchObject({ path: file, mirror: null });
    expect(await readlink(file)).toBe(join(outside(), 'precious'));
  });

  it.each(['_remote.repositories', 'lib-0-1.0.jar.sha1', 'lib-0-1.0.jar.lastUpdated'])(
    'in place of the file %s that lead outside are not written through',
    async (name) => {
      const place = join(dirname(join(root, jarOf(0))), name);
      await mkdir(dirname(place), { recursive: true });
      await symlink(join(outside(), 'precious'), place);
      await resolve(0).catch((error: unknown) => {
        if (!isClojarsFetchError(error) || error.code !== 'ERR_LOCAL_REPOSITORY') throw error;
      });
      const seen = (await inspect(root, fixture.files)).present;
      if (seen.includes(jarOf(0))) expect(await readFile(join(root, jarOf(0)))).toEqual(fixture.files.get(jarOf(0)));
    },
  );
});
