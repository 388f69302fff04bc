/** The web of trust: which keys belong to the users they name, judged by certifications from keys that the user trusts. */
import type { Certificate } from '../certificate/certificate.js';
import type { CertificateBytes, CertificateSource, Ownertrust } from '../certificate/certificate-source.js';
import { explainTrust, type TrustExplanation } from './explain-trust.js';
import type { KeyValidity, Validity } from './validity.js';
import { joinCopies } from './web-of-trust-copies.js';
import { indexWeb, type WebIndex } from './web-of-trust-index.js';
import { Reach } from './web-of-trust-reach.js';
import { computeRounds, isKeyExpired, isRevoked, isUserIdExpired, type KeyState, type WebLimits } from './web-of-trust-rounds.js';

export interface WebOfTrustOptions {
  readonly source: CertificateSource;
  /** Reads a certificate and checks its self-signatures, as of `atMs`. Returns null, or throws a malformed error, if it is unusable. */
  readonly readCertificate: (certificate: CertificateBytes, atMs: number) => Certificate | null | Promise<Certificate | null>;
  /** Milliseconds since 1970; whole seconds count. */
  readonly atMs: number;
  /** Number of fully trusted certifications that a user ID needs. Default: 1. */
  readonly completes?: number | undefined;
  /** Number of marginally trusted certifications that a user ID needs if it has too few fully trusted ones. Default: 3. */
  readonly marginals?: number | undefined;
  /** Longest chain from an ultimate key. Default: 5. */
  readonly depth?: number | undefined;
}

export interface WebOfTrust {
  /** Returns null if no keyring holds the key. Rejects with the errors of the source. */
  validity(fingerprint: string): Promise<KeyValidity | null>;
  /** Returns the validity of every key, in the order of the keyrings. Reads them all. */
  all(): Promise<readonly KeyValidity[]>;
  /** Returns the chains that make a key valid, or what is missing; null if no keyring holds the key. */
  explain(fingerprint: string): Promise<TrustExplanation | null>;
}

const maxNamed = 24;

/** The index of the keyrings, and which keys can reach which; read with the first query. */
interface OpenWeb {
  readonly index: WebIndex;
  readonly ownertrust: ReadonlyMap<string, Ownertrust>;
  readonly reach: Reach;
}

/** Reads nothing before the first query. Follows GnuPG 2.2's trust model `pgp`; see docs/trust.md. */
export function createWebOfTrust(options: WebOfTrustOptions): WebOfTrust {
  return new ComputedWebOfTrust(options);
}

class ComputedWebOfTrust implements WebOfTrust {
  readonly #source: CertificateSource;
  readonly #readCertificate: WebOfTrustOptions['readCertificate'];
  readonly #limits: WebLimits;
  readonly #atMs: number;
  readonly #certificates = new Map<string, Certificate>();
  readonly #looked = new Set<string>();
  #opened: Promise<OpenWeb> | null = null;
  #states: ReadonlyMap<string, KeyState> = new Map();
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ source, readCertificate, atMs, completes = 1, marginals = 3, depth = 5 }: WebOfTrustOptions) {
    this.#source = source;
    this.#readCertificate = readCertificate;
    this.#limits = { completes, marginals, depth };
    this.#atMs = Math.floor(atMs / 1000) * 1000;
  }

  async validity(fingerprint: string): Promise<KeyValidity | null> {
    await this.#compute(() => [fingerprint]);
    const state = this.#states.get(fingerprint);
    return state === undefined ? null : this.#validityOf(state);
  }

  async all(): Promise<readonly KeyValidity[]> {
    let fingerprints: readonly string[] = [];
    await this.#compute((index) => (fingerprints = [...index.entries.keys()]));
    const known = fingerprints.map((fingerprint) => this.#states.get(fingerprint)).filter((state) => state !== undefined);
    return Promise.all(known.map((state) => this.#validityOf(state)));
  }

  async explain(fingerprint: string): Promise<TrustExplanation | null> {
    // Some of the claimed certifiers are read too, only for their names.
    await this.#compute(({ entries, byKeyId }) => [
      fingerprint,
      ...[...(entries.get(fingerprint)?.issuers ?? [])].flatMap((keyId) => byKeyId.get(keyId) ?? []).slice(0, maxNamed),
    ]);
    const state = this.#states.get(fingerprint);
    if (state === undefined) return null;
    const { index, ownertrust } = await this.#open();
    const validity = await this.#validityOf(state);
    return explainTrust({ state, states: this.#states, index, ownertrust, limits: this.#limits, atMs: this.#atMs, validity });
  }

  /** Computes the states of these keys and of all keys they depend on. Calls take turns: each adds to the keys of the rounds. */
  #compute(fingerprints: (index: WebIndex) => Iterable<string>): Promise<void> {
    const next = this.#turn.then(async () => {
      const { index, ownertrust, reach } = await this.#open();
      let grown = false;
      for (const wanted of fingerprints(index)) {
        for (const fingerprint of reach.cone(wanted)) {
          if (this.#looked.has(fingerprint)) continue;
          await this.#read(fingerprint);
          grown = true;
        }
      }
      if (!grown) return;
      const certificates = this.#certificates.values();
      this.#states = await computeRounds({ ...this.#limits, certificates, ownertrust, atMs: this.#atMs });
    });
    this.#turn = next.catch(() => undefined);
    return next;
  }

  #open(): Promise<OpenWeb> {
    return (this.#opened ??= openWeb(this.#source));
  }

  async #read(fingerprint: string): Promise<void> {
    this.#looked.add(fingerprint);
    const copies: Certificate[] = [];
    for (const bytes of await this.#source.find(fingerprint)) {
      const certificate = await this.#readCertificate(bytes, this.#atMs);
      if (certificate?.fingerprint === fingerprint) copies.push(certificate);
    }
    const joined = joinCopies(copies);
    if (joined !== null) this.#certificates.set(fingerprint, joined);
  }

  async #validityOf(state: KeyState): Promise<KeyValidity> {
    return describeState(state, (await this.#source.ownertrust()).get(state.certificate.fingerprint) ?? 'unknown', this.#atMs);
  }
}

async function openWeb(source: CertificateSource): Promise<OpenWeb> {
  const [index, ownertrust] = await Promise.all([indexWeb(source), source.ownertrust()]);
  return { index, ownertrust, reach: new Reach(index, ownertrust) };
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
