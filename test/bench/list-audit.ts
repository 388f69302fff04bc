/**
 * Audits four places by their lists, and prints the time that it took.
 *
 *   make FOLDER COUNT          writes the plan, and the lists with planted differences
 *   one FOLDER                 compares all
 *   shards FOLDER NUMBER       compares shard by shard, and merges
 *   same FOLDER                whether both gave the same bytes
 */
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import type { EndLine } from '../../src/app/audit/contract.js';
import { auditListsAt } from '../../src/app/audit/lists/audit-lists.js';
import { mergeAudits } from '../../src/app/audit/merge-audits.js';
import { planAudit } from '../../src/app/audit/plan/plan-audit.js';
import { formatRecord } from '../../src/app/mirror/target/inventory-record.js';
import { fileAt } from './mirror-lines.js';

const [mode = '', folder = '', numberText = ''] = process.argv.slice(2);
const names = ['one', 'two', 'three', 'four'];
const lists = Object.fromEntries(names.map((name) => [name, join(folder, name)]));
const plan = join(folder, 'plan.jsonl.gz');
const linesPerWrite = 5000;
/** Of so many files, one differs at each place, one is missing, and one more is there. */
const plantedEvery = 10_000;
const timeOfAll = 1_764_000_000;
const clock = (): Date => new Date(timeOfAll * 1000);

const digestAt = (index: number, isOther: boolean): string => (index + (isOther ? 1 : 0)).toString(16).padStart(64, '0');

function lineAt(index: number, isOther: boolean): string {
  const { key, size, mark } = fileAt(index);
  const otherMark = `e:${'f'.repeat(32)}`;
  return formatRecord({ key, size: size ?? 0, mark: isOther ? otherMark : mark, sha256: digestAt(index, isOther), firstSeen: timeOfAll });
}

/** Every file of the origin is of the kind whose turn it is, so that each place has differences in all kinds of files. */
function writeInventory(name: string, count: number, place: number | null): void {
  const descriptor = openSync(join(folder, name), 'w');
  for (let start = 0; start < count; start += linesPerWrite) {
    const lines: string[] = [];
    for (let index = start; index < Math.min(count, start + linesPerWrite); index += 1) {
      const planted = place === null ? -1 : (index + place) % plantedEvery;
      if (planted !== 1) lines.push(lineAt(index, planted === 2));
      if (planted === 3) lines.push(lineAt(index, false).replace('\t', '+\t'));
    }
    writeSync(descriptor, `${lines.join('\n')}\n`);
  }
  closeSync(descriptor);
}

async function make(count: number): Promise<void> {
  writeInventory('origin', count, null);
  for (const [place, name] of names.entries()) writeInventory(name, count, place);
  const places = Object.fromEntries(names.map((name) => [name, `https://${name}.example.org/`]));
  await planAudit({
    output: plan,
    origin: 'https://repo.example.org/',
    from: join(folder, 'origin'),
    places,
    seed: 1,
    client: { settings: false },
  });
}

async function compareAll(): Promise<EndLine> {
  const { end } = await auditListsAt(plan, { lists, output: join(folder, 'one.jsonl') }, clock);
  return end;
}

async function compareShards(count: number): Promise<EndLine> {
  const parts = Array.from({ length: count }, (_, index) => join(folder, `part-${index}.jsonl`));
  for (const [index, output] of parts.entries()) await auditListsAt(plan, { lists, output, shard: { index, count } }, clock);
  const { end } = await mergeAudits(parts, { output: join(folder, 'merged.jsonl') });
  return end;
}

if (mode === 'make') await make(Number(numberText));
else {
  const startedMs = performance.now();
  const end = mode === 'one' ? await compareAll() : await compareShards(Number(numberText));
  const ms = performance.now() - startedMs;
  const [one, merged] = ['one.jsonl', 'merged.jsonl'].map((name) => join(folder, name));
  const isSame =
    mode === 'one' ||
    (statSync(one ?? '').size === statSync(merged ?? '').size && readFileSync(one ?? '').equals(readFileSync(merged ?? '')));
  process.stdout.write(JSON.stringify({ ms, end, isSame }));
}
