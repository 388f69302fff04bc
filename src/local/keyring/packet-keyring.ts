/** Opens files of certificates, binary or armored (`pubring.gpg`, `keys.asc`, …), and folders of them as a keyring. Each is read once, whole. */
import type { CertificateBytes } from '../../proof/openpgp/certificate/certificate-source.js';
import { keyIdOf } from '../../proof/openpgp/packet/key-packet.js';
import { readCertificates } from './certificate-files.js';
import { isNamed } from './key-id.js';
import type { Keyring, Warn } from './keyring.js';

/** A file that was read. */
export interface PacketFile {
  readonly bytes: Uint8Array;
  readonly source: string;
  /** Whether its name does not suggest keys, so that it causes no warnings. */
  readonly quiet?: boolean | undefined;
}

/** @param read called at the first look-up; its result is kept */
export function createPacketKeyring(read: () => Promise<readonly PacketFile[]>, warn: Warn): Keyring {
  interface Index {
    readonly certificates: readonly CertificateBytes[];
    /** Indices and fingerprints, by key ID. */
    readonly byKeyId: ReadonlyMap<string, readonly { readonly index: number; readonly fingerprint: string }[]>;
  }
  let known: Promise<Index> | null = null;
  const open = (): Promise<Index> =>
    (known ??= (async () => {
      const certificates: CertificateBytes[] = [];
      const byKeyId = new Map<string, { index: number; fingerprint: string }[]>();
      for (const { bytes, source, quiet = false } of await read()) {
        const found = readCertificates(bytes, source, quiet ? () => undefined : warn);
        if (found.length === 0 && bytes.length > 0 && !quiet) warn(`${source} contains no readable public key`);
        if (found.some(({ hadSecrets }) => hadSecrets))
          warn(
            `${source} contains SECRET keys; only their public part is used. Secret keys do not belong in a keyring for verification: keep them in GnuPG`,
          );
        for (const { bytes: certificate, fingerprints } of found) {
          const index = certificates.push({ bytes: certificate, source }) - 1;
          for (const fingerprint of new Set(fingerprints)) {
            const id = keyIdOf(fingerprint);
            const before = byKeyId.get(id);
            if (before === undefined) byKeyId.set(id, [{ index, fingerprint }]);
            else before.push({ index, fingerprint });
          }
        }
      }
      return { certificates, byKeyId };
    })());
  return {
    async find(name) {
      const { certificates, byKeyId } = await open();
      const indices = new Set(
        (byKeyId.get(keyIdOf(name)) ?? []).filter(({ fingerprint }) => isNamed(fingerprint, name)).map(({ index }) => index),
      );
      return [...indices].flatMap((index) => certificates[index] ?? []);
    },
    async *all() {
      yield* (await open()).certificates;
    },
  };
}
