/** Explains why a key is valid, or what it lacks, in sentences and as chains of certifications. */
import type { Ownertrust } from '../certificate/certificate-source.js';
import type { ExplainInput } from './explain-input.js';
import { explainRefusals, explainStrangers } from './explain-trust-refusals.js';
import { countMore, formatDay, listNames, nameKey, nameText } from './explain-trust-words.js';
import type { KeyValidity } from './validity.js';
import { type Certifier, isKeyExpired, isRevoked, isUserIdExpired, type KeyState, type UserIdState } from './web-of-trust-rounds.js';

/** One certification that counts in the web. */
export interface TrustStep {
  /** Fingerprint and primary user ID of the certifying key; the user ID is null if the key has none. Not escaped. */
  readonly by: string;
  readonly byUserId: string | null;
  /** Ownertrust of the certifier, trust signatures included. */
  readonly ownertrust: Ownertrust;
  /** The certified key and its user ID. Not escaped. */
  readonly certified: string;
  readonly userId: string;
  readonly madeAtMs: number;
  readonly expiresAtMs: number | null;
  /** The weight of the certification; `none` if its certifier has no ownertrust. */
  readonly weight: 'full' | 'marginal' | 'none';
  /** 0 for an ordinary certification; otherwise it lets the owner certify others, up to this many levels deep. */
  readonly trustDepth: number;
}

/** Why the web of trust considers a key valid, or what is missing. */
export interface TrustExplanation extends KeyValidity {
  readonly valid: boolean;
  /** Chains from an ultimate key to this one, at most 16. If an introducer is valid in several ways, the first is shown. */
  readonly paths: readonly (readonly TrustStep[])[];
  /** Sentences for the user: why the key is valid, or what is missing. Escaped. */
  readonly sentences: readonly string[];
}

const maxPaths = 16;
const maxSentences = 24;

export function explainTrust(input: ExplainInput): TrustExplanation {
  const { state, validity } = input;
  const valid = validity.key === 'full' || validity.key === 'ultimate';
  const certifiers = state.userIds.flatMap((userState) => userState.certifiers.map((certifier) => ({ userState, certifier })));
  const byWeight = [...certifiers].sort((one, other) => rank(one.certifier) - rank(other.certifier));
  const paths = byWeight
    .slice(0, maxPaths)
    .map(({ userState, certifier }) => [...pathTo(certifier, input.states), stepOf(certifier, state, userState)]);
  return { ...validity, valid, paths, sentences: sentencesOf(input).slice(0, maxSentences) };
}

const rank = ({ weight }: Certifier): number => ['full', 'marginal', 'none'].indexOf(weight);

function stepOf({ introducer, certification, weight }: Certifier, { certificate }: KeyState, { userId }: UserIdState): TrustStep {
  const by = introducer.certificate;
  return {
    by: by.fingerprint,
    byUserId: (by.userIds.find(({ primary }) => primary) ?? by.userIds[0])?.text ?? null,
    ownertrust: introducer.ownertrust,
    certified: certificate.fingerprint,
    userId: userId.text,
    madeAtMs: certification.createdAtMs,
    expiresAtMs: certification.expiresAtMs,
    weight,
    trustDepth: certification.trustDepth,
  };
}

/** Finds how the certifier itself became valid: by its weightiest certification. Rounds decrease along the path, so it ends. */
function pathTo({ introducer }: Certifier, states: ReadonlyMap<string, KeyState>): readonly TrustStep[] {
  if (introducer.ownertrust === 'ultimate') return [];
  const state = states.get(introducer.certificate.fingerprint);
  const ways = (state?.userIds ?? [])
    .filter(({ standing }) => standing === 'full')
    .flatMap((userState) => userState.certifiers.map((certifier) => ({ userState, certifier })));
  const [best] = ways
    .filter(({ certifier }) => certifier.introducer.round < introducer.round)
    .sort((one, other) => rank(one.certifier) - rank(other.certifier));
  return state === undefined || best === undefined
    ? []
    : [...pathTo(best.certifier, states), stepOf(best.certifier, state, best.userState)];
}

function sentencesOf(input: ExplainInput): readonly string[] {
  const { state, states, ownertrust, atMs, validity } = input;
  const { certificate } = state;
  if (!certificate.valid)
    return ['At this time, no part of the key carries the signature by the key itself that it must have, so the key does not count.'];
  if (certificate.revocation !== null)
    return [`The key was revoked on ${formatDay(certificate.revocation.madeAtMs)}: nothing makes it valid again.`];
  if (certificate.expiresAtMs !== null && isKeyExpired(certificate, atMs))
    return [`The key expired on ${formatDay(certificate.expiresAtMs)}: its owner would have to extend it, and you to fetch it again.`];
  if (validity.key === 'ultimate') return ['You trust this key ultimately (ownertrust), as one of your own.'];
  const anyUltimate = [...ownertrust].some(([fingerprint, trust]) => trust === 'ultimate' && input.index.entries.has(fingerprint));
  if (!anyUltimate)
    return ['No key of your keyrings has ultimate ownertrust, so there is nowhere for trust to start: set it for your own key.'];
  if (certificate.userIds.length === 0) return ['The key has no user ID, so no certification can say whose it is.'];
  const usable = state.userIds.filter(({ userId }) => userId.selfSigned && !isRevoked(userId) && !isUserIdExpired(userId, atMs));
  if (usable.length === 0) return ['Each user ID of the key is revoked, has expired or lacks a good signature by the key itself.'];
  const sentences = usable.flatMap((userState) => explainCount(userState, input));
  if (validity.key === 'full') return sentences;
  const refusals = usable.flatMap((userState) => explainRefusals(userState, states));
  const strangers = explainStrangers(state, input);
  const known = [...new Set([...sentences, ...refusals, ...strangers])];
  return known.length === 0
    ? ['Only its owner has certified the key. Certify it yourself, or ask a person whom you trust to certify keys.']
    : known;
}

function explainCount(userState: UserIdState, { limits }: ExplainInput): readonly string[] {
  const { userId, certifiers, standing, full, marginal } = userState;
  if (certifiers.length === 0) return [];
  const named = (weight: Certifier['weight']): readonly string[] =>
    certifiers.filter((certifier) => certifier.weight === weight).map(({ introducer }) => nameKey(introducer.certificate));
  const counted = [...named('full'), ...named('marginal')];
  const uncounted = named('none');
  if (standing === 'full')
    return [
      `${listNames(counted)} ${counted.length === 1 ? 'has' : 'have'} certified '${nameText(userId.text)}', and you trust ${counted.length === 1 ? 'its owner' : 'their owners'} to certify.`,
    ];
  const sentences: string[] = [];
  if (counted.length > 0) {
    const parts = [
      ...(named('full').length > 0 ? [`${listNames(named('full'))} (fully trusted)`] : []),
      ...(named('marginal').length > 0 ? [`${listNames(named('marginal'))} (marginally trusted)`] : []),
    ];
    sentences.push(
      `'${nameText(userId.text)}' needs ${countMore(limits.completes - full, 'certification', 'fully')}, or ${countMore(limits.marginals - marginal, '', 'marginally')}: ${parts.join(' and ')} ${counted.length === 1 ? 'has' : 'have'} certified it.`,
    );
  }
  if (uncounted.length > 0) {
    sentences.push(
      `${listNames(uncounted)} ${uncounted.length === 1 ? 'has certified it and is' : 'have certified it and are'} valid, but you have not said that you trust ${uncounted.length === 1 ? 'its owner' : 'their owners'} to certify others (ownertrust).`,
    );
  }
  return sentences;
}
