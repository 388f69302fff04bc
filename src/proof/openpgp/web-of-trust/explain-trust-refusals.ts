/** Explains which certifications of a key do not count, and why. */
import type { ExplainInput } from './explain-input.js';
import { listNames, nameKey } from './explain-trust-words.js';
import { isKeyExpired, isRevoked, type KeyState, type UserIdState } from './web-of-trust-rounds.js';

const reasons: Readonly<Record<string, string>> = {
  persona: 'says that it checked nothing (level 1)',
  'weak-hash': 'is made with a hash that no longer counts (MD5, or SHA-1 after 2019-01-19)',
  'older-than-key': 'is older than the key it is on',
  forged: 'is not what it claims to be',
  expired: 'has expired',
  revoked: 'was revoked',
  'too-many': 'is one of so many by the same key that none of them is believed',
  'outside-limit': 'does not count: a trust signature limits that key to other user IDs',
};

/** Lists certifications by valid keys that are skipped. */
export function explainRefusals({ refused }: UserIdState, states: ReadonlyMap<string, KeyState>): readonly string[] {
  return [...refused].flatMap(([fingerprint, refusal]) => {
    const state = states.get(fingerprint);
    return state === undefined ? [] : [`The certification by ${nameKey(state.certificate)} ${reasons[refusal] ?? 'does not count'}.`];
  });
}

/** Lists certifiers that are not valid themselves, and unknown ones. Does not check whether they really made the certifications. */
export function explainStrangers({ certificate, userIds }: KeyState, { index, states, ownertrust, atMs }: ExplainInput): readonly string[] {
  const counted = new Set(
    userIds.flatMap(({ certifiers, refused }) => [
      ...certifiers.map(({ introducer }) => introducer.certificate.fingerprint),
      ...refused.keys(),
    ]),
  );
  const invalid: string[] = [];
  const trusted: string[] = [];
  const sentences: string[] = [];
  let missing = 0;
  for (const issuer of index.entries.get(certificate.fingerprint)?.issuers ?? []) {
    const fingerprints = index.byKeyId.get(issuer) ?? [];
    if (fingerprints.length === 0) missing += 1;
    for (const fingerprint of fingerprints) {
      if (counted.has(fingerprint)) continue;
      const state = states.get(fingerprint);
      const name = state === undefined ? issuer : nameKey(state.certificate);
      const trust = ownertrust.get(fingerprint);
      if (state !== undefined && isRevoked(state.certificate)) sentences.push(`${name} has certified it, but is revoked.`);
      else if (state !== undefined && isKeyExpired(state.certificate, atMs)) sentences.push(`${name} has certified it, but has expired.`);
      else if (trust === 'full' || trust === 'marginal') trusted.push(name);
      else invalid.push(name);
    }
  }
  if (trusted.length > 0)
    sentences.push(
      `You trust the owner of ${listNames(trusted)}, who seems to have certified it, but no person whom you trust has certified ${trusted.length === 1 ? 'that key' : 'those keys'}.`,
    );
  if (invalid.length > 0)
    sentences.push(
      `${listNames(invalid)} ${invalid.length === 1 ? 'seems' : 'seem'} to have certified it, but no person whom you trust has certified ${invalid.length === 1 ? 'that key' : 'those keys'}.`,
    );
  if (missing > 0)
    sentences.push(
      missing === 1
        ? 'One certification is by a key that is not in your keyrings.'
        : `Certifications by ${missing} keys are on it that are not in your keyrings.`,
    );
  return sentences;
}
