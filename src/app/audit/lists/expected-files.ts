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
  readonly path: string;
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

  /** Returns the files up to the one of this entry, in order. */
  before(entry: PlanEntry): readonly ExpectedFile[] {
    const line: PlanLine = { entry, missingAt: null, differentAt: null };
    const key = toLineText(entry.path);
    const file: ExpectedFile = { key, path: entry.path, line, suffix: null, known: entry, usualLine: usualLine(key, entry) };
    const waiting = this.#waiting;
    let ready = 0;
    while ((waiting[ready]?.key ?? file.key) < file.key) ready += 1;
    const files = waiting.splice(0, ready);
    files.push(file);
    this.#wait(file);
    return files;
  }

  /** Returns those that are left after the last entry. */
  rest(): readonly ExpectedFile[] {
    return this.#waiting.splice(0);
  }

  #wait({ key, path, line }: ExpectedFile): void {
    const { sidecars } = line.entry;
    if (sidecars === undefined) return;
    const isAlone = this.#waiting.length === 0;
    let last = '';
    let isSorted = isAlone;
    for (const [suffix, known] of Object.entries(sidecars)) {
      if (suffix < last) isSorted = false;
      last = suffix;
      this.#waiting.push({
        key: `${key}.${suffix}`,
        path: `${path}.${suffix}`,
        line,
        suffix,
        known,
        usualLine: usualLine(`${key}.${suffix}`, known),
      });
    }
    if (!isSorted) this.#waiting.sort((one, other) => (one.key < other.key ? -1 : 1));
  }
}

function usualLine(key: string, { size, etag, sha256 = '' }: KnownFile): string | null {
  return size === undefined || etag === undefined ? null : `${key}\t${size}\te:${etag}\t${sha256}`;
}
