import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';

import { compareAudits } from '../../src/app/audit/compare-audits.js';
import type { Finding } from '../../src/app/audit/contract.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { errorOf } from '../support/workbench.js';
import { type Audited, auditedFiles, findingOf, linesOf, writeResult } from './result-files.js';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const about = (path: string, findings: readonly Finding[], sha256 = 'cd'.repeat(32)): Audited => ({
  path,
  findings,
  digest: { digest: path, sha256, size: 3 },
});
const lie = (path: string, sha256 = 'e'): Finding => findingOf(path, 'content-differs', 'near', { found: { sha256 } });

/** Compares what vantage points found, and returns the lines between the first and the last. */
async function compare(...vantages: readonly (readonly Audited[])[]): Promise<readonly unknown[]> {
  const files = vantages.map((audited, at) => writeResult(join(folder, `v${at}`), audited, { vantage: `v${at}` }));
  await compareAudits(files, { output: join(folder, 'compared') });
  return linesOf(join(folder, 'compared'))
    .slice(1, -1)
    .map((line) => JSON.parse(line) as unknown);
}

test('a lie to one vantage point only is named, with both views', async () => {
  const lines = await compare([about('a', [])], [about('a', [lie('a')])], [about('a', [])]);
  expect(lines).toMatchObject([
    { finding: 'content-differs', place: 'near' },
    {
      finding: 'vantage-differs',
      class: 'lie',
      path: 'a',
      place: 'near',
      expected: { vantage: 'v0', finding: null },
      found: { vantage: 'v1', finding: 'content-differs', sha256: 'e' },
    },
    { digest: 'a' },
  ]);
});

test('the same lie to all is told once, and different lies are a difference', async () => {
  expect(await compare([about('a', [lie('a')])], [about('a', [lie('a')])])).toMatchObject([
    { finding: 'content-differs' },
    { digest: 'a' },
  ]);
  expect(await compare([about('a', [lie('a', 'e')])], [about('a', [lie('a', 'f')])])).toMatchObject([
    { finding: 'content-differs' },
    { finding: 'vantage-differs', expected: { sha256: 'e' }, found: { sha256: 'f' } },
    {},
  ]);
});

test('a gap or a lag at one vantage point is kept, and is not a difference', async () => {
  const lines = await compare([about('a', [findingOf('a')])], [about('a', [findingOf('a', 'lag', 'far')])]);
  expect(lines).toMatchObject([{ finding: 'missing', place: 'near' }, { finding: 'lag', place: 'far' }, {}]);
});

test('a vantage point without an answer is not a witness', async () => {
  const unknown = findingOf('a', 'unknown');
  expect(await compare([about('a', [lie('a')])], [about('a', [unknown])])).toMatchObject([
    { finding: 'content-differs' },
    { finding: 'unknown' },
    {},
  ]);
});

test('an origin that shows different bytes is a liar, too', async () => {
  expect(await compare([about('a', []), about('b', [])], [about('a', []), about('b', [], '0'.repeat(64))])).toMatchObject([
    { finding: 'vantage-differs', path: 'b', place: 'origin', found: { vantage: 'v1', sha256: '0'.repeat(64) } },
    { digest: 'a' },
  ]);
});

test('vantage points that found the same differ in nothing', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(auditedFiles, async (audited) => {
      run += 1;
      const vantages = ['a', 'b'].map((vantage) => writeResult(join(folder, `${run}-${vantage}`), audited, { vantage }));
      await compareAudits(vantages, { output: join(folder, `${run}`) });
      expect(linesOf(join(folder, `${run}`)).slice(1)).toEqual(
        linesOf(vantages[0] ?? '')
          .slice(1, -1)
          .concat(expect.stringMatching(/^\{"end":true/) as string),
      );
    }),
    { numRuns: 12 },
  );
});

test('results that cannot be compared are refused by name', async () => {
  const file = (name: string, changes: Parameters<typeof writeResult>[2]): string =>
    writeResult(join(folder, name), [about('a', [])], { vantage: name, ...changes });
  const first = file('first', {});
  const refusal = async (other: string): Promise<string> => {
    const { code, message } = await errorOf(compareAudits([first, other], { output: join(folder, 'compared') }));
    expect(code).toBe('ERR_CONFIG');
    expect(readdirSync(folder)).not.toContain('compared');
    return message.replaceAll(`${folder}/`, '');
  };
  expect(await refusal(file('plan', { plan: '0'.repeat(64) }))).toBe('plan: was made with another plan than first');
  expect(await refusal(file('seed', { seed: 8 }))).toBe('seed: was made with other options than first');
  expect(await refusal(file('same', { vantage: 'first' }))).toBe("same: has the same vantage point as first: 'first'");
  expect(await refusal(file('part', { shard: '0/2' }))).toBe('part: is only the part 0/2');
  expect(await refusal(join(folder, 'none'))).toBe('none: is not there');
  expect((await errorOf(compareAudits([first], { output: 'x' }))).message).toContain('needs the results of two');
});
