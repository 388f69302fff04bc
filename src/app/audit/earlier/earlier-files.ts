/** Knows what earlier plans and results wrote down about files, which need not fit into memory. */
import { rmSync } from 'node:fs';

import { LineFinder } from '../../../local/sorted-lines/line-finder.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { lineKey, toLineText } from '../../../local/sorted-lines/line-text.js';
import { LineWriter } from '../../../local/sorted-lines/line-writer.js';
import { keyProblem } from '../../../maven/repository-index/key.js';
import { isPlan, PlanFile } from '../plan/plan-file.js';
import { ResultReader } from '../result/result-reader.js';
import { type KnownFile, knownOf } from './known-file.js';

export class EarlierFiles {
  readonly #file: string;
  #finder: LineFinder | null = null;

  /** @param file absolute, for a sorted copy */
  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Reads plans and results. Of two that disagree about a file, the first counts.
   * @throws {ClojarsFetchError} `ERR_CONFIG` if one is missing or damaged
   */
  async load(files: readonly string[], signal: AbortSignal): Promise<void> {
    if (files.length === 0) return;
    const sorted = `${this.#file}.sorted`;
    const sorter = new LineSorter(sorted);
    try {
      for (const [at, file] of files.entries()) {
        const rank = String(at).padStart(6, '0');
        const add = (path: string, known: KnownFile): void => {
          if (keyProblem(path) === null) sorter.add(`${toLineText(path)}\t${rank}\t${format(known)}`);
        };
        if (isPlan(file)) await readPlan(file, add, signal);
        else readResult(file, add);
      }
      sorter.finish();
      joinLines(sorted, this.#file);
    } finally {
      sorter.discard();
      rmSync(sorted, { force: true });
    }
    this.#finder = new LineFinder(this.#file);
  }

  /** Returns what is known of a file; null if that is nothing. */
  of(path: string): KnownFile | null {
    const line = this.#finder?.find(toLineText(path)) ?? null;
    return line === null ? null : parse(line.slice(line.indexOf('\t') + 1));
  }

  close(): void {
    this.#finder?.close();
    rmSync(this.#file, { force: true });
  }
}

type Add = (path: string, known: KnownFile) => void;

function readResult(file: string, add: Add): void {
  const reader = new ResultReader(file);
  try {
    for (let line = reader.next(); line !== null; line = reader.next())
      if (line.digest !== null) add(line.digest.digest, { size: line.digest.size, sha256: line.digest.sha256, md5: null, sidecars: {} });
  } finally {
    reader.close();
  }
}

async function readPlan(file: string, add: Add, signal: AbortSignal): Promise<void> {
  const plan = await PlanFile.open(file, signal);
  try {
    for await (const { entries } of plan.entries(null, signal)) for (const entry of entries) add(entry.path, knownOf(entry));
  } finally {
    await plan.close();
  }
}

/** Makes one line of all lines about a path: each fact is that of the first one that has it. */
function joinLines(from: string, to: string): void {
  const reader = new LineReader(from);
  const writer = new LineWriter(to);
  let key: string | null = null;
  let known: KnownFile = { size: null, sha256: null, md5: null, sidecars: {} };
  const write = (): void => (key === null ? undefined : writer.write(`${key}\t${format(known)}`));
  try {
    for (let line = reader.next(); line !== null; line = reader.next()) {
      const own = lineKey(line);
      const read = parse(line.slice(line.indexOf('\t', own.length + 1) + 1));
      if (own === key) known = join(known, read);
      else {
        write();
        [key, known] = [own, read];
      }
    }
    write();
    writer.commit();
  } finally {
    reader.close();
    writer.discard();
  }
}

function join(first: KnownFile, next: KnownFile): KnownFile {
  return {
    size: first.size ?? next.size,
    sha256: first.sha256 ?? next.sha256,
    md5: first.md5 ?? next.md5,
    sidecars: { ...next.sidecars, ...first.sidecars },
  };
}

function format({ size, sha256, md5, sidecars }: KnownFile): string {
  const pairs = Object.entries(sidecars).map(([suffix, etag]) => `${suffix}=${etag}`);
  return `${size ?? ''}\t${sha256 ?? ''}\t${md5 ?? ''}\t${pairs.join(' ')}`;
}

function parse(text: string): KnownFile {
  const [size = '', sha256 = '', md5 = '', pairs = ''] = text.split('\t');
  return {
    size: size === '' ? null : Number(size),
    sha256: sha256 === '' ? null : sha256,
    md5: md5 === '' ? null : md5,
    sidecars: Object.fromEntries(pairs === '' ? [] : pairs.split(' ').map((pair) => pair.split('=') as [string, string])),
  };
}
