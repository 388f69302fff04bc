/**
 * Our own key store, for users without GnuPG: a folder with a file `FINGERPRINT.pgp` for each key, and `ownertrust.txt`.
 * Files are replaced in one step, and changes to a store wait for each other, also across processes.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { createLocks, type Locks, shortLockMs } from '../../base/disk/lock.js';
import { makeFolders } from '../../base/disk/make-folders.js';
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
   * Stores a certificate, or merges it into the stored copy. Nothing stored is ever dropped.
   * @param certificate of a known version, without secret keys
   * @throws ClojarsFetchError `ERR_LOCAL_REPOSITORY` if it cannot be written; `ERR_LIMIT` if it would become too large;
   * `ERR_ABORTED` if the signal ends the wait for another process that changes the store
   */
  add(certificate: Uint8Array, signal?: AbortSignal): Promise<'new' | 'changed' | 'unchanged'>;
  /** Removes the key of a primary fingerprint and its ownertrust; false if the store does not have it. Throws as {@link KeyStore.add}. */
  remove(fingerprint: string, signal?: AbortSignal): Promise<boolean>;
  /** Sets the ownertrust of a key; `unknown` removes it. Throws as {@link KeyStore.add}; `ERR_CONFIG` if the stored file cannot be read. */
  setOwnertrust(fingerprint: string, trust: Ownertrust, signal?: AbortSignal): Promise<void>;
}

const ownertrustMaxBytes = 16 * 1024 * 1024;

/** Opens the store. Creates and reads nothing before the first change. */
export function openKeyStore(folder: string): KeyStore {
  return new KeyStoreFolder(folder);
}

class KeyStoreFolder implements KeyStore {
  readonly folder: string;
  readonly #trustFile: string;
  readonly #locks: Locks;

  constructor(folder: string) {
    this.folder = folder;
    this.#trustFile = join(folder, ownertrustFileName);
    this.#locks = createLocks(join(folder, '.locks'));
  }

  add(certificate: Uint8Array, signal?: AbortSignal): Promise<'new' | 'changed' | 'unchanged'> {
    const fingerprint = nameOf(certificate);
    return this.#withLock(signal, async () => {
      const file = this.#fileOf(fingerprint);
      const stored = await readStored(file, fingerprint);
      const merged = mergeCertificates(stored ?? certificate, certificate);
      if (stored !== null && Buffer.compare(merged, mergeCertificates(stored, stored)) === 0) return 'unchanged';
      if (merged.length > maxCertificateBytes) throw tooLarge(file, fingerprint, merged.length);
      await replaceKeyFile(file, merged);
      return stored === null ? 'new' : 'changed';
    });
  }

  remove(fingerprint: string, signal?: AbortSignal): Promise<boolean> {
    return this.#withLock(signal, async () => {
      const file = this.#fileOf(fingerprint);
      const ownertrust = await this.#readOwnertrust();
      if (ownertrust.delete(fingerprint)) await this.#writeOwnertrust(ownertrust);
      const isStored = (await lookAt(file)) !== null;
      await rm(file, { force: true });
      return isStored;
    });
  }

  setOwnertrust(fingerprint: string, trust: Ownertrust, signal?: AbortSignal): Promise<void> {
    return this.#withLock(signal, async () => {
      const ownertrust = await this.#readOwnertrust();
      if (trust === 'unknown') ownertrust.delete(fingerprint);
      else ownertrust.set(fingerprint, trust);
      await this.#writeOwnertrust(ownertrust);
    });
  }

  async #withLock<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      // The XDG Base Directory Specification's mode; the lock would create the folder with a laxer one.
      makeFolders(this.folder, 0o700);
      const release = await this.#locks.lock('key store', signal, shortLockMs);
      try {
        return await work();
      } finally {
        await release();
      }
    } catch (error) {
      throw unwritable(this.folder, error);
    }
  }

  #fileOf(fingerprint: string): string {
    return join(this.folder, `${fingerprint}.pgp`);
  }

  async #readOwnertrust(): Promise<Map<string, Ownertrust>> {
    if ((await lookAt(this.#trustFile)) === null) return new Map();
    return new Map(parseOwnertrust(readWhole(this.#trustFile, ownertrustMaxBytes).toString('utf8'), this.#trustFile));
  }

  async #writeOwnertrust(ownertrust: ReadonlyMap<string, Ownertrust>): Promise<void> {
    await replaceKeyFile(this.#trustFile, Buffer.from(formatOwnertrust(ownertrust)));
  }
}

async function readStored(file: string, fingerprint: string): Promise<Uint8Array | null> {
  if ((await lookAt(file)) === null) return null;
  const stored = readWhole(file, maxCertificateBytes);
  if (readKeyNames(stored)?.[0] === fingerprint) return stored;
  throw new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'corrupt',
    path: file,
    message: `${file} does not contain the key that it is named after`,
    hint: 'Move it away, and import the key again.',
  });
}

function tooLarge(file: string, fingerprint: string, bytes: number): ClojarsFetchError {
  return new ClojarsFetchError('ERR_LIMIT', {
    reason: 'too-large',
    path: file,
    message: `the key ${fingerprint} would have ${bytes} bytes, more than the ${maxCertificateBytes} allowed`,
    hint: 'Import a copy without needless certifications: `gpg --export-options export-clean --export KEY`.',
  });
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
  if (isClojarsFetchError(cause) && (cause.code !== 'ERR_LOCAL_REPOSITORY' || cause.reason === 'corrupt' || cause.reason === 'locked'))
    return cause;
  const code = systemErrorCode(isClojarsFetchError(cause) ? cause.cause : cause);
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : 'unwritable',
    path,
    cause,
    message: `the key store ${path} cannot be written (${code ?? String(cause)})`,
    hint: 'Check the owner and permissions of this folder, and the space on its disk.',
  });
}
