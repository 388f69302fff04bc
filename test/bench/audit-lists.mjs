/** An audit of four places by their lists, against a bare merge of the same sorted files; and the same in 16 shards. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contest, fieldOf, timesTable } from './contest.mjs';
import { bundle, measure, work } from './lab.mjs';
import { median, spread } from './statistics.mjs';

const standardCount = 3_000_000;
const shards = 16;
/** Of one run on a machine that does other work, too. */
const limitMs = 600_000;
const names = ['one', 'two', 'three', 'four'];

export async function benchAuditLists(runs, { dist, scale }) {
  const count = Math.round(standardCount * scale);
  const folder = mkdtempSync(join(work, 'audit-'));
  const script = await bundle('list-audit');
  await measure(process.execPath, [script, 'make', folder, String(count)], { limitMs });
  const audit = (mode) => async () => {
    const result = await measure(process.execPath, [script, mode, folder, String(shards)], { limitMs });
    const { ms, end, isSame } = JSON.parse(result.stdout);
    if (!isSame) throw new Error('the merged shards are not what one machine found');
    const found = end.places.map(({ counts }) => Object.values(counts).reduce((sum, number) => sum + number, 0));
    if (found.some((number) => number < Math.floor((count / 10_000) * 2) || number > Math.ceil(count / 10_000) * 3))
      throw new Error(`an audit that is wrong: ${JSON.stringify(end)}`);
    return { ...result, ms };
  };
  const results = await contest({
    runs,
    builds: { dist, older: null },
    ours: {},
    others: {
      merge: () => measure('sh', ['-c', `sort -m origin ${names.join(' ')} | wc -l`], { cwd: folder, env: { LC_ALL: 'C' } }),
      one: audit('one'),
      shards: audit('shards'),
    },
    once: ['shards'],
  });
  const megabytes = Math.round(['origin', ...names].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1e6);
  rmSync(folder, { recursive: true });
  const perEntry = fieldOf(results, 'one', 'ms').map((ms) => (ms * 1000) / count);
  const memory = (name) => Math.max(...fieldOf(results, name, 'memoryMib'));
  return {
    title: `Audit of four places with ${count} files each by their lists: ${megabytes} MB`,
    ...timesTable({
      results,
      builds: { dist, older: null },
      ratioTitle: ', ratio to sort -m',
      rows: [
        { name: 'merge', title: 'sort -m of the five lists, and wc -l' },
        { name: 'one', title: 'the audit', to: 'merge', target: '≤ 5 µs an entry, 250 MB' },
        { name: 'shards', title: `the audit in ${shards} shards, one after the other, and their merge`, to: 'merge', target: '250 MB' },
      ],
    }),
    notes: [
      `Microseconds an entry: ${spread(perEntry)}. An entry is a file of the origin, compared with four lists. Three files in ten thousand differ, are missing or are there besides; all are found, and the shards give the bytes of one machine; they differ by at most one artifact. Each shard reads the whole plan, and each list up to its own end.`,
    ],
    checks: [
      { what: 'audit by lists: µs an entry', value: median(perEntry), most: 5 },
      { what: 'audit by lists: MB of memory', value: memory('one'), most: 250 },
      { what: 'audit by lists in shards: MB of memory', value: memory('shards'), most: 250 },
    ],
  };
}
