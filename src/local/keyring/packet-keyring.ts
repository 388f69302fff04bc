/** Opens files of certificates, binary or armored (`pubring.gpg`, `keys.asc`, …), and folders of them as a keyring. Each is read once, whole. */
import type { CertificateBytes } from '../../proof/openpgp/certificate/certificate-source.js';
import { keyIdOf } from '../../proof/openpgp/packet/key-packet.js';
import { type NamedCertificate, readCertificates } from './certificate-files.js';
import { isNamed } from './key-id.js';
import type { Keyring, Warn } from './keyring.js';

/** A file that was read. */
export interface PacketFile {
  readonly bytes: Uint8Array;
  readonly source: string;
  /** Whether its name does not suggest keys, so that it causes no warnings. */
  readonly quiet?: boolean | undefined;
}

interface Index {
  readonly certificates: readonly CertificateBytes[];
  /** Indices and fingerprints, by key ID. */
  readonly byKeyId: ReadonlyMap<string, readonly { readonly index: number; readonly fingerprint: string }[]>;
}

/** @param read called at the first look-up; its result is kept */
export function createPacketKeyring(read: () => Promise<readonly PacketFile[]>, warn: Warn): Keyring {
  return new PacketKeyring(read, warn);
}

class PacketKeyring implements Keyring {
  readonly #read: () => Promise<readonly PacketFile[]>;
  readonly #warn: Warn;
  #index: Promise<Index> | null = null;

  constructor(read: () => Promise<readonly PacketFile[]>, warn: Warn) {
    this.#read = read;
    this.#warn = warn;
  }

  async find(name: string): Promise<readonly CertificateBytes[]> {
    const { certificates, byKeyId } = await this.#open();
    const indices = new Set(
      (byKeyId.get(keyIdOf(name)) ?? []).filter(({ fingerprint }) => isNamed(fingerprint, name)).map(({ index }) => index),
    );
    return [...indices].flatMap((index) => certificates[index] ?? []);
  }

  async *all(): AsyncGenerator<CertificateBytes> {
    yield* (await this.#open()).certificates;
  }

  #open(): Promise<Index> {
    return (this.#index ??= this.#readIndex());
  }

  async #readIndex(): Promise<Index> {
    const certificates: CertificateBytes[] = [];
    const byKeyId = new Map<string, { index: number; fingerprint: string }[]>();
    for (const file of await this.#read()) {
      for (const { bytes, fingerprints } of this.#certificatesOf(file)) {
        const index = certificates.push({ bytes, source: file.source }) - 1;
        for (const fingerprint of new Set(fingerprints)) {
          const id = keyIdOf(fingerprint);
          const before = byKeyId.get(id);
          if (before === undefined) byKeyId.set(id, [{ index, fingerprint }]);
          else before.push({ index, fingerprint });
        }
      }
    }
    return { certificates, byKeyId };
  }

  #certificatesOf({ bytes, source, quiet = false }: PacketFile): readonly NamedCertificate[] {
    const found = readCertificates(bytes, source, quiet ? () => undefined : this.#warn);
    if (found.length === 0 && bytes.length > 0 && !quiet) this.#warn(`${source} contains no readable public key`);
    if (found.some(({ hadSecrets }) => hadSecrets))
      this.#warn(
        `${source} contains SECRET keys; only their public part is used. Secret keys do not belong in a keyring for verification: keep them in GnuPG`,
      );
    return found;
  }
}
