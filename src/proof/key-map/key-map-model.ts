/**
 * The trust model `key-map`: a signature counts if a key map lists its key for the artifact.
 *
 * All lines that match an artifact count together, in any order, as in pgpverify and Gradle: a line for `org.lib:core` adds to the keys of
 * a line for `org.lib`, and removes none.
 */
import { createHash } from 'node:crypto';

import { escapeForDisplay } from '../../base/escape.js';
import type { Certificate } from '../openpgp/certificate/certificate.js';
import type { SignerTrust, TrustModel } from '../openpgp/trust-model.js';
import type { SignedSubject } from '../signed-subject.js';
import type { KeyMap, KeyMapEntry, SignatureAllowance } from './model/key-map.js';

export interface KeyMapModel extends TrustModel {
  readonly name: 'key-map';
  /** Returns the exceptions that the maps allow besides a good signature by a listed key. */
  allows(subject: SignedSubject): SignatureAllowance;
}

/** Combines these maps into one model. Without a map, no signer is trusted. */
export function createKeyMapModel(maps: readonly KeyMap[]): KeyMapModel {
  const index = indexByGroup(maps.flatMap((map) => map.entries));
  const entriesFor = (subject: SignedSubject): readonly KeyMapEntry[] =>
    [...(index.get(subject.group.toLowerCase()) ?? []), ...(index.get(null) ?? [])].filter((entry) => entry.pattern.matches(subject));
  return {
    name: 'key-map',
    identity: `key-map:${createHash('sha256')
      .update(JSON.stringify(maps.map((map) => [map.format, map.digest])))
      .digest('hex')}`,
    judge: (signer, subject, signingKey) => Promise.resolve(judge(entriesFor(subject), signer, subject, signingKey)),
    allows: (subject) => allowanceOf(entriesFor(subject)),
  };
}

function indexByGroup(entries: readonly KeyMapEntry[]): ReadonlyMap<string | null, readonly KeyMapEntry[]> {
  const index = new Map<string | null, KeyMapEntry[]>();
  for (const entry of entries) {
    const known = index.get(entry.pattern.group);
    if (known === undefined) index.set(entry.pattern.group, [entry]);
    else known.push(entry);
  }
  return index;
}

function judge(entries: readonly KeyMapEntry[], signer: Certificate, subject: SignedSubject, signingKey: string | undefined): SignerTrust {
  // A map may list a subkey. If the signing key is unknown, any subkey bound to the certificate may have signed.
  const subkeys =
    signingKey === undefined
      ? signer.subkeys.filter((subkey) => subkey.bound && subkey.maySign).map((subkey) => subkey.fingerprint)
      : [signingKey];
  const keys = [signer.fingerprint, ...subkeys];
  const ignoring = entries.find((entry) => entry.ignoredKeys.some((ignored) => keys.some((key) => key.endsWith(ignored))));
  if (ignoring !== undefined) return { trusted: false, sentence: `${ignoring.place} ignores its key.` };
  const listing = entries.find((entry) => entry.fingerprints.some((fingerprint) => keys.includes(fingerprint)));
  if (listing !== undefined) return { trusted: true, sentence: `${listing.place} lists its key for ${shown(listing)}.` };
  const any = entries.find((entry) => entry.anyKey);
  if (any !== undefined) return { trusted: true, sentence: `${any.place} takes any key for ${shown(any)}.` };
  return { trusted: false, sentence: keyIdOnly(entries, keys) ?? missing(entries, signer, subject) };
}

/** Explains why naming the signing key only by key ID is not enough. */
function keyIdOnly(entries: readonly KeyMapEntry[], keys: readonly string[]): string | null {
  for (const { keyIds = [], place } of entries) {
    const key = keys.find((candidate) => keyIds.some((id) => candidate.endsWith(id)));
    if (key !== undefined)
      return `${place} names its key by key ID only, and anyone can make a key with that ID. The fingerprint is ${key}.`;
  }
  return null;
}

function missing(entries: readonly KeyMapEntry[], signer: Certificate, subject: SignedSubject): string {
  const own = escapeForDisplay(`${subject.group}:${subject.artifact}:${subject.version}`);
  const listing = entries.find((entry) => entry.fingerprints.length > 0);
  if (listing === undefined) return `No key map lists a key for ${own}; it is signed by ${signer.fingerprint}.`;
  const shownKeys = listing.fingerprints.slice(0, 3).join(', ') + (listing.fingerprints.length > 3 ? ', …' : '');
  return `No key map lists ${signer.fingerprint} for ${own}; ${listing.place} lists ${shownKeys}.`;
}

function shown(entry: KeyMapEntry): string {
  return escapeForDisplay(entry.pattern.text);
}

function allowanceOf(entries: readonly KeyMapEntry[]): SignatureAllowance {
  return {
    missing: entries.some((entry) => entry.missing),
    unknownKey: entries.some((entry) => entry.unknownKey),
    unknownKeys: entries.flatMap((entry) => entry.unknownKeys),
    bad: entries.some((entry) => entry.bad),
    untrusted: entries.some((entry) => entry.untrusted),
  };
}
