/** Which keys can bear on the validity of one: the only ones that have to be read. */
import type { Ownertrust } from '../certificate/certificate-source.js';
import type { WebEntry, WebIndex } from './web-of-trust-index.js';

export interface Reach {
  /** The key itself, ultimate keys between, and all through which a chain from an ultimate key may come to it. */
  cone(fingerprint: string): Iterable<string>;
}

/** Certifiers without ownertrust are examined up to this number: they decide nothing but `undefined` or `unknown`. */
const maxUntrustedCertifiers = 2000;

export function createReach({ entries, byKeyId, certifiedBy }: WebIndex, ownertrust: ReadonlyMap<string, Ownertrust>): Reach {
  /** Certifications by this owner may count, by what the user says or by trust signatures. */
  const mayCount = ({ fingerprint, hasTrustSignature }: WebEntry): boolean => {
    const trust = ownertrust.get(fingerprint);
    return hasTrustSignature || trust === 'marginal' || trust === 'full' || trust === 'ultimate';
  };
  let reached: ReadonlySet<string> | null = null;

  /** Forwards from the ultimate keys, through owners who may count. */
  function reachable(): ReadonlySet<string> {
    const found = new Set(
      [...ownertrust]
        .filter(([fingerprint, trust]) => trust === 'ultimate' && entries.has(fingerprint))
        .map(([fingerprint]) => fingerprint),
    );
    // A set that is walked while it grows: each key once.
    for (const fingerprint of found) {
      const entry = entries.get(fingerprint);
      if (entry === undefined || !mayCount(entry)) continue;
      for (const certified of certifiedBy.get(entry.keyId) ?? []) found.add(certified);
    }
    return found;
  }

  function* certifiersOf({ issuers }: WebEntry): Generator<WebEntry> {
    reached ??= reachable();
    for (const issuer of issuers) {
      for (const fingerprint of byKeyId.get(issuer) ?? []) {
        const entry = entries.get(fingerprint);
        if (entry !== undefined && reached.has(fingerprint)) yield entry;
      }
    }
  }

  return {
    cone(fingerprint) {
      const cone = new Set([fingerprint]);
      const asked = entries.get(fingerprint);
      if (asked === undefined) return cone;
      let untrusted = 0;
      for (const certifier of certifiersOf(asked)) {
        if (!mayCount(certifier)) {
          untrusted += 1;
          if (untrusted > maxUntrustedCertifiers) continue;
        }
        cone.add(certifier.fingerprint);
      }
      // Backwards from there: only keys with ownertrust can make a certifier valid.
      for (const member of cone) {
        const entry = member === fingerprint ? undefined : entries.get(member);
        if (entry === undefined) continue;
        for (const certifier of certifiersOf(entry)) if (mayCount(certifier)) cone.add(certifier.fingerprint);
      }
      return cone;
    },
  };
}
