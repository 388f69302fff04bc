/** Selects the keys that can affect the validity of one key: only these need to be read. */
import type { Ownertrust } from '../certificate/certificate-source.js';
import type { WebEntry, WebIndex } from './web-of-trust-index.js';

/** Certifiers without ownertrust are examined up to this number: they decide only between `undefined` and `unknown`. */
const maxUntrustedCertifiers = 2000;

export class Reach {
  readonly #index: WebIndex;
  readonly #ownertrust: ReadonlyMap<string, Ownertrust>;
  #reachable: ReadonlySet<string> | null = null;

  constructor(index: WebIndex, ownertrust: ReadonlyMap<string, Ownertrust>) {
    this.#index = index;
    this.#ownertrust = ownertrust;
  }

  /** Returns the key itself, the ultimate keys, and all keys through which a chain from an ultimate key can reach it. */
  cone(fingerprint: string): Iterable<string> {
    const { entries } = this.#index;
    const cone = new Set([fingerprint]);
    const asked = entries.get(fingerprint);
    if (asked === undefined) return cone;
    let untrusted = 0;
    for (const certifier of this.#certifiersOf(asked)) {
      if (!this.#mayCount(certifier)) {
        untrusted += 1;
        if (untrusted > maxUntrustedCertifiers) continue;
      }
      cone.add(certifier.fingerprint);
    }
    // Search backwards from there: only keys with ownertrust can make a certifier valid.
    for (const member of cone) {
      const entry = member === fingerprint ? undefined : entries.get(member);
      if (entry === undefined) continue;
      for (const certifier of this.#certifiersOf(entry)) if (this.#mayCount(certifier)) cone.add(certifier.fingerprint);
    }
    return cone;
  }

  *#certifiersOf({ issuers }: WebEntry): Generator<WebEntry> {
    const { entries, byKeyId } = this.#index;
    const reachable = (this.#reachable ??= this.#findReachable());
    for (const issuer of issuers) {
      for (const fingerprint of byKeyId.get(issuer) ?? []) {
        const entry = entries.get(fingerprint);
        if (entry !== undefined && reachable.has(fingerprint)) yield entry;
      }
    }
  }

  /** Searches forwards from the ultimate keys, through owners who may count. */
  #findReachable(): ReadonlySet<string> {
    const { entries, certifiedBy } = this.#index;
    const ultimate = [...this.#ownertrust].filter(([fingerprint, trust]) => trust === 'ultimate' && entries.has(fingerprint));
    const found = new Set(ultimate.map(([fingerprint]) => fingerprint));
    // The set grows during the iteration, which visits each key once.
    for (const fingerprint of found) {
      const entry = entries.get(fingerprint);
      if (entry === undefined || !this.#mayCount(entry)) continue;
      for (const certified of certifiedBy.get(entry.keyId) ?? []) found.add(certified);
    }
    return found;
  }

  /** Whether certifications by this owner may count, because of ownertrust or trust signatures. */
  #mayCount({ fingerprint, hasTrustSignature }: WebEntry): boolean {
    const trust = this.#ownertrust.get(fingerprint);
    return hasTrustSignature || trust === 'marginal' || trust === 'full' || trust === 'ultimate';
  }
}
