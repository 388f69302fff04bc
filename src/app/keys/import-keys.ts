/** Imports public keys into the key store. */
import { ClojarsFetchError } from '../../base/error.js';
import { readCertificates } from '../../local/keyring/certificate-files.js';
import { lookAt, readWhole } from '../../local/keyring/file-state.js';
import type { KeyStore } from '../../local/keyring/key-store.js';
import { fileMaxBytes, limitWarnings } from '../../local/keyring/keyring.js';
import { createCertificateReader } from '../../proof/openpgp/certificate/read-certificate.js';
import type { ImportedKey } from './keys.js';

/** The store that keys are imported into, and how to report keys that are not. */
export interface KeyImport {
  readonly store: KeyStore;
  /** The time to judge for, milliseconds since 1970. */
  readonly atMs: number;
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
}

/** Imports the keys of a file (its path) or of bytes. `position`: the number of the source, which names bytes in messages. */
export async function importSource(one: string | Uint8Array, position: number, run: KeyImport): Promise<readonly ImportedKey[]> {
  const source = typeof one === 'string' ? one : `source ${position}`;
  const imported = await importBytes(typeof one === 'string' ? await readKeyFile(one) : one, source, run);
  if (imported.length > 0) return imported;
  throw new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    message: `${source} holds no public key that can be imported`,
    hint: "Export keys with 'gpg --armor --export NAME'.",
  });
}

/** Imports the keys among these bytes. Skips damaged ones with a warning. */
export async function importBytes(
  bytes: Uint8Array,
  source: string,
  { store, atMs, warn, signal }: KeyImport,
): Promise<readonly ImportedKey[]> {
  const found = readCertificates(bytes, source, limitWarnings(warn));
  if (found.some(({ hadSecrets }) => hadSecrets))
    warn(
      `${source} holds SECRET keys. They were NOT stored, only their public part was; keep secret keys in GnuPG, and do not leave this file lying about`,
    );
  const imported: ImportedKey[] = [];
  const read = createCertificateReader(atMs);
  for (const { bytes: certificate, fingerprints, hadSecrets } of found) {
    const [fingerprint] = fingerprints;
    const certified = await read({ bytes: certificate, source });
    if (certified === null) {
      warn(`the key ${fingerprint} in ${source} cannot be used, and was not imported: it is damaged or of a kind that is not known`);
      continue;
    }
    const outcome = await store.add(certificate, signal);
    imported.push({ fingerprint, outcome, userIds: certified.userIds.map(({ text }) => text), source, hadSecrets });
  }
  return imported;
}

async function readKeyFile(path: string): Promise<Uint8Array> {
  if ((await lookAt(path))?.kind === 'file') return readWhole(path, fileMaxBytes);
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path,
    message: `${path} is not a file`,
    hint: 'Name files of public keys, armored or binary.',
  });
}
