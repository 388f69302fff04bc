import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';

import { mergeResults } from '../../src/app/audit/result/merge-results.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { errorOf } from '../support/workbench.js';
import { auditedFiles, findingOf, linesOf, writeParts, writeResult } from './result-files.js';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const digestOf = (lines: readonly string[]): string =>
  createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex');
const writeLines = (file: string, lines: readonly string[]): void => writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
/** Changes lines and makes the end fit again, as a forger would. */
function forge(file: string, change: (lines: string[]) => string[]): void {
  const lines = change(linesOf(file));
  const end = JSON.parse(lines.at(-1) ?? '') as object;
  writeLines(file, [...lines.slice(0, -1), JSON.stringify({ ...end, sha256: digestOf(lines.slice(0, -1)) })]);
}

test('parts of any shards give the bytes of one machine', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(auditedFiles, fc.array(fc.nat(30), { maxLength: 6 }), async (audited, cuts) => {
      run += 1;
      const one = writeResult(join(folder, `one-${run}`), audited);
      const parts = writeParts(join(folder, `parts-${run}`), audited, cuts.length + 1, cuts);
      await mergeResults([...parts].reverse(), join(folder, `merged-${run}`));
      expect(readFileSync(join(folder, `merged-${run}`), 'utf8')).toBe(readFileSync(one, 'utf8'));
    }),
    { numRuns: 12 },
  );
  expect(readdirSync(folder)).toHaveLength(3 * run);
});

test.each(['\u0001', '\ud800', '"', '\uffff'])('the longest texts of servers make lines that can be read back: %j', async (character) => {
  const long = character.repeat(5000);
  const facts = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${at}${long}`, long]));
  const evidence = {
    url: `https://near.example.org/${'x'.repeat(5000)}`,
    as: 'audit' as const,
    status: 200,
    etag: long,
    time: long,
    detail: long,
  };
  const path = 'p/'.repeat(512);
  const finding = findingOf(path, 'missing', 'near', {
    expected: facts,
    found: facts,
    evidence: Array(20).fill(evidence) as (typeof evidence)[],
  });
  const part = writeResult(join(folder, 'part'), [{ path, findings: [finding], digest: null }], { shard: '0/1' });
  expect(Math.max(...linesOf(part).map((line) => Buffer.byteLength(line)))).toBeLessThan(64 * 1024);
  expect((await mergeResults([part], join(folder, 'merged'))).end.places[0]?.counts).toEqual({ missing: 1 });
});

test('a finding that was made twice is written once, and counted once', async () => {
  const part = writeResult(
    join(folder, 'part'),
    [{ path: 'a', findings: [findingOf('a'), findingOf('a'), findingOf('a', 'lag')], digest: null }],
    {
      shard: '0/1',
    },
  );
  expect(linesOf(part)).toHaveLength(4);
  expect((await mergeResults([part], join(folder, 'merged'))).end.places[0]?.counts).toEqual({ missing: 1, lag: 1 });
});

test('files that a place lists among those of another shard do not stand in the way', async () => {
  const isListed = { evidence: [{ url: 'https://near.example.org/a/', as: 'list' as const, status: 200 }] };
  const more = [findingOf('a/z', 'extra'), findingOf('a/y', 'unknown', 'near', isListed)];
  const parts = [
    writeResult(join(folder, 'a'), [{ path: 'a/b', findings: more, digest: null }], { shard: '0/2' }),
    writeResult(join(folder, 'b'), [{ path: 'a/c', findings: [findingOf('a/c')], digest: null }], { shard: '1/2' }),
  ];
  const { end } = await mergeResults(parts, join(folder, 'merged'));
  expect(end.places[0]?.counts).toEqual({ missing: 1, extra: 1, unknown: 1 });
  const paths = linesOf(join(folder, 'merged'))
    .slice(1, -1)
    .map((line) => (JSON.parse(line) as { path: string }).path);
  expect(paths).toEqual(['a/c', 'a/y', 'a/z']);
});

test('the times, the lag and the counts of parts are added up', async () => {
  const early = { shard: '0/2', from: '2026-11-29T08:00:00.000Z', until: '2026-11-29T09:00:00.000Z' };
  const parts = [
    writeResult(join(folder, 'a'), [{ path: 'a', findings: [findingOf('a')], digest: null }], early, [30, null]),
    writeResult(
      join(folder, 'b'),
      [{ path: 'b', findings: [findingOf('b'), findingOf('b', 'lag', 'far')], digest: null }],
      { shard: '1/2' },
      [90, null],
    ),
  ];
  const { header, end } = await mergeResults(parts, join(folder, 'merged'));
  expect(header).toMatchObject({ shard: null, from: early.from, until: '2026-11-29T12:30:00.000Z' });
  expect(end).toMatchObject({
    files: 2,
    places: [
      { behindSeconds: 90, answered: 2, counts: { missing: 2 } },
      { behindSeconds: null, counts: { lag: 1 } },
    ],
  });
});

describe('a set of parts is refused, and the part is named', () => {
  const audited = ['a/a/1/a-1.jar', 'b/b/1/b-1.jar', 'c/c/1/c-1.jar', 'd/d/1/d-1.jar'].map((path) => ({
    path,
    findings: [findingOf(path), findingOf(path, 'sidecar-missing', 'far', { path: `${path}.sha1` })],
    digest: { digest: path, sha256: 'cd'.repeat(32), size: 3 },
  }));
  let parts: readonly string[];
  const part = (index: number): string => parts[index] ?? '';
  beforeEach(() => {
    parts = writeParts(join(folder, 'parts'), audited, 4, [1, 2, 3]);
  });
  const refusal = async (files = parts): Promise<string> => {
    const { code, reason, message } = await errorOf(mergeResults(files, join(folder, 'merged')));
    expect([code, reason]).toEqual(['ERR_CONFIG', 'bad-part']);
    expect(readdirSync(folder)).toEqual(['parts']);
    return message.replace(join(folder, 'parts'), '').replace(join(folder, 'parts'), '');
  };

  test('that lacks some', async () => {
    expect(await refusal([part(3), part(1)])).toBe('/part-3.jsonl: parts of the same audit are missing: 0/4, 2/4');
    expect(await refusal([...parts.slice(1), part(1).replace('1', '9')])).toContain('is not there');
  });

  test('with one twice', async () => {
    expect(await refusal([...parts, part(2)])).toBe('/part-2.jsonl: has the same shard as /part-2.jsonl: 2/4');
  });

  test('with one of another plan, vantage point, option or number of shards', async () => {
    const foreign = (changes: Parameters<typeof writeResult>[2]): Promise<string> => {
      writeResult(part(1), audited.slice(1, 2), { shard: '1/4', ...changes });
      return refusal();
    };
    expect(await foreign({ plan: '0'.repeat(64) })).toContain('/part-1.jsonl: does not belong to /part-0.jsonl: it has another plan, 0000');
    expect(await foreign({ vantage: 'away' })).toContain(
      "/part-1.jsonl: does not belong to /part-0.jsonl: it was made at another vantage point, 'away'",
    );
    expect(await foreign({ seed: 8 })).toContain('/part-1.jsonl: does not belong');
    expect(await foreign({ audited: { full: true, sharePerMillion: 1000, listsOnly: false } })).toContain('/part-1.jsonl: does not belong');
    expect(await foreign({ repository: 'https://other.example.org/' })).toContain('/part-1.jsonl: does not belong');
    expect(await foreign({ shard: '1/5' })).toContain('/part-1.jsonl: does not belong to /part-0.jsonl: it is one of 5 shards, not of 4');
    expect(await foreign({ shard: null })).toContain('/part-1.jsonl: is a whole result, not a part');
  });

  test('that was cut anywhere', async () => {
    const bytes = readFileSync(part(1));
    for (let length = 0; length < bytes.length; length += 61) {
      writeFileSync(part(1), bytes.subarray(0, length));
      expect(await refusal()).toContain('/part-1.jsonl: ');
    }
    writeFileSync(part(1), bytes.subarray(0, -1));
    expect(await refusal()).toBe('/part-1.jsonl: does not stop at the end of its last line');
    writeLines(part(1), linesOf(part(1)).slice(0, -1));
    expect(await refusal()).toContain('/part-1.jsonl: was cut');
    writeFileSync(part(1), Buffer.concat([bytes, Buffer.from('{}\n')]));
    expect(await refusal()).toContain('/part-1.jsonl: does not stop');
  });

  test('in which a bit was flipped', async () => {
    const bytes = readFileSync(part(1));
    for (let at = 0; at < bytes.length; at += 47) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
      writeFileSync(part(1), flipped);
      expect(await refusal()).toContain('/part-1.jsonl: ');
    }
  });

  test('in which lines were taken out, doubled, moved or changed, and the digest was computed again', async () => {
    const original = readFileSync(part(1));
    const forged = async (change: (lines: string[]) => string[]): Promise<string> => {
      writeFileSync(part(1), original);
      forge(part(1), change);
      return refusal();
    };
    expect(await forged((lines) => lines.filter((_, at) => at !== 1))).toBe(
      '/part-1.jsonl: was changed: the counts at its end are not those of its lines',
    );
    expect(await forged((lines) => [...lines.slice(0, 2), ...lines.slice(1)])).toBe(
      '/part-1.jsonl: line 3 is out of order, or there twice',
    );
    expect(await forged(([header = '', one = '', two = '', ...rest]) => [header, two, one, ...rest])).toContain('line 3 is out of order');
    expect(await forged((lines) => lines.map((line) => line.replace('"class":"gap"', '"class":"lag"')))).toContain(
      'is not a line of an audit',
    );
    expect(await forged((lines) => lines.map((line) => line.replace('"place":"near"', '"place":"none"')))).toContain(
      'header does not name',
    );
    expect(await forged((lines) => lines.map((line) => line.replace('"missing":1', '"missing":2')))).toContain('the counts at its end');
    expect(await forged((lines) => lines.map((line) => line.replace('[{"url"', '[{"link"')))).toContain('is not a line of an audit');
  });

  test('with the lines of another shard under its own number', async () => {
    writeResult(part(2), audited.slice(1, 2), { shard: '2/4' });
    expect(await refusal()).toBe('/part-2.jsonl: has lines of another shard than 2/4');
    writeResult(part(2), [], { shard: '2/4' });
    writeResult(part(3), audited.slice(1, 2), { shard: '3/4' });
    expect(await refusal()).toBe('/part-3.jsonl: has lines of another shard than 3/4');
  });
});
