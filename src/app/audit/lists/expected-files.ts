/** Turns the entries of a plan back into single files, in the order of the bytes of their paths, as lists have them. */
import { toLineText } from '../../../local/sorted-lines/line-text.js';
import type { PlanEntry, PlanSidecar } from '../contract.js';

/** A line of the plan, with what is already known about it. */
export interface PlanLine {
  readonly entry: PlanEntry;
  /** The places that do not have the file, by their numbers; null without any, as for nearly all lines. */
  missingAt: Set<number> | null;
  /** The places that have another file. */
  differentAt: Set<number> | null;
}

/** A file that a place should have. */
export interface ExpectedFile {
  /** One character for each byte of the path. */
  readonly key: string;
  readonly line: PlanLine;
  /** The end of the path of a checksum file or a signature, such as `asc.sha1`; null for the file itself. */
  readonly suffix: string | null;
  readonly known: KnownFile;
  /** How the line of an inventory begins if the file is the same; null if the plan does not tell enough. */
  readonly usualLine: string | null;
}

type KnownFile = PlanSidecar & { readonly sha256?: string | undefined };

export class ExpectedFiles {
  /** Checksum files and signatures that sort after the last line, in order. */
  #waiting: ExpectedFile[] = [];

  /** Passes on the files up to the one of this entry, in order. */
  add(entry: PlanEntry, onFile: (file: ExpectedFile) => void): void {
    const line: PlanLine = { entry, missingAt: null, differentAt: null };
    const key = toLineText(entry.path);
    this.#waiting = this.#waiting.length === 0 ? [] : this.#waitingAfter(key, onFile);
    onFile({ key, line, suffix: null, known: entry, usualLine: usualLine(key, entry) });
    if (entry.sidecars !== undefined) this.#wait(key, line, entry.sidecars);
  }

  /** Passes on those that are left after the last entry. */
  finish(onFile: (file: ExpectedFile) => void): void {
    for (const file of this.#waiting) onFile(file);
    this.#waiting = [];
  }

  #waitingAfter(key: string, onFile: (file: ExpectedFile) => void): ExpectedFile[] {
    const waiting = this.#waiting;
    let ready = 0;
    for (let file = waiting[0]; file !== undefined && file.key < key; file = waiting[ready]) {
      onFile(file);
      ready += 1;
    }
    return waiting.slice(ready);
  }

  #wait(key: string, line: PlanLine, sidecars: NonNullable<PlanEntry['sidecars']>): void {
    let isSorted = this.#waiting.length === 0;
    let last = '';
    for (const suffix of Object.keys(sidecars)) {
      if (suffix < last) isSorted = false;
      last = suffix;
      const known = sidecars[suffix] ?? {};
      const own = `${key}.${suffix}`;
      this.#waiting.push({ key: own, line, suffix, known, usualLine: usualLine(own, known) });
    }
    if (!isSorted) this.#waiting.sort((one, other) => (one.key < other.key ? -1 : 1));
  }
}

function usualLine(key: string, { size, etag, sha256 = '' }: KnownFile): string | null {
  return size === undefined || etag === undefined ? null : `${key}\t${size}\te:${etag}\t${sha256}`;
}
