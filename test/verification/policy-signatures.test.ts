/** Signature policy by group: each field comes from the most specific rule that sets it. */
import { describe, expect, it } from 'vitest';

import { createPolicy, policyDigest, policyFor, type PolicyRule, type TrustPolicy } from '../../src/proof/policy.js';

const day = (text: string): number => Date.parse(text);
const policy = (rules: readonly PolicyRule[], general: Partial<TrustPolicy> = {}): TrustPolicy => createPolicy({ ...general, rules });
const a = 'A'.repeat(40);
const b = 'B'.repeat(40);

describe('signature policy of a group', () => {
  it('takes each field from the most specific rule that sets it', () => {
    const given = policy(
      [
        { groups: ['*'], signatures: 'if-present', weak: 'fail' },
        { groups: ['org.*'], signatures: 'require', level: 'origin' },
        { groups: ['org.lib.*'], signers: [a] },
        { groups: ['org.lib.core'], weak: 'accept', weakUntilMs: day('2015-01-01') },
        { groups: ['org.old'], signatures: 'off', level: 'transport' },
      ],
      { signatures: 'if-present' },
    );
    const pick = (group: string) => {
      const { level, signatures, signers, weak, weakUntilMs } = policyFor(given, group);
      return { level, signatures, signers, weak, weakUntilMs };
    };
    expect(pick('com.x')).toEqual({ level: null, signatures: 'if-present', signers: null, weak: 'fail', weakUntilMs: null });
    expect(pick('org.x')).toEqual({ level: 'origin', signatures: 'require', signers: null, weak: 'fail', weakUntilMs: null });
    expect(pick('org.lib.x')).toEqual({ level: 'origin', signatures: 'require', signers: [a], weak: 'fail', weakUntilMs: null });
    expect(pick('org.lib.core')).toEqual({
      level: 'origin',
      signatures: 'require',
      signers: [a],
      weak: 'accept',
      weakUntilMs: day('2015-01-01'),
    });
    expect(pick('org.lib')).toEqual({ level: 'origin', signatures: 'require', signers: [a], weak: 'fail', weakUntilMs: null });
    expect(pick('org.old')).toEqual({ level: 'transport', signatures: 'off', signers: null, weak: 'fail', weakUntilMs: null });
  });

  it('is the stricter of two equally specific rules, whatever their order', () => {
    const rules: readonly PolicyRule[] = [
      { groups: ['g'], signatures: 'if-present', weak: 'accept', weakUntilMs: day('2020-01-01'), signers: [a, b] },
      { groups: ['g'], signatures: 'require', weak: 'accept', weakUntilMs: day('2015-01-01'), signers: [b] },
      { groups: ['g'], weak: 'accept' },
    ];
    for (const order of [rules, [...rules].reverse()]) {
      expect(policyFor(policy(order), 'g')).toMatchObject({
        signatures: 'require',
        weak: 'accept',
        weakUntilMs: day('2015-01-01'),
        signers: [b],
      });
    }
  });

  it("accepts weak signatures up to a date without `weak`; `weak` without a date drops the wider rule's date", () => {
    expect(policyFor(policy([{ groups: ['g'], weakUntilMs: day('2015-01-01') }]), 'g')).toMatchObject({
      weak: 'accept',
      weakUntilMs: day('2015-01-01'),
    });
    expect(
      policyFor(
        policy([
          { groups: ['g'], weak: 'accept' },
          { groups: ['*'], weakUntilMs: day('2015-01-01') },
        ]),
        'g',
      ),
    ).toMatchObject({ weak: 'accept', weakUntilMs: null });
  });

  it('checks signatures for the level `signed` even if no rule asks for them', () => {
    expect(policyFor(policy([{ groups: ['g'], level: 'signed' }]), 'g').signatures).toBe('if-present');
    expect(policyFor(policy([], { level: 'signed' }), 'g').signatures).toBe('if-present');
    expect(policyFor(policy([{ groups: ['g'], level: 'signed', signatures: 'require' }]), 'g').signatures).toBe('require');
  });

  it('accepts no signer if the list of signers is empty', () => {
    expect(
      policyFor(
        policy([
          { groups: ['g'], signers: [] },
          { groups: ['*'], signers: [a] },
        ]),
        'g',
      ).signers,
    ).toEqual([]);
  });

  it('has every field in the digest that remembered verdicts depend on', () => {
    const base: Partial<TrustPolicy> = { signatures: 'if-present' };
    const digests = [
      policyDigest(createPolicy(base), 'keys'),
      policyDigest(createPolicy(base), 'other keys'),
      policyDigest(createPolicy({ ...base, signatures: 'require' }), 'keys'),
      policyDigest(createPolicy({ ...base, weak: 'accept' }), 'keys'),
      policyDigest(createPolicy({ ...base, weak: 'accept', weakUntilMs: 1 }), 'keys'),
      policyDigest(createPolicy({ ...base, signers: [a] }), 'keys'),
      policyDigest(createPolicy({ ...base, signers: [] }), 'keys'),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect(policyDigest(createPolicy({ ...base, signers: [a, b] }))).toBe(policyDigest(createPolicy({ ...base, signers: [b, a] })));
  });
});
