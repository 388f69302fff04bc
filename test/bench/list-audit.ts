/**
 * Audits four places by their lists, and prints the time that it took.
 *
 *   make FOLDER COUNT          writes the plan, and the lists with planted differences
 *   one FOLDER                 compares all
 *   shards FOLDER NUMBER       compares shard by shard, and merges
 *   same FOLDER                whether both gave the same bytes
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
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
/** A line of the plan for each JAR and POM of ten versions, and one for the metadata. */
const linesOfArtifact = 21;
const timeOfAll = 1_764_000_000;
const clock = (): Date => new Date(timeOfAll * 1000);

const digestAt = (index: number): string => index.toString(16).padStart(64, '0');
const otherMark = `e:${'f'.repeat(32)}`;

/** The line of a file at the origin, and of another file with its name. */
function linesAt(index: number): { readonly right: string; readonly other: () => string } {
  const { key, size, mark } = fileAt(index);
  const record = { key, size: size ?? 0, mark, sha256: digestAt(index), firstSeen: timeOfAll };
  return { right: formatRecord(record), other: () => formatRecord({ ...record, mark: otherMark, sha256: digestAt(index + 1) }) };
}

/** Every file of the origin is of the kind whose turn it is, so that each place has differences in all kinds of files. */
function writeInventories(count: number): void {
  const descriptors = ['origin', ...names].map((name) => openSync(join(folder, name), 'w'));
  for (let start = 0; start < count; start += linesPerWrite) {
    const texts = descriptors.map(() => '');
    for (let index = start; index < Math.min(count, start + linesPerWrite); index += 1) {
      const { right, other } = linesAt(index);
      for (let at = 0; at < texts.length; at += 1) {
        const planted = at === 0 ? -1 : (index + at - 1) % plantedEvery;
        if (planted !== 1) texts[at] += `${planted === 2 ? other() : right}\n`;
        if (planted === 3) texts[at] += `${right.replace('\t', '+\t')}\n`;
      }
    }
    for (const [at, text] of texts.entries()) writeSync(descriptors[at] ?? -1, text);
  }
  for (const descriptor of descriptors) closeSync(descriptor);
}

async function make(count: number): Promise<void> {
  writeInventories(count);
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
  const lines: number[] = [];
  for (const [index, output] of parts.entries())
    lines.push((await auditListsAt(plan, { lists, output, shard: { index, count } }, clock)).end.files);
  if (Math.max(...lines) - Math.min(...lines) > linesOfArtifact) throw new Error(`shards of ${lines.join(', ')} lines`);
  const { end } = await mergeAudits(parts, { output: join(folder, 'merged.jsonl') });
  return end;
}

/** Compares piece by piece: the memory of this process is part of what is measured. */
function haveSameBytes(...files: readonly [string, string]): boolean {
  const descriptors = files.map((file) => openSync(file, 'r'));
  const pieces = files.map(() => Buffer.alloc(1024 * 1024));
  for (;;) {
    const [one, other] = pieces.map((piece, at) => piece.subarray(0, readSync(descriptors[at] ?? -1, piece)));
    if (one === undefined || other === undefined || !one.equals(other)) return false;
    if (one.length === 0) return true;
  }
}

if (mode === 'make') await make(Number(numberText));
else {
  const startedMs = performance.now();
  const end = mode === 'one' ? await compareAll() : await compareShards(Number(numberText));
  const ms = performance.now() - startedMs;
  const isSame = mode === 'one' || haveSameBytes(join(folder, 'one.jsonl'), join(folder, 'merged.jsonl'));
  process.stdout.write(JSON.stringify({ ms, end, isSame }));
}
