import { appendFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createRecordLog } from '../../src/base/disk/record-log.js';
import { createStateFile } from '../../src/base/disk/state-file.js';
import { userFolders } from '../../src/base/user-folders.js';
import { createLedger } from '../../src/local/ledger/ledger.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const sha = (digit: string): string => digit.repeat(64);
const file = { file: '/r/org/lib/1.0/lib-1.0.jar', size: 3, mtimeMs: 1.5, ctimeMs: 2.25, inode: 7 };
const verdict = {
  sha256: sha('a'),
  sha1: null,
  level: 'origin',
  proofs: [{ level: 'origin', algorithm: 'sha1' }],
  policyDigest: 'p1',
  repository: 'clojars',
  mirror: 'https://m/',
} as const;

async function folders(): Promise<{ cacheFolder: string; stateFolder: string; root: string }> {
  const folder = await temporaryFolder();
  return { cacheFolder: join(folder, 'cache'), stateFolder: join(folder, 'state'), root: '/r' };
}

describe('verification cache', () => {
  it('answers only for the same file and policy', async () => {
    const options = await folders();
    await createLedger(options).verifications.record(file, verdict);
    const { verifications } = createLedger(options);
    expect(verifications.lookup(file, 'p1')).toMatchObject(verdict);
    expect(verifications.lookup(file, 'p2')).toBeNull();
    for (const change of [{ size: 4 }, { mtimeMs: 1 }, { ctimeMs: 1 }, { inode: 1 }, { file: '/r/x' }]) {
      expect(verifications.lookup({ ...file, ...change }, 'p1')).toBeNull();
    }
    expect(createLedger({ ...options, root: '/other' }).verifications.lookup(file, 'p1')).toBeNull();
  });

  it('sees what another process records later', async () => {
    const options = await folders();
    const [here, there] = [createLedger(options).verifications, createLedger(options).verifications];
    const other = { ...file, file: '/r/org/lib/2.0/lib-2.0.jar' };
    expect(here.lookup(file, 'p1')).toBeNull();
    await there.record(file, verdict);
    expect(here.lookup(file, 'p1')).toMatchObject(verdict);
    expect(here.lookup(other, 'p1')).toBeNull();
    await there.record({ ...file, inode: 8 }, verdict);
    await there.record(other, { ...verdict, level: 'quorum' });
    expect(here.lookup(other, 'p1')).toMatchObject({ level: 'quorum' });
    expect(here.lookup({ ...file, inode: 8 }, 'p1')).toMatchObject(verdict);
    expect(here.lookup(file, 'p1')).toBeNull();
  });

  it('is empty if it cannot be read', async () => {
    const options = await folders();
    await writeFile(options.cacheFolder, 'a file');
    const { verifications } = createLedger(options);
    expect(verifications.lookup(file, 'p1')).toBeNull();
    await expect(verifications.record(file, verdict)).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY' });
  });
});

describe('first-seen record', () => {
  const seen = { sha256: sha('a'), level: 'origin', repository: 'clojars' } as const;
  it('keeps the first entry until a change is accepted', async () => {
    const options = await folders();
    const { firstSeen } = createLedger(options);
    expect(await firstSeen.check('p')).toBeNull();
    await firstSeen.record('p', { ...seen, level: 'transport' });
    expect(await firstSeen.check('p')).toBeNull();
    expect(await firstSeen.record('p', seen)).toEqual(seen);
    expect(await firstSeen.record('p', { ...seen, sha256: sha('b') })).toEqual(seen);
    await firstSeen.accept('p', { ...seen, sha256: sha('c') });
    expect((await createLedger(options).firstSeen.check('p'))?.sha256).toBe(sha('c'));
  });

  it('shows the first entry also to a reader that opened it before', async () => {
    const options = await folders();
    const [one, two] = [createLedger(options).firstSeen, createLedger(options).firstSeen];
    expect(await two.check('p')).toBeNull();
    await one.record('p', seen);
    expect(await two.record('p', { ...seen, sha256: sha('b') })).toEqual(seen);
    expect((await createLedger(options).firstSeen.check('p'))?.sha256).toBe(sha('a'));
  });

  it('does not ignore a record that cannot be read', async () => {
    const options = await folders();
    await writeFile(options.stateFolder, 'a file');
    await expect(createLedger(options).firstSeen.record('p', seen)).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY' });
  });
});

describe('high-water marks', () => {
  it('only rise', async () => {
    const options = await folders();
    const { highWaterMarks } = createLedger(options);
    await highWaterMarks.raise('k', { versions: ['1', '2'], lastUpdated: '20200101000000' });
    await highWaterMarks.raise('k', { versions: ['3'], lastUpdated: '20190101000000' });
    await highWaterMarks.raise('k', { versions: [], lastUpdated: 'nonsense' });
    expect(await createLedger(options).highWaterMarks.check('k')).toEqual({ versions: ['1', '2', '3'], lastUpdated: '20200101000000' });
    const before = await readFile(join(options.stateFolder, 'metadata-high-water.jsonl'), 'utf8');
    await highWaterMarks.raise('k', { versions: ['1'], lastUpdated: '20190101000000' });
    expect(await readFile(join(options.stateFolder, 'metadata-high-water.jsonl'), 'utf8')).toBe(before);
  });
});

describe('record log', () => {
  const open = (path: string, maxBytes = 1 << 20, whenTooLarge: 'discard' | 'throw' = 'discard') =>
    createRecordLog<number>({
      file: path,
      parse: (value) => (typeof value === 'number' ? value : null),
      maxEntries: 100,
      maxBytes,
      whenTooLarge,
    });

  it('skips torn and forged lines only', async () => {
    const path = join(await temporaryFolder(), 'log.jsonl');
    await Promise.all([open(path).set('a', 1), open(path).set('b', 2)]);
    await appendFile(path, '00000000 ["a",9]\nnonsense\n0000');
    await open(path).set('c', 3);
    const text = await readFile(path);
    await appendFile(path, text.subarray(0, 10));
    const log = open(path);
    expect([await log.get('a'), await log.get('b'), await log.get('c')]).toEqual([1, 2, 3]);
    await truncate(path, text.byteLength - 3);
    expect([await open(path).get('a'), await open(path).get('c')]).toEqual([1, null]);
  });

  it('is rewritten when most of it is outdated, while another reader has it open', async () => {
    const path = join(await temporaryFolder(), 'log.jsonl');
    const other = open(path);
    await other.set('other', 7);
    const log = open(path);
    for (let round = 0; round < 24; round++) {
      await Promise.all(Array.from({ length: 110 }, (_, index) => log.set(`${round % 3}-${index}`, round)));
    }
    expect((await readFile(path, 'utf8')).split('\n').length).toBeLessThan(2000);
    await other.set('other', 8);
    expect(await open(path).get('other')).toBe(8);
    expect(await open(path).get('2-109')).toBe(23);
    expect(await readdir(join(path, '..'))).toEqual(['log.jsonl']);
  });

  it('starts again, or throws on request, when too large', async () => {
    const path = join(await temporaryFolder(), 'log.jsonl');
    await writeFile(path, 'x'.repeat(2000));
    await expect(open(path, 1000, 'throw').get('a')).rejects.toMatchObject({ reason: 'corrupt', path });
    const log = open(path, 1000);
    expect(await log.get('a')).toBeNull();
    await log.set('a', 1);
    expect(await open(path, 1000).get('a')).toBe(1);
  });
});

describe('state file', () => {
  it('reads what was written, and nothing from a corrupt file', async () => {
    const path = join(await temporaryFolder(), 'deep', 'circuits.json');
    const state = createStateFile(path, (value) => (Array.isArray(value) ? value.length : null));
    expect(await state.read()).toBeNull();
    await createStateFile<number[]>(path, () => null).write([1, 2]);
    expect(await state.read()).toBe(2);
    await writeFile(path, '{"torn');
    expect(await state.read()).toBeNull();
    expect(await readdir(join(path, '..'))).toEqual(['circuits.json']);
  });
});

describe('user folders', () => {
  it.each([
    [{}, 'linux', ['/h/.config/clojars-fetch', '/h/.cache/clojars-fetch', '/h/.local/state/clojars-fetch']],
    [
      { XDG_CACHE_HOME: '/c', XDG_STATE_HOME: 'relative' },
      'linux',
      ['/h/.config/clojars-fetch', '/c/clojars-fetch', '/h/.local/state/clojars-fetch'],
    ],
    [
      {},
      'darwin',
      [
        '/h/Library/Application Support/clojars-fetch',
        '/h/Library/Caches/clojars-fetch',
        '/h/Library/Application Support/clojars-fetch/state',
      ],
    ],
    [
      { APPDATA: 'C:\\R', LOCALAPPDATA: 'C:\\L' },
      'win32',
      ['C:\\R\\clojars-fetch', 'C:\\L\\clojars-fetch\\cache', 'C:\\L\\clojars-fetch\\state'],
    ],
  ] as const)('with %j on %s', (env, platform, expected) => {
    const { config, cache, state } = userFolders(env, platform, '/h');
    expect([config, cache, state]).toEqual(expected);
  });
});
