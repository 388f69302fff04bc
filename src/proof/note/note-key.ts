/**
 * Keys of signed notes, as text: the verifier key that an audit's readers configure, and the signer key that its maker keeps.
 *
 * Format: C2SP signed-note and Go's golang.org/x/mod/sumdb/note. A verifier key is `NAME+ID+BASE64`, a signer key `PRIVATE+KEY+NAME+ID+BASE64`.
 * The base64 holds one byte for the algorithm (1, Ed25519) and 32 bytes of key or seed. The ID is the beginning of SHA-256 over the name, a
 * line feed, the algorithm and the public key. It finds the right key; it proves nothing, since two keys may have the same one.
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

/** Checks signatures of one key. */
export interface NoteVerifier {
  readonly name: string;
  /** Eight lower-case hex digits. */
  readonly id: string;
  /** The key's text, `NAME+ID+BASE64`. */
  readonly text: string;
  verifies(text: Uint8Array, signature: Uint8Array): boolean;
}

/** Signs notes. */
export interface NoteSigner {
  readonly name: string;
  readonly id: string;
  /** The key that verifies its signatures, as text. */
  readonly verifierKey: string;
  sign(text: Uint8Array): Uint8Array;
}

const ed25519 = 1;
const keyBytes = 32;
const signerPrefix = 'PRIVATE+KEY+';
/** DER before a seed: PKCS #8 with the algorithm Ed25519 (RFC 8410). */
const seedPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Whether a text may name a key: not empty, and without white space, `+` and control characters. */
export function isKeyName(name: string): boolean {
  return /^[^\s+\p{Cc}\p{Cs}\u0085]{1,200}$/u.test(name);
}

/** Reads `NAME+ID+BASE64`; null if it is not the key of an Ed25519 verifier, or if its ID is wrong. */
export function parseVerifierKey(text: string): NoteVerifier | null {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
  if (name === undefined || id === undefined || encoded === undefined || !isKeyName(name)) return null;
  const publicKey = keyOf(encoded);
  return publicKey === null || keyId(name, publicKey) !== id ? null : createVerifier(name, publicKey);
}

/** Reads `PRIVATE+KEY+NAME+ID+BASE64`; null if it is not the key of an Ed25519 signer, or if its ID is wrong. */
export function parseSignerKey(text: string): NoteSigner | null {
  const [, name, id, encoded] = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
  if (name === undefined || id === undefined || encoded === undefined || !isKeyName(name)) return null;
  const seed = keyOf(encoded);
  if (seed === null) return null;
  const signer = createSigner(name, seed);
  return signer.id === id ? signer : null;
}

/** Writes the signer key that has this seed, and the key that verifies its signatures. @param seed 32 random bytes */
export function formatKeys(name: string, seed: Uint8Array): { readonly signerKey: string; readonly verifierKey: string } {
  const { id, verifierKey } = createSigner(name, seed);
  return { signerKey: `${signerPrefix}${name}+${id}+${encodeKey(seed)}`, verifierKey };
}

function createVerifier(name: string, publicKey: Uint8Array): NoteVerifier {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') }, format: 'jwk' });
  const id = keyId(name, publicKey);
  return {
    name,
    id,
    text: `${name}+${id}+${encodeKey(publicKey)}`,
    verifies: (text, signature) => signature.length === 64 && verify(null, text, key, signature),
  };
}

function createSigner(name: string, seed: Uint8Array): NoteSigner {
  const key = createPrivateKey({ key: Buffer.concat([seedPrefix, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
  const id = keyId(name, publicKey);
  return { name, id, verifierKey: `${name}+${id}+${encodeKey(publicKey)}`, sign: (text) => sign(null, text, key) };
}

function keyId(name: string, publicKey: Uint8Array): string {
  return createHash('sha256').update(`${name}\n`).update(Uint8Array.of(ed25519)).update(publicKey).digest('hex').slice(0, 8);
}

function encodeKey(key: Uint8Array): string {
  return Buffer.concat([Uint8Array.of(ed25519), key]).toString('base64');
}

/** Returns the 32 bytes of an encoded key; null for another algorithm, another length, or a second spelling of the same bytes. */
function keyOf(encoded: string): Buffer | null {
  const bytes = Buffer.from(encoded, 'base64');
  const isKey = bytes.length === keyBytes + 1 && bytes[0] === ed25519 && bytes.toString('base64') === encoded;
  return isKey ? bytes.subarray(1) : null;
}
