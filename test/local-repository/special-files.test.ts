/** Pipes in place of files: each read ends at once, since a pipe without a writer would block the whole process. */
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { expect, it } from 'vitest';

import { createStateFile } from '../../src/base/disk/state-file.js';
import { findPlace } from '../../src/local/keyring/keyring-places.js';
import { createFirstSeenRecord } from '../../src/local/ledger/first-seen.js';
import { createVerificationCache } from '../../src/local/ledger/verification-cache.js';
import { readLockfile } from '../../src/local/lockfile/open.js';
import { createLocalRepository } from '../../src/local/repository/local-repository.js';
import { readText } from '../../src/local/settings/text/read-text.js';
import { temporaryFolder } from '../support/temporary-folder.js';

async function pipe(...segments: string[]): Promise<string> {
  const file = join(...segments);
  await mkdir(dirname(file), { recursive: true });
  execFileSync('mkfifo', [file]);
  return file;
}

const corrupt = { code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' };
const unreadable = { code: 'ERR_CONFIG', reason: 'unreadable' };

it('the first-seen record refuses a pipe, for reading and for writing', async () => {
  const folder = await temporaryFolder();
  await pipe(folder, 'first-seen.jsonl');
  await expect(createFirstSeenRecord(folder).check('org/lib/1.0/lib-1.0.jar')).rejects.toMatchObject(corrupt);
  const seen = { sha256: 'a'.repeat(64), level: 'origin', repository: 'r' } as const;
  await expect(createFirstSeenRecord(folder).accept('org/lib/1.0/lib-1.0.jar', seen)).rejects.toMatchObject(corrupt);
});

it('the verification cache is empty if it is a pipe', async () => {
  const folder = await temporaryFolder();
  const cache = createVerificationCache(folder, '/root');
  const found = { file: '/root/a', size: 1, mtimeMs: 1, ctimeMs: 1, inode: 1 };
  const verdict = {
    sha256: 'a'.repeat(64),
    sha1: null,
    level: 'none',
    proofs: [],
    policyDigest: 'p',
    repository: null,
    mirror: null,
  } as const;
  await cache.record(found, verdict);
  const [name = ''] = execFileSync('ls', [folder], { encoding: 'utf8' }).split('\n');
  execFileSync('rm', [join(folder, name)]);
  await pipe(folder, name);
  expect(createVerificationCache(folder, '/root').lookup(found, 'p')).toBeNull();
});

it('the local repository refuses pipes in place of tracking files and metadata', async () => {
  const root = await temporaryFolder();
  const repository = createLocalRepository({ root });
  await pipe(root, 'org/lib/1.0/_remote.repositories');
  await expect(repository.origins('org/lib/1.0/lib-1.0.jar')).rejects.toMatchObject(corrupt);
  await expect(repository.recordOrigin('org/lib/1.0/lib-1.0.jar', 'r')).rejects.toMatchObject(corrupt);
  await pipe(root, 'org/lib/maven-metadata-r.xml');
  await expect(repository.readMetadata('org/lib')).rejects.toMatchObject(corrupt);
  await pipe(root, 'org/lib/2.0/lib-2.0.jar');
  expect(await repository.find('org/lib/2.0/lib-2.0.jar')).toBeNull();
});

it('state files, lockfiles, settings and keyrings refuse pipes', async () => {
  const file = await pipe(await temporaryFolder(), 'pipe');
  expect(await createStateFile(file, (value) => value).read()).toBeNull();
  await expect(readLockfile(file)).rejects.toMatchObject(unreadable);
  await expect(readText(file)).rejects.toMatchObject(unreadable);
  await expect(findPlace(file)).rejects.toMatchObject(unreadable);
});
