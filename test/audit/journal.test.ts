/** Journals of audits that a kill or a power cut left behind. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Journal, type JournalTotals, readJournal } from '../../src/app/audit/engine/journal.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { findingOf } from './result-files.js';

const head = '["a journal",1]';
const digest = { digest: 'org/é/a.jar', sha256: 'ab'.repeat(32), size: 3 };

/** Some progress, and what a run that goes on after each line of totals has: the totals, and the paths so far. */
async function makeJournal() {
  const file = join(await temporaryFolder(), 'journal');
  const journal = Journal.open(file, head, 10);
  const states: { readonly totals: JournalTotals; readonly paths: readonly string[] }[] = [{ totals: journal.totals, paths: [] }];
  for (const next of [20, 300, 301]) {
    const findings = [findingOf(`a/${next}.jar`), findingOf(`b/${next} "é😀.jar`)];
    journal.add({ next, answered: 2, lagMs: next === 20 ? null : next, skippedNames: 1, findings, digests: [digest] });
    states.push({ totals: journal.totals, paths: [...(states.at(-1)?.paths ?? []), ...findings.map(({ path }) => path), digest.digest] });
  }
  journal.close();
  return { file, states, bytes: readFileSync(file) };
}

function pathsIn(file: string): readonly string[] {
  return [...readJournal(file)].map((line) => ('finding' in line ? line.finding.path : line.digest.digest));
}

test('a run that goes on has all that was done', async () => {
  const { file, states } = await makeJournal();
  const journal = Journal.open(file, head, 10);
  expect({ totals: journal.totals, paths: pathsIn(file) }).toEqual(states.at(-1));
  journal.close();
});

test('a journal that is cut or damaged anywhere goes on from what is whole', async () => {
  const { file, states, bytes } = await makeJournal();
  const damaged = fc.oneof(
    fc.nat(bytes.length).map((length) => bytes.subarray(0, length)),
    fc.tuple(fc.nat(bytes.length - 1), fc.nat(7)).map(([at, bit]) => Buffer.from(bytes).fill((bytes[at] ?? 0) ^ (1 << bit), at, at + 1)),
    fc
      .tuple(fc.nat(bytes.length), fc.uint8Array({ maxLength: 40 }))
      .map(([at, some]) => Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at)])),
  );
  fc.assert(
    fc.property(damaged, (content) => {
      writeFileSync(file, content);
      const journal = Journal.open(file, head, 10);
      const state = states.find(({ totals }) => totals.next === journal.totals.next);
      expect(state).toBeDefined();
      expect({ totals: journal.totals, paths: pathsIn(file) }).toEqual(state);
      journal.add({ next: 400, answered: 0, lagMs: null, skippedNames: 0, findings: [findingOf('last.jar')], digests: [] });
      journal.close();
      expect(pathsIn(file)).toEqual([...(state?.paths ?? []), 'last.jar']);
    }),
    { numRuns: 300 },
  );
});
