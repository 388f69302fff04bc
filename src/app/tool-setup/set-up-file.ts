/** One file of a tool: looks at it, writes what is missing, or takes that back. */
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import {
  backUp,
  type FileOnDisk,
  makeFolderOf,
  readConfigurationFile,
  removeBackup,
  removeConfigurationFile,
  removeFoldersOf,
  replaceConfigurationFile,
} from './disk.js';
import { type Merge, mergeError, type SetupProblem, type ToolFile } from './merge.js';
import { applyEdits, type LostEdit, type MadeEdit, takeBack } from './text/edit.js';
import { decodeFile, type TextFile } from './text/text-file.js';
import { sha256Of, type UndoRecord, type UndoRecordFile } from './undo-record.js';

/** A file that was read and merged, not yet written. */
export interface LookedAtFile {
  readonly onDisk: FileOnDisk;
  readonly record: UndoRecord | null;
  readonly merge: Merge;
}

/** Reads a file, and finds out what is missing in it as it is now. Broken text is a problem, not an error. */
export async function lookAtFile(file: ToolFile, records: UndoRecordFile): Promise<LookedAtFile> {
  const [onDisk, record] = [await readConfigurationFile(file.path), await records.read()];
  return { onDisk, record, merge: mergeOrProblem(file, () => file.merge(textOf(file, onDisk).text)) };
}

function mergeOrProblem(file: ToolFile, merge: () => Merge): Merge {
  try {
    return merge();
  } catch (error) {
    if (!isClojarsFetchError(error)) throw error;
    return { edits: [], problems: [problemOf(file.path, error)] };
  }
}

/** Turns an error about a text into a problem at its place. */
function problemOf(path: string, { message, hint }: ClojarsFetchError): SetupProblem {
  const start = `${escapeForDisplay(path, 300)}: `;
  const rest = message.startsWith(start) ? message.slice(start.length) : message;
  const [whole = '', line, column] = /^line (\d+), column (\d+): /.exec(rest) ?? [];
  return {
    line: line === undefined ? null : Number(line),
    column: column === undefined ? null : Number(column),
    message: rest.slice(whole.length),
    hint: hint ?? 'Correct the file first.',
    blocks: true,
  };
}

/** Decodes a file; a missing one has the text of the skeleton. */
function textOf({ path, encoding, skeleton }: ToolFile, { content }: FileOnDisk): TextFile {
  if (content === null) return { text: skeleton, encode: (text) => Buffer.from(text, encoding === 'latin1' ? 'latin1' : 'utf8') };
  const decoded = decodeFile(content.bytes, encoding);
  if (decoded !== null) return decoded;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'malformed',
    path,
    message: `${escapeForDisplay(path, 300)}: its bytes are not valid in its encoding, or that encoding is not supported`,
    hint: 'Save the file as UTF-8.',
  });
}

/** A write that was planned and not yet done. */
export interface PlannedWrite {
  readonly file: ToolFile;
  readonly records: UndoRecordFile;
  readonly onDisk: FileOnDisk;
  readonly record: UndoRecord | null;
  readonly bytes: Uint8Array;
  readonly next: Omit<UndoRecord, 'backup' | 'folder'>;
}

/**
 * Plans a write. An earlier one is taken back first, so that a new address takes the place of the old one.
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `conflict` or `malformed`, if the file cannot be merged without a guess
 */
export async function planWrite(file: ToolFile, records: UndoRecordFile): Promise<PlannedWrite | null> {
  const [onDisk, record] = [await readConfigurationFile(file.path), await records.read()];
  const { text, encode } = textOf(file, onDisk);
  const earlier = record === null || onDisk.content === null ? null : withoutLastWrite(text, onDisk.content.bytes, record);
  const base = earlier?.text ?? text;
  const merge = mergeOrProblem(file, () => file.merge(base));
  const blocking = merge.problems.find(({ blocks }) => blocks);
  if (blocking !== undefined) throw mergeError(file.path, blocking);
  if (merge.edits.length === 0) return null;
  const edited = applyEdits(base, merge.edits);
  const bytes = encode(edited.text);
  if (onDisk.content?.bytes.equals(bytes) === true) return null;
  const known = earlier === null ? null : record;
  const skeleton = known !== null ? known.skeleton : onDisk.content === null ? file.skeleton : null;
  const next = {
    path: file.path,
    before: skeleton === null ? sha256Of(encode(base)) : null,
    after: sha256Of(bytes),
    skeleton,
    edits: edited.made,
    earlier: earlier?.made ?? null,
  };
  return { file, records, onDisk, record: known, bytes, next };
}

/** Returns the text before the last write; null if it was changed since, so that it is a text like any other. */
function withoutLastWrite(text: string, bytes: Uint8Array, record: UndoRecord): Pick<TakenBack<string>, 'text' | 'made'> | null {
  // Interrupted after the record was written, or taken back by hand.
  if (sha256Of(bytes) === record.before) return { text, made: null };
  const { text: without, made } = withoutEdits(text, record);
  return typeof without === 'string' ? { text: without, made } : null;
}

/** Writes what was planned. Returns the backup of the file as it was before the first write; null if it was missing. */
export async function write({ file, records, onDisk, record, bytes, next }: PlannedWrite): Promise<string | null> {
  const folder = onDisk.content === null ? makeFolderOf(file.path) : (record?.folder ?? null);
  const backup = onDisk.content === null ? null : record === null ? await backUp(file.path, onDisk) : record.backup;
  // The record first: an interrupted write can be taken back, and one that did not happen has nothing to take back.
  await records.write({ ...next, folder, backup });
  await replaceConfigurationFile(file.path, onDisk, bytes);
  return backup;
}

interface TakenBack<Text> {
  readonly text: Text;
  /** The edits that were taken back; null if none were there. */
  readonly made: readonly MadeEdit[] | null;
}

/** Takes the edits of a record out of a text: those of the last write, otherwise those of the one before it. */
function withoutEdits(text: string, { edits, earlier }: UndoRecord): TakenBack<string | LostEdit> {
  const last = takeBack(text, edits);
  if (typeof last === 'string' || earlier === null) return { text: last, made: edits };
  const before = takeBack(text, earlier);
  return typeof before === 'string' ? { text: before, made: earlier } : { text: last, made: edits };
}

/** The error for a file that names the proxy, but that this program did not write. */
export function noRecord(path: string): ClojarsFetchError {
  return noUndo(path, 'it names the proxy, but there is no record of what clojars-fetch wrote into it', 'Remove these lines by hand.');
}

/** An undo that was planned and not yet done. */
export interface PlannedUndo {
  readonly file: ToolFile;
  readonly records: UndoRecordFile;
  readonly onDisk: FileOnDisk;
  readonly record: UndoRecord;
  /** The new content; null to remove the file, which did not exist before; the bytes on disk if they need no change. */
  readonly bytes: Uint8Array | null;
}

/**
 * Plans an undo; null if there is no record of a write.
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `conflict`: what was written was changed since
 */
export async function planUndo(file: ToolFile, records: UndoRecordFile): Promise<PlannedUndo | null> {
  const [onDisk, record] = [await readConfigurationFile(file.path), await records.read()];
  if (record === null) return null;
  const { content } = onDisk;
  if (content === null) return { file, records, onDisk, record, bytes: null };
  if (sha256Of(content.bytes) === record.before) return { file, records, onDisk, record, bytes: content.bytes };
  const { text, encode } = textOf(file, onDisk);
  const without = withoutEdits(text, record).text;
  if (typeof without !== 'string') throw noUndo(file.path, whyLost(without), hintFor(record));
  const bytes = encode(without);
  if (record.before !== null && sha256Of(content.bytes) === record.after && sha256Of(bytes) !== record.before)
    throw noUndo(file.path, 'the record does not belong to this file', hintFor(record));
  return { file, records, onDisk, record, bytes: without === record.skeleton ? null : bytes };
}

/** Does what was planned. */
export async function undo({ file, records, onDisk, record, bytes }: PlannedUndo): Promise<void> {
  const { content } = onDisk;
  if (bytes === null && content !== null) await removeConfigurationFile(file.path, onDisk);
  if (bytes === null) await removeFoldersOf(file.path, record.folder);
  else if (content?.bytes.equals(bytes) !== true) await replaceConfigurationFile(file.path, onDisk, bytes);
  if (record.backup !== null && bytes !== null) await removeBackup(record.backup, bytes);
  await records.remove();
}

function whyLost({ insert, found, expected }: LostEdit): string {
  const first = escapeForDisplay(insert.trim().split(/\r?\n/)[0] ?? '', 80);
  return found === 0
    ? `the text that clojars-fetch wrote was changed or removed (it begins with '${first}')`
    : `the text that clojars-fetch wrote ('${first}') is in ${found} places, and was in ${expected}`;
}

function hintFor({ backup }: UndoRecord): string {
  const how = 'Nothing was changed. Remove the lines by hand';
  return backup === null ? `${how}.` : `${how}; the file as it was before is ${backup}.`;
}

function noUndo(path: string, why: string, hint: string): ClojarsFetchError {
  return mergeError(path, { line: null, column: null, message: `cannot undo: ${why}`, hint, blocks: true });
}
