/** Keys and signatures for tests, made by openpgp. */
import type { EllipticCurveName, PartialConfig, PrivateKey, SubkeyOptions } from 'openpgp';
import * as openpgp from 'openpgp';

import type { CertificateBytes } from '../../../src/proof/openpgp/certificate/certificate-source.js';
import { indexKeys } from '../../../src/proof/openpgp/packet/key-index.js';

/** Settings for everything that openpgp refuses by default and that tests have to make. */
export const permissive: PartialConfig = {
  minRSABits: 512,
  rejectCurves: new Set(),
  rejectHashAlgorithms: new Set(),
  rejectMessageHashAlgorithms: new Set(),
  rejectPublicKeyAlgorithms: new Set(),
};

/** Creation time of test keys, unless a test sets another. */
export const keyDate = new Date('2020-01-01T00:00:00Z');
export const signDate = new Date('2021-01-01T00:00:00Z');
/** The time at which signatures are judged. */
export const nowMs = Date.parse('2024-01-01T00:00:00Z');

export interface TestKeyOptions {
  readonly name?: string;
  readonly type?: 'ecc' | 'rsa' | 'curve25519' | 'curve448';
  readonly curve?: EllipticCurveName;
  readonly rsaBits?: number;
  readonly date?: Date;
  readonly subkeys?: SubkeyOptions[];
  /** In seconds. */
  readonly expires?: number;
  readonly config?: PartialConfig;
}

export async function makeKey(options: TestKeyOptions = {}): Promise<PrivateKey> {
  const { privateKey } = await openpgp.generateKey({
    userIDs: [{ name: options.name ?? 'Ada Example', email: 'ada@example.org' }],
    type: options.type ?? 'ecc',
    ...(options.curve === undefined ? {} : { curve: options.curve }),
    ...(options.rsaBits === undefined ? {} : { rsaBits: options.rsaBits }),
    date: options.date ?? keyDate,
    ...(options.subkeys === undefined ? {} : { subkeys: options.subkeys }),
    ...(options.expires === undefined ? {} : { keyExpirationTime: options.expires }),
    format: 'object',
    config: { ...permissive, ...options.config },
  });
  return privateKey;
}

export interface TestSignOptions {
  readonly date?: Date;
  readonly config?: PartialConfig;
}

/** A detached signature, binary. */
export async function signDetached(key: PrivateKey | PrivateKey[], data: Uint8Array, options: TestSignOptions = {}): Promise<Uint8Array> {
  // The package's types depend on those of web streams, which are not available here.
  const signature: unknown = await openpgp.sign({
    message: await openpgp.createMessage({ binary: data }),
    signingKeys: key,
    detached: true,
    format: 'binary',
    date: options.date ?? signDate,
    config: { ...permissive, ...options.config },
  });
  if (!(signature instanceof Uint8Array)) throw new TypeError('openpgp gave no bytes');
  return signature;
}

export function certificateOf(key: PrivateKey | openpgp.PublicKey, source = 'test'): CertificateBytes {
  return { bytes: new Uint8Array(key.toPublic().write()), source };
}

/** Finds certificates as a keyring does: by fingerprint or key ID of primary keys and subkeys. */
export function finder(...certificates: readonly (CertificateBytes | PrivateKey)[]): (id: string) => Promise<readonly CertificateBytes[]> {
  const all = certificates.map((certificate) => ('bytes' in certificate ? certificate : certificateOf(certificate)));
  return async (id) =>
    all.filter(({ bytes }) => indexKeys(bytes).some(({ fingerprints, keyIds }) => fingerprints.includes(id) || keyIds.includes(id)));
}

export function fingerprintOf(key: PrivateKey | openpgp.PublicKey): string {
  return key.getFingerprint().toUpperCase();
}
