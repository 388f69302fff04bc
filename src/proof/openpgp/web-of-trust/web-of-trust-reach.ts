/** Selects the keys that can affect the validity of one key: only these need to be read. */
import type { Ownertrust } from '../certificate/certificate-source.js';
import type { WebEntry, WebIndex } from './web-of-trust-index.js';

export interface Reach {
  /** Returns the key itself, the ultimate keys, and all keys through which a chain from an ultimate key can reach it. */
  cone(fingerprint: string): Iterable<string>;
}

/** Certifiers without ownertrust are examined up to this number: they decide only between `undefined` and `unknown`. */
const maxUntrustedCertifiers = 2000;

export function createReach({ entries, byKeyId, certifiedBy }: WebIndex, ownertrust: ReadonlyMap<string, Ownertrust>): Reach {
  /** Whether certifications by this owner may count, because of ownertrust or trust signatures. */
  const mayCount = ({ fingerprint, hasTrustSignature }: WebEntry): boolean => {
    const trust = ownertrust.get(fingerprint);
    return hasTrustSignature || trust === 'marginal' || trust === 'full' || trust === 'ultimate';
  };
  let reached: ReadonlySet<string> | null = null;

  /** Searches forwards from the ultimate keys, through owners who may count. */
  function reachable(): ReadonlySet<string> {
    const found = new Set(
      [...ownertrust]
        .filter(([fingerprint, trust]) => trust === 'ultimate' && entries.has(fingerprint))
        .map(([fingerprint]) => fingerprint),
    );
    // The set grows during the iteration, which visits each key once.
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
      // Search backwards from there: only keys with ownertrust can make a certifier valid.
      for (const member of cone) {
        const entry = member === fingerprint ? undefined : entries.get(member);
        if (entry === undefined) continue;
        for (const certifier of certifiersOf(entry)) if (mayCount(certifier)) cone.add(certifier.fingerprint);
      }
      return cone;
    },
  };
}
