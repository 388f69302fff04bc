/** The web of trust: which keys belong to whom they name, by the certifications of those whom the user trusts. */
import type { Certificate } from '../certificate/certificate.js';
import type { CertificateBytes, CertificateSource, Ownertrust } from '../certificate/certificate-source.js';
import { explainTrust, type TrustExplanation } from './explain-trust.js';
import type { KeyValidity, Validity } from './validity.js';
import { joinCopies } from './web-of-trust-copies.js';
import { indexWeb, type WebIndex } from './web-of-trust-index.js';
import { createReach, type Reach } from './web-of-trust-reach.js';
import { computeRounds, isKeyExpired, isRevoked, isUserIdExpired, type KeyState, type WebLimits } from './web-of-trust-rounds.js';

export interface WebOfTrustOptions {
  readonly source: CertificateSource;
  /** Reads and checks what a certificate says of itself, as of `atMs`. Null, or a malformed error, where it cannot be used. */
  readonly readCertificate: (certificate: CertificateBytes, atMs: number) => Certificate | null | Promise<Certificate | null>;
  /** Milliseconds since 1970; whole seconds count. */
  readonly atMs: number;
  /** Fully trusted certifications that a user ID needs. Default 1. */
  readonly completes?: number | undefined;
  /** Marginally trusted certifications that it needs where the others are too few. Default 3. */
  readonly marginals?: number | undefined;
  /** Longest chain from an ultimate key. Default 5. */
  readonly depth?: number | undefined;
}

export interface WebOfTrust {
  /** Null where no keyring holds the key. Errors are those of the source. */
  validity(fingerprint: string): Promise<KeyValidity | null>;
  /** Of every key, in the order of the keyrings: reads them all. */
  all(): Promise<readonly KeyValidity[]>;
  /** The chains that make a key valid, or what is missing. Null as above. */
  explain(fingerprint: string): Promise<TrustExplanation | null>;
}

const maxNamed = 24;

/** Reads nothing before the first question. Does what GnuPG 2.2's trust model `pgp` does: docs/trust.md. */
export function createWebOfTrust(options: WebOfTrustOptions): WebOfTrust {
  const { source, completes = 1, marginals = 3, depth = 5 } = options;
  const limits: WebLimits = { completes, marginals, depth };
  const atMs = Math.floor(options.atMs / 1000) * 1000;
  const certificates = new Map<string, Certificate>();
  const looked = new Set<string>();
  let opened: Promise<{ readonly index: WebIndex; readonly ownertrust: ReadonlyMap<string, Ownertrust>; readonly reach: Reach }> | null =
    null;
  let states: ReadonlyMap<string, KeyState> = new Map();
  let turn: Promise<unknown> = Promise.resolve();

  async function open(): Promise<{
    readonly index: WebIndex;
    readonly ownertrust: ReadonlyMap<string, Ownertrust>;
    readonly reach: Reach;
  }> {
    const [index, ownertrust] = await Promise.all([indexWeb(source), source.ownertrust()]);
    return { index, ownertrust, reach: createReach(index, ownertrust) };
  }

  async function read(fingerprint: string): Promise<void> {
    looked.add(fingerprint);
    const copies: Certificate[] = [];
    for (const bytes of await source.find(fingerprint)) {
      const certificate = await options.readCertificate(bytes, atMs);
      if (certificate?.fingerprint === fingerprint) copies.push(certificate);
    }
    const joined = joinCopies(copies);
    if (joined !== null) certificates.set(fingerprint, joined);
  }

  /** One after the other: each adds to what the rounds are computed over. */
  function compute(fingerprints: (index: WebIndex) => Iterable<string>): Promise<void> {
    const next = turn.then(async () => {
      opened ??= open();
      const { index, ownertrust, reach } = await opened;
      let grown = false;
      for (const wanted of fingerprints(index)) {
        for (const fingerprint of reach.cone(wanted)) {
          if (looked.has(fingerprint)) continue;
          await read(fingerprint);
          grown = true;
        }
      }
      if (grown) states = await computeRounds({ ...limits, certificates: certificates.values(), ownertrust, atMs });
    });
    turn = next.catch(() => undefined);
    return next;
  }

  async function validityOf(state: KeyState): Promise<KeyValidity> {
    return describeState(state, (await source.ownertrust()).get(state.certificate.fingerprint) ?? 'unknown', atMs);
  }

  return {
    async validity(fingerprint) {
      await compute(() => [fingerprint]);
      const state = states.get(fingerprint);
      return state === undefined ? null : validityOf(state);
    },
    async all() {
      let fingerprints: readonly string[] = [];
      await compute((index) => (fingerprints = [...index.entries.keys()]));
      const known = fingerprints.map((fingerprint) => states.get(fingerprint)).filter((state) => state !== undefined);
      return Promise.all(known.map(validityOf));
    },
    async explain(fingerprint) {
      // Some of those who claim to have certified it are read too, only for their names.
      await compute(({ entries, byKeyId }) => [
        fingerprint,
        ...[...(entries.get(fingerprint)?.issuers ?? [])].flatMap((keyId) => byKeyId.get(keyId) ?? []).slice(0, maxNamed),
      ]);
      const state = states.get(fingerprint);
      if (state === undefined || opened === null) return null;
      const { index, ownertrust } = await opened;
      return explainTrust({ state, states, index, ownertrust, limits, atMs, validity: await validityOf(state) });
    },
  };
}

const ascending: readonly Validity[] = ['unknown', 'undefined', 'marginal', 'full', 'ultimate'];

function describeState({ certificate, userIds, introducer }: KeyState, ownertrust: Ownertrust, atMs: number): KeyValidity {
  const ofKey: Validity | null = isRevoked(certificate) ? 'revoked' : isKeyExpired(certificate, atMs) ? 'expired' : null;
  const best = userIds.reduce<Validity>(
    (one, { standing }) => (ascending.indexOf(standing) > ascending.indexOf(one) ? standing : one),
    'unknown',
  );
  return {
    fingerprint: certificate.fingerprint,
    key: certificate.valid ? (ofKey ?? best) : 'invalid',
    beforeItsEnd: !certificate.valid ? 'invalid' : certificate.revocation?.hard === true ? 'revoked' : best,
    userIds: userIds.map(({ userId, standing }) => ({
      text: userId.text,
      validity: isRevoked(userId) ? 'revoked' : isUserIdExpired(userId, atMs) ? 'expired' : (ofKey ?? standing),
    })),
    ownertrust: introducer?.ownertrust ?? ownertrust,
  };
}
