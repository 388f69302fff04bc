/** What each group must prove: the resolved trust policy. */
import { compareLevels } from './level.js';
import type { Level } from './level.js';

/** Stricter or looser rules for some groups. */
export interface PolicyRule {
  /** `org.clojure`, `org.clojure.*` (that group's subgroups), `*`. */
  readonly groups: readonly string[];
  /** Least level; undefined leaves it to the next less specific rule. */
  readonly level?: Level;
  /** What a missing checksum is; undefined likewise. */
  readonly checksums?: TrustPolicy['checksums'];
}

/** The trust policy with nothing left to default. */
export interface TrustPolicy {
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

export const defaultPolicy: TrustPolicy = { level: null, checksums: 'fail', acceptMirrorChecksums: false, quorum: 2, rules: [] };

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
 * The policy for one group. Level and checksum policy each come from the most specific rule that sets them (exact,
 * then the longest prefix, then `*`), else from the general policy; between equally specific rules the stricter counts.
 * Field by field, so that a rule about checksums alone does not undo a wider rule's level.
 */
export function policyFor(policy: TrustPolicy, group: string): TrustPolicy {
  const level = mostSpecific(policy, group, (rule) => rule.level, compareLevels);
  const checksums = mostSpecific(policy, group, (rule) => rule.checksums, (a, b) => strictness.indexOf(a) - strictness.indexOf(b));
  if (level === undefined && checksums === undefined) return policy;
  return { ...policy, level: level ?? policy.level, checksums: checksums ?? policy.checksums };
}

/** Laxest first. */
const strictness: readonly TrustPolicy['checksums'][] = ['ignore', 'warn', 'fail'];

function mostSpecific<T>(policy: TrustPolicy, group: string, pick: (rule: PolicyRule) => T | undefined, compareStrictness: (a: T, b: T) => number): T | undefined {
  let best: { specificity: number; value: T } | null = null;
  for (const rule of policy.rules) {
    const value = pick(rule);
    if (value === undefined) continue;
    for (const pattern of rule.groups) {
      if (!groupMatches(pattern, group)) continue;
      const specificity = pattern === '*' ? 0 : pattern.endsWith('.*') ? pattern.length : Number.POSITIVE_INFINITY;
      if (best === null || specificity > best.specificity || (specificity === best.specificity && compareStrictness(value, best.value) > 0)) best = { specificity, value };
    }
  }
  return best?.value;
}

/** One string for all that the policy decides, equal for equal policies: part of the verification cache's key. */
export function policyDigest(policy: TrustPolicy): string {
  const rules = policy.rules.map((rule) => [[...rule.groups].sort(), rule.level ?? null, rule.checksums ?? null]).map((rule) => JSON.stringify(rule)).sort();
  return JSON.stringify([policy.level, policy.checksums, policy.acceptMirrorChecksums, policy.quorum, rules]);
}
