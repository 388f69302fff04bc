/** What `--write` did to a file, kept in the state folder so that `--undo` can take it back. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { createStateFile, type StateFile } from '../../base/disk/state-file.js';
import type { MadeEdit } from './text/edit.js';

export interface UndoRecord {
  /** The file that was changed, as the user knows it. */
  readonly path: string;
  /** Sha256 of the file before and after; the former null if it was missing. */
  readonly before: string | null;
  readonly after: string;
  /** The text of a new file without the edits; null if it existed. */
  readonly skeleton: string | null;
  /** The topmost folder that was created for it; null if none was. */
  readonly folder: string | null;
  readonly backup: string | null;
  readonly edits: readonly MadeEdit[];
  /** The edits of the write before that, which still hold if this one was interrupted. */
  readonly earlier: readonly MadeEdit[] | null;
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The record of one file. */
export class UndoRecordFile {
  readonly #file: string;
  readonly #state: StateFile<UndoRecord>;

  constructor(folder: string, path: string) {
    this.#file = join(folder, `${sha256Of(Buffer.from(path)).slice(0, 32)}.json`);
    this.#state = createStateFile(this.#file, (value) => parse(value, path));
  }

  read(): Promise<UndoRecord | null> {
    return this.#state.read();
  }

  write(record: UndoRecord): Promise<void> {
    return this.#state.write(record);
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}

function parse(value: unknown, path: string): UndoRecord | null {
  if (!isObject(value) || value['path'] !== path) return null;
  const { before, after, skeleton, folder, backup, edits, earlier } = value;
  const made = parseEdits(edits);
  if (typeof after !== 'string' || made === null) return null;
  if (!isTextOrNull(before) || !isTextOrNull(skeleton) || !isTextOrNull(folder) || !isTextOrNull(backup)) return null;
  return { path, before, after, skeleton, folder, backup, edits: made, earlier: earlier === null ? null : parseEdits(earlier) };
}

function parseEdits(value: unknown): readonly MadeEdit[] | null {
  if (!Array.isArray(value)) return null;
  const edits: MadeEdit[] = [];
  for (const item of value as readonly unknown[]) {
    if (!isObject(item)) return null;
    const { remove, insert, index, of } = item;
    if (typeof remove !== 'string' || typeof insert !== 'string' || insert === '') return null;
    if (!Number.isInteger(index) || !Number.isInteger(of)) return null;
    edits.push({ remove, insert, index: Number(index), of: Number(of) });
  }
  return edits;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
