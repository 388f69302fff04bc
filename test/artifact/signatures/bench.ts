/** Keys, signed fixtures and a repository that serves them, shared by the tests of signatures during a fetch. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ArtifactSignature } from '../../../src/fetch/artifact.js';
import type { TrustOptions } from '../../../src/local/settings/client-options.js';
import type { Workbench } from '../../support/workbench.js';

/** A person who signs. */
export interface Person {
  readonly fingerprint: string;
  readonly publicKey: string;
  /** An armored detached signature. */
  /** The other person's public key, certified by this one. */
  certify(other: Person): Promise<string>;
  /** The public key, revoked as compromised. */
  revoked(): Promise<string>;
  /** The public key with an expiry one hour after its creation. */
  expired(): Promise<string>;
  sign(bytes: Uint8Array, options?: { readonly date?: Date; readonly text?: boolean }): Promise<Buffer>;
}

export interface PersonOptions {
  readonly name?: string;
  /** Seconds of validity. */
  readonly expiresIn?: number;
  readonly date?: Date;
  readonly v6?: boolean;
  /** RSA of 1,024 bits. */
  readonly weak?: boolean;
}

export async function createPerson({ name = 'Ada', expiresIn, date, v6 = false, weak = false }: PersonOptions = {}): Promise<Person> {
  const { generateKey, createMessage, readKey, sign, revokeKey, reformatKey, enums, config } = await import('openpgp');
  const userIDs = [{ name, email: `${name.toLowerCase()}@example.org` }];
  const permissive = { ...config, v6Keys: v6, minRSABits: 1024 };
  const { privateKey, publicKey } = await generateKey({
    type: weak ? 'rsa' : v6 ? 'curve25519' : 'ecc',
    ...(weak ? { rsaBits: 1024 } : {}),
    userIDs,
    format: 'object',
    ...(date ? { date } : {}),
    ...(expiresIn === undefined ? {} : { keyExpirationTime: expiresIn }),
    config: permissive,
  });
  return {
    fingerprint: privateKey.getFingerprint().toUpperCase(),
    publicKey: publicKey.armor(),
    async certify(other) {
      const certified = await (await readKey({ armoredKey: other.publicKey })).signAllUsers([privateKey]);
      return certified.armor();
    },
    async revoked() {
      const revoked = await revokeKey({
        key: privateKey,
        reasonForRevocation: { flag: enums.reasonForRevocation.keyCompromised, string: 'lost' },
        format: 'object',
      });
      return revoked.publicKey.armor();
    },
    async expired() {
      const reformatted = await reformatKey({
        privateKey,
        userIDs,
        keyExpirationTime: 3600,
        date: privateKey.getCreationTime(),
        format: 'object',
      });
      return reformatted.publicKey.armor();
    },
    async sign(bytes, options = {}) {
      const message = options.text
        ? await createMessage({ text: Buffer.from(bytes).toString('utf8') })
        : await createMessage({ binary: bytes });
      // The package's types depend on those of web streams, which are not available here.
      const signature: unknown = await sign({
        message,
        signingKeys: privateKey,
        config: permissive,
        detached: true,
        format: 'armored',
        ...(options.date ? { date: options.date } : {}),
      });
      if (typeof signature !== 'string') throw new TypeError('an armored signature is text');
      return Buffer.from(signature);
    },
  };
}

/** A file of public keys. */
export async function writeKeyring(bench: Workbench, people: readonly Person[], name = 'keys.asc'): Promise<string> {
  const file = join(bench.folder, name);
  await writeFile(file, people.map(({ publicKey }) => publicKey).join('\n'));
  return file;
}

/** The files, with a signature next to each jar and POM. */
export async function signAll(files: ReadonlyMap<string, Buffer>, person: Person, date?: Date): Promise<Map<string, Buffer>> {
  const signed = new Map(files);
  for (const [path, content] of files)
    if (/\.(?:jar|pom)$/.test(path)) signed.set(`${path}.asc`, await person.sign(content, date === undefined ? {} : { date }));
  return signed;
}

/** Replaces a file and its checksums, as its publisher could. */
export function publish(files: Map<string, Buffer>, path: string, content: Buffer): void {
  files.set(path, content);
  for (const algorithm of ['sha1', 'md5'])
    files.set(`${path}.${algorithm}`, Buffer.from(createHash(algorithm).update(content).digest('hex')));
}

export function trust(signatures: TrustOptions['signatures'], keyring: string, more: TrustOptions = {}): { readonly trust: TrustOptions } {
  return { trust: { ...(signatures === undefined ? {} : { signatures }), model: 'keyring', keyrings: [keyring], ...more } };
}

/** `good FINGERPRINT`, `missing`; `none` if the signature was not looked for or its status is unknown. */
export function shortOf(signature: ArtifactSignature | null): string {
  return signature === null ? 'none' : [signature.status, signature.fingerprint].filter((part) => part !== null).join(' ');
}
