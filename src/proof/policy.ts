/** The resolved trust policy: what the files of each group must prove. */
import { matchGroupOrParent } from '../maven/coordinate/group-pattern.js';
import { compareLevels, type Level } from './level.js';
import { signatureModes, type SignaturePolicy, weakPolicies } from './signature-policy.js';

/** A stricter or looser rule for some groups. Each undefined field is left to the next less specific rule, then to the policy. */
export interface PolicyRule {
  /** Patterns: `org.clojure` (that group alone), `org.clojure.*` (the group and its subgroups), `*` (all groups). */
  readonly groups: readonly string[];
  /** Minimum level of proof. */
  readonly level?: Level | undefined;
  /** How to treat a missing checksum. */
  readonly checksums?: TrustPolicy['checksums'] | undefined;
  /** Whether signatures are checked. */
  readonly signatures?: SignaturePolicy['signatures'] | undefined;
  /** Fingerprints of trusted primary keys, upper-case hex; they replace the trust model. */
  readonly signers?: readonly string[] | undefined;
  /** How to treat signatures made with weak algorithms. */
  readonly weak?: SignaturePolicy['weak'] | undefined;
  /** As in {@link SignaturePolicy}, together with this rule's `weak`, which is `accept` if only this field is set. */
  readonly weakUntilMs?: number | undefined;
}

/** The trust policy with all defaults filled in: see `defaultPolicy`. */
export interface TrustPolicy extends SignaturePolicy {
  /**
   * Minimum level of every file, in addition to the default rule: `transport` from the canonical operator or a trusted
   * mirror, `origin` or stronger from any other mirror. Null (the default) applies the default rule alone.
   */
  readonly level: Level | null;
  /** How to treat a missing checksum. A wrong one always fails. Default: `fail`. */
  readonly checksums: 'fail' | 'warn' | 'ignore';
  /** Accepts the serving mirror's own checksum, even from an untrusted operator. Default: false. */
  readonly acceptMirrorChecksums: boolean;
  /** Number of independent operators that must agree, at least 2. Default: 2. */
  readonly quorum: number;
  /** Rules for groups; the most specific matching rule applies, field by field. Default: none. */
  readonly rules: readonly PolicyRule[];
  /** Operators and keys of the audits that may be witnesses: a verdict that rests on one stands only as long as it is trusted. Default: none. */
  readonly audits: readonly string[];
}

export const defaultPolicy: TrustPolicy = {
  level: null,
  checksums: 'fail',
  acceptMirrorChecksums: false,
  quorum: 2,
  signatures: 'off',
  weak: 'warn',
  weakUntilMs: null,
  signers: null,
  rules: [],
  audits: [],
};

/** Fills in the defaults. */
export function createPolicy(given: Partial<TrustPolicy> = {}): TrustPolicy {
  return { ...defaultPolicy, ...given };
}

/** The part of a policy that one file is judged by: see {@link policyFor}. */
export type FilePolicy = Pick<TrustPolicy, 'level' | 'checksums' | 'acceptMirrorChecksums' | 'quorum'>;

/**
 * Returns the policy for one group. Each field comes from the most specific rule that sets it (exact, then the longest
 * prefix, then `*`), otherwise from the general policy; among equally specific rules the strictest applies. Fields are
 * resolved one by one, so a rule about checksums alone does not undo a wider rule's level. The level `signed` implies
 * that signatures are checked.
 */
export function policyFor(policy: TrustPolicy, group: string): TrustPolicy {
  if (policy.rules.length === 0 && (policy.level !== 'signed' || policy.signatures !== 'off')) return policy;
  const level = mostSpecific(policy, group, (rule) => rule.level, compareLevels) ?? policy.level;
  const checksums = mostSpecific(policy, group, (rule) => rule.checksums, byOrder(strictness)) ?? policy.checksums;
  const said = mostSpecific(policy, group, (rule) => rule.signatures, byOrder(signatureModes)) ?? policy.signatures;
  const signers =
    mostSpecific(
      policy,
      group,
      (rule) => rule.signers,
      (a, b) => b.length - a.length,
    ) ?? policy.signers;
  const { weak, weakUntilMs } = mostSpecific(policy, group, weakOf, compareWeak) ?? policy;
  const signatures = level === 'signed' && said === 'off' ? 'if-present' : said;
  const changed =
    level !== policy.level ||
    checksums !== policy.checksums ||
    signatures !== policy.signatures ||
    signers !== policy.signers ||
    weak !== policy.weak ||
    weakUntilMs !== policy.weakUntilMs;
  return changed ? { ...policy, level, checksums, signatures, signers, weak, weakUntilMs } : policy;
}

function weakOf({ weak, weakUntilMs }: PolicyRule): Pick<TrustPolicy, 'weak' | 'weakUntilMs'> | undefined {
  if (weak === undefined && weakUntilMs === undefined) return undefined;
  return { weak: weak ?? 'accept', weakUntilMs: weakUntilMs ?? null };
}

/** An earlier end date is stricter; no date is the most lenient. */
function compareWeak(a: Pick<TrustPolicy, 'weak' | 'weakUntilMs'>, b: Pick<TrustPolicy, 'weak' | 'weakUntilMs'>): number {
  return (
    byOrder(weakPolicies)(a.weak, b.weak) ||
    Number((b.weakUntilMs ?? Infinity) > (a.weakUntilMs ?? Infinity)) - Number((b.weakUntilMs ?? Infinity) < (a.weakUntilMs ?? Infinity))
  );
}

/** Most lenient first. */
const strictness: readonly TrustPolicy['checksums'][] = ['ignore', 'warn', 'fail'];

function byOrder<T>(order: readonly T[]): (a: T, b: T) => number {
  return (a, b) => order.indexOf(a) - order.indexOf(b);
}

function mostSpecific<T>(
  policy: TrustPolicy,
  group: string,
  pick: (rule: PolicyRule) => T | undefined,
  compareStrictness: (a: T, b: T) => number,
): T | undefined {
  let best: { specificity: number; value: T } | null = null;
  for (const rule of policy.rules) {
    const value = pick(rule);
    if (value === undefined) continue;
    for (const pattern of rule.groups) {
      const specificity = matchGroupOrParent(pattern, group);
      if (specificity === null) continue;
      if (best === null || specificity > best.specificity || (specificity === best.specificity && compareStrictness(value, best.value) > 0))
        best = { specificity, value };
    }
  }
  return best?.value;
}

/**
 * Returns one string for everything that the policy decides, equal for equal policies: part of the verification cache's
 * key.
 * @param trust identity of keyrings and trust model; used only if signatures are checked
 */
export function policyDigest(policy: TrustPolicy, trust = ''): string {
  if (policy.signatures === 'off') return checksumPolicyDigest(policy);
  const known = wholeDigests.get(policy);
  if (known?.trust === trust) return known.digest;
  const { signatures, weak, weakUntilMs, signers } = policy;
  const parts = [signatures, weak, weakUntilMs, signers === null ? null : [...signers].sort(), trust, ...checksumParts(policy)];
  const digest = JSON.stringify(parts);
  wholeDigests.set(policy, { trust, digest });
  return digest;
}

/** A policy never changes, and both digests are asked for again for each file. */
const wholeDigests = new WeakMap<TrustPolicy, { readonly trust: string; readonly digest: string }>();
const checksumDigests = new WeakMap<TrustPolicy, string>();

/** As {@link policyDigest}, of the part that does not concern signatures. */
export function checksumPolicyDigest(policy: TrustPolicy): string {
  let digest = checksumDigests.get(policy);
  if (digest === undefined) checksumDigests.set(policy, (digest = JSON.stringify(checksumParts(policy))));
  return digest;
}

function checksumParts({ level, checksums, acceptMirrorChecksums, quorum, rules, audits }: TrustPolicy): readonly unknown[] {
  const sortedRules = rules.map((rule) => JSON.stringify([[...rule.groups].sort(), rule.level ?? null, rule.checksums ?? null])).sort();
  const parts = [level, checksums, acceptMirrorChecksums, quorum, sortedRules];
  return audits.length === 0 ? parts : [...parts, [...audits].sort()];
}
