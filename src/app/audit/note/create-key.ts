/** Makes the key that signs audits. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { localRepositoryError, systemErrorCode } from '../../../base/disk/file-error.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { formatKeys, isKeyName } from '../../../proof/note/note-key.js';

/** Options of {@link createAuditKey}. */
export interface CreateAuditKeyOptions {
  /** Name of the key, without spaces and `+`: best the host under which the audits are published. */
  readonly name: string;
  /** The file to write. It must not exist. */
  readonly output: string;
}

/** A key for audits. */
export interface AuditKey {
  readonly name: string;
  /** The secret key, readable for its owner only. Absolute. */
  readonly file: string;
  /** The key that verifies its signatures, for `trust.audits`. */
  readonly verifierKey: string;
}

/**
 * Makes an Ed25519 key for signed notes, in the form of Go's `sumdb/note`.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`: the name, or a file that exists. `ERR_LOCAL_REPOSITORY`: it cannot be written
 */
export function createAuditKey({ name, output }: CreateAuditKeyOptions): AuditKey {
  if (!isKeyName(name))
    throw badKey(
      'the name of a key has 1 to 200 characters, no spaces and no +',
      'Use the name of the host under which the audits are published, such as audits.example.org.',
    );
  const file = resolve(output);
  const { signerKey, verifierKey } = formatKeys(name, randomBytes(32));
  try {
    writeFileSync(file, `${signerKey}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw localRepositoryError(error, file);
    throw badKey(`${file}: exists already, and keys are never overwritten`, 'Choose another file.');
  }
  return { name, file, verifierKey };
}

function badKey(message: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', message, hint });
}
