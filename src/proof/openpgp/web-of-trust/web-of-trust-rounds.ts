/**
 * Computes the valid user IDs round by round from the ultimate keys, as GnuPG 2.2 does (g10/trustdb.c, `validate_keys`, trust model `pgp`):
 * a key that becomes fully valid in one round introduces others in the next.
 */
import type { Certificate, UserId } from '../certificate/certificate.js';
import type { Ownertrust } from '../certificate/certificate-source.js';
import { parseTrustRegexp, type TrustRegexp } from './regexp.js';
import { certificationsByIssuer, type Refusal, sortCertifications, type UsableCertification } from './web-of-trust-usable.js';

export interface WebLimits {
  /** Number of certifications by fully trusted owners that make a user ID valid. */
  readonly completes: number;
  /** Number of certifications by marginally trusted owners that do the same. */
  readonly marginals: number;
  /** Number of rounds: the longest possible chain. */
  readonly depth: number;
}

/** A valid key, in the round in which its certifications count. */
export interface Introducer {
  readonly certificate: Certificate;
  /** As set by the user, or higher if a trust signature raises it. */
  readonly ownertrust: Ownertrust;
  /** How many more levels its own trust signatures may reach. */
  readonly trustDepth: number;
  /** Restricts the user IDs it may introduce; null for no restriction, `none` if the expression is refused. */
  readonly limit: TrustRegexp | 'none' | null;
  /** The round in which its certifications count, one after it became valid; 0 for ultimate keys. */
  readonly round: number;
}

export interface Certifier {
  readonly introducer: Introducer;
  readonly certification: UsableCertification<Introducer>['certification'];
  readonly weight: 'full' | 'marginal' | 'none';
}

/** `undefined`: certified by valid keys, but by none whose owner is trusted. */
export type UserIdStanding = 'unknown' | 'undefined' | 'marginal' | 'full' | 'ultimate';

export interface UserIdState {
  readonly userId: UserId;
  standing: UserIdStanding;
  full: number;
  marginal: number;
  readonly certifiers: Certifier[];
  /** By the fingerprint of a valid key. */
  readonly refused: Map<string, Refusal | 'outside-limit'>;
}

export interface KeyState {
  readonly certificate: Certificate;
  readonly userIds: readonly UserIdState[];
  /** Null if the key is not an introducer. */
  introducer: Introducer | null;
}

export interface RoundsInput extends WebLimits {
  /** Including ultimate ones, in any order. */
  readonly certificates: Iterable<Certificate>;
  readonly ownertrust: ReadonlyMap<string, Ownertrust>;
  /** In whole seconds. */
  readonly atMs: number;
}

const ranks: readonly Ownertrust[] = ['unknown', 'undefined', 'never', 'marginal', 'full', 'ultimate'];
const atLeast = (one: Ownertrust, other: Ownertrust): Ownertrust => (ranks.indexOf(one) < ranks.indexOf(other) ? other : one);

export const isRevoked = ({ revocation }: { readonly revocation: unknown }): boolean => revocation !== null;
/** A key remains valid through the second in which it expires; a user ID does not. */
export const isKeyExpired = ({ expiresAtMs }: Certificate, atMs: number): boolean => expiresAtMs !== null && expiresAtMs < atMs;
export const isUserIdExpired = ({ expiresAtMs }: UserId, atMs: number): boolean => expiresAtMs !== null && expiresAtMs <= atMs;

/** Whether a key is revoked or has expired: then it introduces no others, even if it is ultimate. */
function hasEnded(certificate: Certificate, atMs: number): boolean {
  return isRevoked(certificate) || isKeyExpired(certificate, atMs);
}

/** Returns the states of the keys by fingerprint. */
export async function computeRounds(input: RoundsInput): Promise<ReadonlyMap<string, KeyState>> {
  const { ownertrust, atMs, depth } = input;
  const states = new Map<string, KeyState>();
  const waiting = new Set<KeyState>();
  let introducers: Introducer[] = [];
  for (const certificate of input.certificates) {
    const isUltimate = ownertrust.get(certificate.fingerprint) === 'ultimate';
    const userIds = certificate.userIds.map((userId): UserIdState => ({
      userId,
      standing: isUltimate ? 'ultimate' : 'unknown',
      full: 0,
      marginal: 0,
      certifiers: [],
      refused: new Map(),
    }));
    const state: KeyState = { certificate, userIds, introducer: null };
    states.set(certificate.fingerprint, state);
    if (!certificate.valid || certificate.revocation?.hard === true) continue;
    if (isUltimate) {
      if (hasEnded(certificate, atMs)) continue;
      introducers.push({ certificate, ownertrust: 'ultimate', trustDepth: 0, limit: null, round: 0 });
    } else waiting.add(state);
  }
  const used = new Set(introducers.map(({ certificate }) => certificate.fingerprint));
  for (let round = 0; round < depth && introducers.length > 0; round += 1) {
    const counting = new Map<string, Introducer[]>();
    for (const introducer of introducers) {
      const those = counting.get(introducer.certificate.keyId);
      if (those === undefined) counting.set(introducer.certificate.keyId, [introducer]);
      else those.push(introducer);
      const state = states.get(introducer.certificate.fingerprint);
      if (state !== undefined) state.introducer = introducer;
    }
    introducers = [];
    for (const state of waiting) {
      const next = await judgeKey(state, counting, input, round + 1);
      if (next === null) continue;
      if (state.userIds.every(({ standing }) => standing === 'full')) waiting.delete(state);
      const { fingerprint } = state.certificate;
      if (used.has(fingerprint) || hasEnded(state.certificate, atMs)) continue;
      used.add(fingerprint);
      introducers.push(next);
    }
  }
  return states;
}

/** More than one key per key ID only if keys were made to collide. */
type IntroducersByKeyId = ReadonlyMap<string, readonly Introducer[]>;

/** Judges a key by this round's introducers. It becomes an introducer itself if they make one of its user IDs fully valid. */
async function judgeKey(
  state: KeyState,
  introducers: IntroducersByKeyId,
  { ownertrust, atMs, completes, marginals }: RoundsInput,
  round: number,
): Promise<Introducer | null> {
  const { certificate } = state;
  // Among several trust signatures the last counts, on whichever user ID; a limit, once set, stays.
  let trust = { amount: 0, depth: 0 };
  let limit: Introducer['limit'] = null;
  let anyFull = false;
  for (const userState of state.userIds) {
    const { userId } = userState;
    if (!userId.selfSigned || isRevoked(userId) || isUserIdExpired(userId, atMs)) continue;
    const { usable, refused } = await sortCertifications(certificate, userId, signersOf(userId, introducers), atMs);
    for (const [fingerprint, refusal] of refused) userState.refused.set(fingerprint, refusal);
    let isSigned = false;
    for (const { signer, certification } of usable) {
      if (!isWithin(userId, signer)) {
        userState.refused.set(signer.certificate.fingerprint, 'outside-limit');
        continue;
      }
      if (certification.trustDepth > 0) {
        const depth =
          certification.trustDepth < signer.trustDepth || signer.ownertrust === 'ultimate' ? certification.trustDepth : signer.trustDepth;
        if (depth > 0) {
          trust = { amount: certification.trustAmount, depth: depth - 1 };
          if (certification.trustRegexp !== null) limit = parseTrustRegexp(certification.trustRegexp) ?? 'none';
        }
      }
      userState.certifiers.push({ introducer: signer, certification, weight: weigh(userState, signer, completes) });
      isSigned = true;
    }
    if (!isSigned) continue;
    const isFull = userState.full >= completes || userState.marginal >= marginals;
    userState.standing = isFull ? 'full' : userState.full > 0 || userState.marginal > 0 ? 'marginal' : 'undefined';
    anyFull ||= isFull;
  }
  if (!anyFull) return null;
  const least: Ownertrust = trust.amount >= 120 ? 'full' : trust.amount >= 60 ? 'marginal' : 'unknown';
  return {
    certificate,
    ownertrust: atLeast(ownertrust.get(certificate.fingerprint) ?? 'unknown', least),
    trustDepth: trust.depth,
    limit,
    round,
  };
}

function weigh(userState: UserIdState, { ownertrust }: Introducer, completes: number): Certifier['weight'] {
  if (ownertrust === 'ultimate') userState.full = completes;
  else if (ownertrust === 'full') userState.full += 1;
  else if (ownertrust === 'marginal') {
    userState.marginal += 1;
    return 'marginal';
  } else return 'none';
  return 'full';
}

function isWithin({ text }: UserId, { limit }: Introducer): boolean {
  return limit === null || (limit !== 'none' && limit.matches(text));
}

/** Returns the introducers named by the user ID's certifications, iterating over whichever of the two is smaller. */
function signersOf(userId: UserId, introducers: IntroducersByKeyId): readonly Introducer[] {
  const byIssuer = certificationsByIssuer(userId);
  if (introducers.size <= byIssuer.size) return [...introducers].flatMap(([keyId, those]) => (byIssuer.has(keyId) ? those : []));
  return [...byIssuer.keys()].flatMap((keyId) => introducers.get(keyId) ?? []);
}
