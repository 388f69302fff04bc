/** Makes a copy of a tool's configuration file that names the proxy. The file itself is only read. */
import { existsSync } from 'node:fs';

import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { readConfigurationFile } from '../tool-setup/disk.js';
import { mergeError, type ToolFile } from '../tool-setup/merge.js';
import { planUndo } from '../tool-setup/set-up-file.js';
import { applyEdits } from '../tool-setup/text/edit.js';
import { decodeFile, type TextFile } from '../tool-setup/text/text-file.js';
import { UndoRecordFile } from '../tool-setup/undo-record.js';

/**
 * Returns the bytes of the copy. What `config --write` added for another address is left out of it.
 * @param recordFolder where `config --write` keeps its records
 * @throws ClojarsFetchError `ERR_CONFIG`: the file cannot be read, or cannot be merged without a guess
 */
export async function mergedCopy(file: ToolFile, recordFolder: string): Promise<Uint8Array> {
  const { text, encode } = textOf(file, await bytesWithoutSetup(file, recordFolder));
  const { edits, problems } = file.merge(text);
  const problem = problems.find(({ blocks }) => blocks);
  if (problem !== undefined) throw mergeError(file.path, problem);
  return encode(applyEdits(text, edits).text);
}

async function bytesWithoutSetup(file: ToolFile, recordFolder: string): Promise<Uint8Array | null> {
  // Most users have no records. The name of one is a hash, and loading `node:crypto` takes 10 ms.
  if (!existsSync(recordFolder)) return (await readConfigurationFile(file.path)).content?.bytes ?? null;
  try {
    const planned = await planUndo(file, new UndoRecordFile(recordFolder, file.path));
    if (planned !== null) return planned.bytes;
  } catch (error) {
    // Changed since it was written: it is merged as it is, which may be refused.
    if (!isClojarsFetchError(error) || error.reason !== 'conflict') throw error;
  }
  return (await readConfigurationFile(file.path)).content?.bytes ?? null;
}

function textOf({ path, encoding, skeleton }: ToolFile, bytes: Uint8Array | null): TextFile {
  if (bytes === null) return { text: skeleton, encode: (text) => Buffer.from(text, encoding === 'latin1' ? 'latin1' : 'utf8') };
  const decoded = decodeFile(bytes, encoding);
  if (decoded !== null) return decoded;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'malformed',
    path,
    message: `${escapeForDisplay(path, 300)}: its bytes are not valid in its encoding, or that encoding is not supported`,
    hint: 'Save the file as UTF-8.',
  });
}
