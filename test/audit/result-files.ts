/** Results of audits that no audit made: any findings, split into the parts of any number of shards. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import { type DigestLine, type Finding, findingClasses, type FindingKind, type ResultHeader } from '../../src/app/audit/contract.js';
import { ResultWriter } from '../../src/app/audit/result/result-writer.js';

export const places = ['near', 'far'].map((name) => ({ name, url: `https://${name}.example.org/` }));
const times = ['2026-11-29T10:00:00.000Z', '2026-11-29T12:30:00.000Z'] as const;

export function headerOf(changes: Partial<ResultHeader> = {}): ResultHeader {
  return {
    format: 'clojars-fetch-audit',
    version: 1,
    plan: 'ab'.repeat(32),
    repository: 'https://repo.example.org/',
    vantage: 'home',
    shard: null,
    from: times[0],
    until: times[1],
    seed: 7,
    audited: { full: false, sharePerMillion: 1000, listsOnly: false },
    places,
    ...changes,
  };
}

export function findingOf(path: string, finding: FindingKind = 'missing', place = 'near', changes: Partial<Finding> = {}): Finding {
  const evidence = [{ url: `https://${place}.example.org/${path}`, as: 'audit' as const, status: 404 }];
  return { finding, class: findingClasses[finding], path, place, expected: { size: 3 }, found: { size: null }, evidence, ...changes };
}

/** The findings of an audit about one file, and its digest. */
export interface Audited {
  readonly path: string;
  readonly findings: readonly Finding[];
  readonly digest: DigestLine | null;
}

/** Files in the order of their bytes. */
export const auditedFiles: fc.Arbitrary<readonly Audited[]> = fc
  .uniqueArray(fc.stringMatching(/^[a-cé~]{1,3}(?:\/[a-c"é😀\uff5e-]{1,3}){0,2}$/), { maxLength: 24 })
  .chain((paths) => {
    const sorted = [...paths].sort((one, other) => Buffer.from(one).compare(Buffer.from(other)));
    return fc.tuple(...sorted.map(auditedFile));
  });

function auditedFile(path: string): fc.Arbitrary<Audited> {
  const kinds = Object.keys(findingClasses) as FindingKind[];
  const pairs = fc.uniqueArray(fc.tuple(fc.constantFrom(...kinds), fc.constantFrom('origin', 'near', 'far')), {
    selector: (pair) => pair.join(),
    maxLength: 3,
  });
  return fc.record({
    path: fc.constant(path),
    findings: pairs.map((some) => some.map(([kind, place]) => findingOf(path, kind, place, { found: { text: `\t"${path}\n` } }))),
    digest: fc.option(fc.constant({ digest: path, sha256: 'cd'.repeat(32), size: path.length })),
  });
}

/** Writes a result or a part about these files. */
export function writeResult(
  file: string,
  audited: readonly Audited[],
  changes: Partial<ResultHeader> = {},
  behind: readonly (number | null)[] = [],
): string {
  const header = headerOf(changes);
  const writer = new ResultWriter(file, header.places);
  for (const { findings, digest } of [...audited].reverse()) {
    for (const finding of findings) writer.add(finding);
    if (digest !== null) writer.addDigest(digest);
  }
  const summaries = header.places.map((place, at) => ({ ...place, behindSeconds: behind[at] ?? null, answered: audited.length }));
  writer.finish(header, { files: audited.length, places: summaries });
  return file;
}

/** Writes the files as so many parts, and returns their paths. The folder is made. */
export function writeParts(folder: string, audited: readonly Audited[], count: number, cuts: readonly number[] = []): readonly string[] {
  mkdirSync(folder);
  const ends = [...cuts.map((cut) => cut % (audited.length + 1)), audited.length].sort((one, other) => one - other);
  return Array.from({ length: count }, (_, index) =>
    writeResult(join(folder, `part-${index}.jsonl`), audited.slice(index === 0 ? 0 : (ends[index - 1] ?? 0), ends[index]), {
      shard: `${index}/${count}`,
    }),
  );
}

export const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
