/** What each group must prove: the resolved trust policy. */
import { compareLevels, type Level } from './level.js';
import { signatureModes, type SignaturePolicy, weakPolicies } from './signature-policy.js';

/** Stricter or looser rules for some groups. */
export interface PolicyRule {
  /** `org.clojure`, `org.clojure.*` (that group's subgroups), `*`. */
  readonly groups: readonly string[];
  /** Least level; undefined leaves it to the next less specific rule. */
  readonly level?: Level | undefined;
  /** What a missing checksum is; undefined likewise. */
  readonly checksums?: TrustPolicy['checksums'] | undefined;
  /** Whether signatures are looked at; undefined likewise. */
  readonly signatures?: SignaturePolicy['signatures'] | undefined;
  /** Whose signature counts, whatever the trust model says: fingerprints in upper case; undefined likewise. */
  readonly signers?: readonly string[] | undefined;
  /** What a weak signature is; undefined likewise. */
  readonly weak?: SignaturePolicy['weak'] | undefined;
  /** As in {@link SignaturePolicy}; counts with this rule's `weak`, which is `accept` where this alone is set. */
  readonly weakUntilMs?: number | undefined;
}

/** The trust policy with nothing left to default. */
export interface TrustPolicy extends SignaturePolicy {
  /**
   * Least level of every file, on top of the default rule; null asks for the default rule alone: `transport` from the
   * canonical operator or a trusted mirror, `origin` or stronger from anywhere else.
   */
  readonly level: Level | null;
  /** What a missing checksum is. A wrong one always fails. */
  readonly checksums: 'fail' | 'warn' | 'ignore';
  /** Believe the serving mirror's own checksum, whoever runs it. */
  readonly acceptMirrorChecksums: boolean;
  /** Independent operators that must agree, from 2. */
  readonly quorum: number;
  /** The most specific matching rule counts. */
  readonly rules: readonly PolicyRule[];
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
};

/** A policy with defaults filled in. */
export function createPolicy(given: Partial<TrustPolicy> = {}): TrustPolicy {
  return { ...defaultPolicy, ...given };
}

/**
 * Whether a pattern covers a group: `org.clojure` only itself, `org.clojure.*` the groups beneath it but not itself
 * (name both where both are meant), `*` all.
 */
export function groupMatches(pattern: string, group: string): boolean {
  if (pattern === '*') return true;
  if (pattern.endsWith('.*')) return group.startsWith(pattern.slice(0, -1)) && group.length > pattern.length - 1;
  return pattern === group;
}

/**
 * The policy for one group. Each field comes from the most specific rule that sets it (exact, then the longest prefix,
 * then `*`), else from the general policy; between equally specific rules the stricter counts. Field by field, so that a
 * rule about checksums alone does not undo a wider rule's level. The level `signed` has signatures looked at.
 */
export function policyFor(policy: TrustPolicy, group: string): TrustPolicy {
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

/** Up to an earlier date is stricter; without a date is laxest. */
function compareWeak(a: Pick<TrustPolicy, 'weak' | 'weakUntilMs'>, b: Pick<TrustPolicy, 'weak' | 'weakUntilMs'>): number {
  return (
    byOrder(weakPolicies)(a.weak, b.weak) ||
    Number((b.weakUntilMs ?? Infinity) > (a.weakUntilMs ?? Infinity)) - Number((b.weakUntilMs ?? Infinity) < (a.weakUntilMs ?? Infinity))
  );
}

/** Laxest first. */
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
      if (!groupMatches(pattern, group)) continue;
      const specificity = pattern === '*' ? 0 : pattern.endsWith('.*') ? pattern.length : Number.POSITIVE_INFINITY;
      if (best === null || specificity > best.specificity || (specificity === best.specificity && compareStrictness(value, best.value) > 0))
        best = { specificity, value };
    }
  }
  return best?.value;
}

/**
 * One string for all that the policy decides, equal for equal policies: part of the verification cache's key.
 * @param trust identity of keyrings and trust model; counts where signatures are looked at
 */
export function policyDigest(policy: TrustPolicy, trust = ''): string {
  const rules = policy.rules
    .map((rule) => [[...rule.groups].sort(), rule.level ?? null, rule.checksums ?? null])
    .map((rule) => JSON.stringify(rule))
    .sort();
  const base = [policy.level, policy.checksums, policy.acceptMirrorChecksums, policy.quorum, rules];
  if (policy.signatures === 'off') return JSON.stringify(base);
  const { signatures, weak, weakUntilMs, signers } = policy;
  return JSON.stringify([signatures, weak, weakUntilMs, signers === null ? null : [...signers].sort(), trust, ...base]);
}
