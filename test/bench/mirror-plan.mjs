/** The plan of a sync of millions of files, without bodies, against a bare join of the same two files. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contest, fieldOf, timesTable } from './contest.mjs';
import { bundle, measure, work } from './lab.mjs';
import { median, spread } from './statistics.mjs';

const standardCount = 3_000_000;

export async function benchMirrorPlan(runs, { dist, scale }) {
  const count = Math.round(standardCount * scale);
  const folder = mkdtempSync(join(work, 'plan-'));
  const script = await bundle('plan-mirror');
  await measure(process.execPath, [script, 'make', folder, String(count)]);
  const plan = (mode) => async () => {
    const result = await measure(process.execPath, [script, mode, folder, String(count)]);
    const { planMs, counts } = JSON.parse(result.stdout);
    if (counts.listed !== count || counts.missing !== Math.floor(count / 1000) || counts.suspect + counts.gone !== 0)
      throw new Error(`a plan that is wrong: ${JSON.stringify(counts)}`);
    return { ...result, planMs };
  };
  const results = await contest({
    runs,
    builds: { dist, older: null },
    ours: {},
    others: {
      join: () =>
        measure('sh', ['-c', `join -t "$(printf '\\t')" -a 1 -o 1.1,2.1 listing inventory | wc -l`], { cwd: folder, env: { LC_ALL: 'C' } }),
      sorted: plan('sorted'),
      unsorted: plan('unsorted'),
    },
  });
  const megabytes = Math.round((statSync(join(folder, 'listing')).size + statSync(join(folder, 'inventory')).size) / 1e6);
  rmSync(folder, { recursive: true });
  const perEntry = (name) => fieldOf(results, name, 'planMs').map((ms) => (ms * 1000) / count);
  const memory = (name) => Math.max(...fieldOf(results, name, 'memoryMib'));
  return {
    title: `Planning a sync of ${count} files: listing and inventory of ${megabytes} MB`,
    ...timesTable({
      results,
      builds: { dist, older: null },
      ratioTitle: ', ratio to join',
      rows: [
        { name: 'join', title: 'join and wc -l, sorted files' },
        { name: 'sorted', title: 'the plan, sorted files', to: 'join', target: '≤ 3 µs an entry, 120 MB' },
        { name: 'unsorted', title: 'the plan, a listing in no order, sorted first', to: 'join', target: '250 MB' },
      ],
    }),
    notes: [
      `Microseconds an entry: ${spread(perEntry('sorted'))} sorted, ${spread(perEntry('unsorted'))} unsorted. The start of Node is in the wall time, and not in these. One file in a thousand is new.`,
    ],
    checks: [
      { what: 'mirror plan: µs an entry', value: median(perEntry('sorted')), most: 3 },
      { what: 'mirror plan: MB of memory', value: memory('sorted'), most: 120 },
      { what: 'mirror plan of an unsorted listing: MB of memory', value: memory('unsorted'), most: 250 },
    ],
  };
}
