/**
 * Our own key store, for users without GnuPG: a folder with a file `FINGERPRINT.pgp` for each key, and `ownertrust.txt`.
 * Files are replaced in one step, and changes of one store wait for each other, across processes too.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { createLocks, shortLockMs } from '../../base/disk/lock.js';
import { replaceFile } from '../../base/disk/replace-file.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import type { Ownertrust } from '../../proof/openpgp/certificate/certificate-source.js';
import { maxCertificateBytes } from '../../proof/openpgp/packet/malformed.js';
import { readKeyNames } from './certificate-files.js';
import { lookAt, readWhole } from './file-state.js';
import { ownertrustFileName } from './keyring-places.js';
import { mergeCertificates } from './merge-certificates.js';
import { formatOwnertrust, parseOwnertrust } from './ownertrust-text.js';

export interface KeyStore {
  /** Absolute; need not exist. */
  readonly folder: string;
  /**
   * Stores a certificate, or merges it into the stored copy. Nothing that is stored is ever dropped.
   * @param certificate of a known version, without secret keys
   * @throws ClojarsFetchError `ERR_LOCAL_REPOSITORY` if it cannot be written; `ERR_LIMIT` if it would become too large
   */
  add(certificate: Uint8Array): Promise<'new' | 'changed' | 'unchanged'>;
  /** Removes the key of a primary fingerprint and its ownertrust; false if the store does not have it. Throws as {@link KeyStore.add}. */
  remove(fingerprint: string): Promise<boolean>;
  /** Sets the ownertrust of a key; `unknown` removes it. Throws as {@link KeyStore.add}; `ERR_CONFIG` if the stored file cannot be read. */
  setOwnertrust(fingerprint: string, trust: Ownertrust): Promise<void>;
}

const ownertrustMaxBytes = 16 * 1024 * 1024;

/** Opens the store. Creates and reads nothing before the first change. */
export function openKeyStore(folder: string): KeyStore {
  const locks = createLocks(join(folder, '.locks'));
  const withLock = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      // The XDG Base Directory Specification's mode; the lock would make the folder with a laxer one.
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const release = await locks.lock('key store', undefined, shortLockMs);
      try {
        return await work();
      } finally {
        await release();
      }
    } catch (error) {
      throw unwritable(folder, error);
    }
  };
  const fileOf = (fingerprint: string): string => join(folder, `${fingerprint}.pgp`);
  const trustFile = join(folder, ownertrustFileName);

  const readOwnertrust = async (): Promise<Map<string, Ownertrust>> =>
    new Map(
      (await lookAt(trustFile)) === null ? [] : parseOwnertrust(readWhole(trustFile, ownertrustMaxBytes).toString('utf8'), trustFile),
    );

  return {
    folder,
    add(certificate) {
      const fingerprint = nameOf(certificate);
      return withLock(async () => {
        const file = fileOf(fingerprint);
        const there = (await lookAt(file)) === null ? null : readWhole(file, maxCertificateBytes);
        if (there !== null && readKeyNames(there)?.[0] !== fingerprint) {
          throw new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
            reason: 'corrupt',
            path: file,
            message: `${file} does not contain the key that it is named after`,
            hint: 'Move it away, and import the key again.',
          });
        }
        const merged = there === null ? mergeCertificates(certificate, certificate) : mergeCertificates(there, certificate);
        if (there !== null && Buffer.compare(merged, mergeCertificates(there, there)) === 0) return 'unchanged';
        if (merged.length > maxCertificateBytes) {
          throw new ClojarsFetchError('ERR_LIMIT', {
            reason: 'too-large',
            path: file,
            message: `the key ${fingerprint} would have ${merged.length} bytes, more than the ${maxCertificateBytes} allowed`,
            hint: 'Import a copy without needless certifications: `gpg --export-options export-clean --export KEY`.',
          });
        }
        await replaceKeyFile(file, merged);
        return there === null ? 'new' : 'changed';
      });
    },
    remove(fingerprint) {
      return withLock(async () => {
        const file = fileOf(fingerprint);
        const ownertrust = await readOwnertrust();
        if (ownertrust.delete(fingerprint)) await replaceKeyFile(trustFile, Buffer.from(formatOwnertrust(ownertrust)));
        const there = (await lookAt(file)) !== null;
        await rm(file, { force: true });
        return there;
      });
    },
    setOwnertrust(fingerprint, trust) {
      return withLock(async () => {
        const ownertrust = await readOwnertrust();
        if (trust === 'unknown') ownertrust.delete(fingerprint);
        else ownertrust.set(fingerprint, trust);
        await replaceKeyFile(trustFile, Buffer.from(formatOwnertrust(ownertrust)));
      });
    },
  };
}

function nameOf(certificate: Uint8Array): string {
  const [fingerprint] = readKeyNames(certificate) ?? [];
  if (fingerprint === undefined)
    throw new ClojarsFetchError('ERR_SIGNATURE', { reason: 'malformed', message: 'the bytes are not a public key of a known version' });
  return fingerprint;
}

async function replaceKeyFile(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await replaceFile(file, bytes, { mode: 0o600, flush: true });
  } catch (error) {
    throw unwritable(file, error);
  }
}

function unwritable(path: string, cause: unknown): ClojarsFetchError {
  if (isClojarsFetchError(cause) && (cause.code !== 'ERR_LOCAL_REPOSITORY' || cause.reason === 'corrupt')) return cause;
  const code = systemErrorCode(isClojarsFetchError(cause) ? cause.cause : cause);
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : 'unwritable',
    path,
    cause,
    message: `the key store ${path} cannot be written (${code ?? String(cause)})`,
    hint: 'Check the owner and permissions of this folder, and the space on its disk.',
  });
}
