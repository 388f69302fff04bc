/** Links, pipes and devices planted in the local repository by another user who may write there. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { describe, expect } from 'vitest';

import type { FaultServer } from '../support/fault-server.js';
import { contentOf, coordinate, errorOf, greeter, jar, metadata, pom } from '../support/workbench.js';
import { it, type Stage } from './stage.js';

let server: FaultServer;
let outside = '';
const files = greeter();

it.beforeEach(async ({ stage }) => {
  server = await stage.secure(files);
  outside = join(stage.folder, 'outside');
  await mkdir(outside);
});

/** Puts a link at a repository path. */
async function plant(stage: Stage, path: string, target: string): Promise<void> {
  const place = join(stage.m2, path);
  await mkdir(dirname(place), { recursive: true });
  await symlink(target, place);
}

const tracking = `${dirname(jar)}/_remote.repositories`;

describe.skipIf(process.platform === 'win32')('symlinks in the local repository', () => {
  it.for([
    ['a folder', 'org'],
    ['the folder of locks', '.clojars-fetch-locks'],
    ['the folder of the version', dirname(jar)],
  ] as const)('%s that leads outside: an error, and nothing is written there', async ([_name, path], { stage }) => {
    await plant(stage, path, outside);
    expect(await errorOf(stage.against(server.url).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_LOCAL_REPOSITORY',
      reason: 'corrupt',
    });
    expect(await readdir(outside)).toEqual([]);
  });

  it('a folder that becomes a link between two calls of one client: nothing is written there', async ({ stage }) => {
    const client = stage.against(server.url);
    await client.resolveArtifact(coordinate);
    await rename(join(stage.m2, 'org/example'), join(stage.folder, 'aside'));
    await symlink(outside, join(stage.m2, 'org/example'));
    await mkdir(join(outside, 'greeter'));
    expect(await errorOf(client.resolveArtifact('org.example:greeter:1.1.0'))).toMatchObject({
      code: 'ERR_LOCAL_REPOSITORY',
      reason: 'corrupt',
    });
    expect(await readdir(outside, { recursive: true })).toEqual(['greeter']);
  });

  it('the folder of a version that becomes a link between two files: nothing is written there', async ({ stage }) => {
    const client = stage.against(server.url);
    await client.resolveArtifact('org.example:greeter:pom:1.0.0');
    await rename(join(stage.m2, dirname(jar)), join(stage.folder, 'aside'));
    await symlink(outside, join(stage.m2, dirname(jar)));
    expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' });
    expect(await readdir(outside)).toEqual([]);
  });

  it.for([
    ['the checksum file', `${jar}.sha1`],
    ['_remote.repositories', tracking],
    ['the record of a failed download', `${jar}.lastUpdated`],
    ['the metadata', `${dirname(metadata)}/maven-metadata-r.xml`],
    ['the checksum of the metadata', `${dirname(metadata)}/maven-metadata-r.xml.sha1`],
    ['the status of metadata', `${dirname(metadata)}/resolver-status.properties`],
    ['the jar', jar],
    ['the POM', pom],
  ] as const)('%s that leads to a file outside: that file is not changed', async ([_name, path], { stage }) => {
    const precious = join(outside, 'precious');
    await writeFile(precious, 'precious\n');
    await plant(stage, path, precious);
    const client = stage.against(server.url);
    const ended = [
      await client.resolveArtifact(coordinate).catch((error: unknown) => error),
      await client.resolveVersions('org.example:greeter').catch((error: unknown) => error),
    ];
    for (const one of ended) if (one instanceof Error) expect(one).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY' });
    expect(await readFile(precious, 'utf8')).toBe('precious\n');
    expect(await readdir(outside)).toEqual(['precious']);
  });

  it('a lock that is a link: it is replaced, and its target stays', async ({ stage }) => {
    const client = stage.against(server.url);
    await client.resolveArtifact('org.example:greeter:1.1.0');
    const locks = join(stage.m2, '.clojars-fetch-locks');
    const precious = join(outside, 'precious');
    await writeFile(precious, 'precious');
    await symlink(precious, join(locks, `${createHash('sha256').update(join(stage.m2, jar)).digest('hex').slice(0, 40)}.lock`));
    await stage.against(server.url, [], { timeoutMs: 20_000 }).resolveArtifact(coordinate);
    expect(await readFile(precious, 'utf8')).toBe('precious');
  });

  it("in place of the client's own records: their targets are not changed", async ({ stage }) => {
    const precious = join(outside, 'precious');
    await writeFile(precious, 'precious');
    const client = stage.against(server.url);
    await client.resolveArtifact(coordinate);
    await client.close();
    for (const name of ['cache/circuits.json', 'cache/addresses.json']) {
      await rm(join(stage.folder, name), { force: true });
      await symlink(precious, join(stage.folder, name));
    }
    const again = stage.against(server.url);
    await again.resolveArtifact('org.example:greeter:1.1.0');
    await again.close();
    expect(await readFile(precious, 'utf8')).toBe('precious');
  });
});

/** Reading one of these never ends, or ends when memory runs out. */
describe.skipIf(!existsSync('/dev/zero'))('pipes and devices in the local repository (skipped if /dev/zero is missing)', () => {
  const places: readonly (readonly [string, string])[] = [
    ['the checksum file', `${jar}.sha1`],
    ['_remote.repositories', tracking],
    ['the metadata', `${dirname(metadata)}/maven-metadata-r.xml`],
    ['the local metadata of this machine', `${dirname(metadata)}/maven-metadata-local.xml`],
    ['the status of metadata', `${dirname(metadata)}/resolver-status.properties`],
    ['the jar', jar],
  ];
  const use = async (stage: Stage): Promise<void> => {
    // A file without a remembered verdict, so that the files next to it are read.
    if (!existsSync(join(stage.m2, jar))) await stage.write(jar, contentOf(files, jar)).catch(() => undefined);
    const client = stage.against(server.url, [], { timeoutMs: 8_000 });
    for (const work of [() => client.resolveArtifact(coordinate), () => client.resolveVersions('org.example:greeter')]) {
      const ended = await work().catch((error: unknown) => error);
      if (ended instanceof Error) expect(ended).toMatchObject({ code: expect.stringMatching(/^ERR_(LOCAL_REPOSITORY|LIMIT)$/) as unknown });
    }
    const offline = stage.against(server.url, [], { timeoutMs: 8_000, offline: true });
    const ended = await offline.resolveVersions('org.example:greeter').catch((error: unknown) => error);
    if (ended instanceof Error)
      expect(ended).toMatchObject({ code: expect.stringMatching(/^ERR_(LOCAL_REPOSITORY|LIMIT|OFFLINE)$/) as unknown });
  };

  it.for(places)('a device as %s is refused without being read', async ([_name, path], { stage }) => {
    await plant(stage, path, '/dev/zero');
    await use(stage);
  });

  it.for(places)('a pipe as %s is refused without being read', async ([_name, path], { stage }) => {
    await mkdir(dirname(join(stage.m2, path)), { recursive: true });
    execFileSync('mkfifo', [join(stage.m2, path)]);
    await use(stage);
  });
});
