import { describe, expect, test } from 'vitest';

import { ownText, packHex, SharedValues, unpackHex } from '../../src/base/disk/packing.js';
import { type FileRecord, openInventoryLog } from '../../src/local/cache/file-record.js';
import { createFirstSeenRecord, type FirstSeen } from '../../src/local/ledger/first-seen.js';
import {
  type CachedVerdict,
  createLongLivedVerificationCache,
  createVerificationCache,
} from '../../src/local/ledger/verification-cache.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const hex = (seed: number, length: number): string => Array.from({ length }, (_, at) => ((seed * 31 + at * 7) % 16).toString(16)).join('');
const nobody = { changed: () => undefined, replaced: () => undefined };

describe('packed texts', () => {
  test('give digests and texts back', () => {
    for (const length of [32, 40, 64]) expect(unpackHex(packHex(hex(length, length)))).toBe(hex(length, length));
    expect(unpackHex(packHex(null))).toBeNull();
    for (const text of ['', 'org/lib', 'ü/漢字', 'x'.repeat(5_000)]) expect(ownText(text.slice(0))).toBe(text);
  });

  test('share values by their keys', () => {
    const shared = new SharedValues<{ readonly name: string }>();
    const [a, b] = [{ name: 'a' }, { name: 'b' }];
    expect([shared.numberOf('a', a), shared.numberOf('b', b), shared.numberOf('a', { name: 'other' })]).toEqual([0, 1, 0]);
    expect(shared.valueOf(1)).toBe(b);
    expect(() => shared.valueOf(2)).toThrow(RangeError);
  });
});

describe('the inventory', () => {
  test('gives back what was recorded, in this process and in the next', async () => {
    const folder = await temporaryFolder();
    const record = (n: number): FileRecord => ({
      size: n * 1_000,
      mtimeMs: 1_700_000_000_000.123 + n,
      ctimeMs: 1_700_000_000_001 + n,
      inode: 2 ** 40 + n,
      sha256: hex(n, 64),
      sha1: n % 3 === 0 ? null : hex(n, 40),
      md5: n % 2 === 0 ? null : hex(n, 32),
      mirror: n % 4 === 0 ? null : `https://mirror${n % 2}.example.org/ü é/`,
      level: n % 2 === 0 ? 'origin' : 'transport',
      lastUsedMs: 1_700_000_000_000 + n,
      lastModifiedMs: n % 5 === 0 ? null : 1_600_000_000_000 + n * 1_000,
    });
    const log = openInventoryLog(folder, nobody);
    const numbers = Array.from({ length: 24 }, (_, n) => n);
    await Promise.all(numbers.map((n) => log.set(`r/org/lib/${n}/lib-${n}.jar`, record(n))));
    await log.set('r/org/lib/7/lib-7.jar', 'gone');
    for (const one of [log, openInventoryLog(folder, nobody)]) {
      // Twice: the first look may parse a line.
      for (const n of [...numbers, ...numbers]) expect(one.peek(`r/org/lib/${n}/lib-${n}.jar`)).toEqual(n === 7 ? null : record(n));
    }
  });
});

describe('the record of what was seen first', () => {
  test('gives back what was recorded, in this process and in the next, and the first of two stays', async () => {
    const folder = await temporaryFolder();
    const seen = (n: number): FirstSeen => ({
      sha256: hex(n, 64),
      level: n % 2 === 0 ? 'origin' : 'signed',
      repository: n % 3 === 0 ? 'clojars' : 'a repository of ü',
    });
    const record = createFirstSeenRecord(folder);
    const numbers = Array.from({ length: 12 }, (_, n) => n);
    await Promise.all(numbers.map((n) => record.record(`org/lib/${n}/lib-${n}.jar`, seen(n))));
    expect(await record.record('org/lib/3/lib-3.jar', seen(4))).toEqual(seen(3));
    await record.accept('org/lib/5/lib-5.jar', seen(6));
    await record.accept('org/lib/5/lib-5.jar', seen(7));
    // A change accepted by another process wins over this one.
    await createFirstSeenRecord(folder).accept('org/lib/5/lib-5.jar', seen(8));
    await record.record('org/lib/new/lib-new.jar', seen(1));
    for (const one of [record, createFirstSeenRecord(folder)]) {
      for (const n of [...numbers, ...numbers]) expect(await one.check(`org/lib/${n}/lib-${n}.jar`)).toEqual(seen(n === 5 ? 8 : n));
      expect(await one.check('org/lib/99/lib-99.jar')).toBeNull();
    }
  });
});

describe('the verdicts of a process that runs for long', () => {
  const at = (file: string) => ({ file, size: 3, mtimeMs: 1.5, ctimeMs: 2.25, inode: 4 });
  const verdict = (n: number): CachedVerdict => ({
    sha256: hex(n, 64),
    sha1: n % 2 === 0 ? null : hex(n, 40),
    level: 'quorum',
    proofs: [
      { level: 'quorum', operators: ['a, b', 'ü'] },
      { level: 'origin', algorithm: 'sha1' },
    ],
    policyDigest: `policy ${n % 3}`,
    repository: n % 5 === 0 ? null : 'central',
    mirror: 'https://repo.example.org/',
    ...(n % 4 === 0
      ? { signature: { status: 'good', fingerprint: 'AB', signingKey: null, userId: 'ü 7 8', signedAt: null, sentence: 'a b' } }
      : {}),
  });

  test('are those of any other process', async () => {
    const folder = await temporaryFolder();
    const long = createLongLivedVerificationCache(folder, '/root');
    const numbers = Array.from({ length: 12 }, (_, n) => n);
    for (const n of numbers) await long.record(at(`/root/${n}.jar`), verdict(n));
    for (const cache of [long, createVerificationCache(folder, '/root'), createLongLivedVerificationCache(folder, '/root')]) {
      for (const n of [...numbers, ...numbers])
        expect(cache.lookup(at(`/root/${n}.jar`), `policy ${n % 3}`)).toEqual(expect.objectContaining(verdict(n)));
    }
  });

  test('are forgotten with their files, also for others', async () => {
    const folder = await temporaryFolder();
    const long = createLongLivedVerificationCache(folder, '/root');
    await Promise.all([1, 2].map((n) => long.record(at(`/root/${n}.jar`), verdict(n))));
    long.forget('/root/1.jar');
    long.forget('/root/nothing');
    // A later record is written after the one before.
    await long.record(at('/root/3.jar'), verdict(3));
    const other = createVerificationCache(folder, '/root');
    for (const cache of [long, other]) {
      const found = [1, 2, 3].map((n) => cache.lookup(at(`/root/${n}.jar`), `policy ${n % 3}`) !== null);
      expect(found).toEqual([false, true, true]);
    }
  });
});
