/** The table of modes and verdicts, cell by cell, and the effect of rules on it. */
import { describe, expect, it } from 'vitest';

import { createPolicy, policyDigest, policyFor } from '../../src/proof/policy.js';
import { decideSignature, type SignatureDecision, signatureHint, signatureModes, weakPolicies } from '../../src/proof/signature-policy.js';
import { type SignatureStatus, signatureStatuses } from '../../src/proof/signature-verdict.js';

/** if-present, require. */
const table: Readonly<Record<SignatureStatus, readonly [SignatureDecision, SignatureDecision]>> = {
  good: ['proof', 'proof'],
  missing: ['warn', 'fail'],
  'unknown-key': ['warn', 'fail'],
  untrusted: ['warn', 'fail'],
  expired: ['warn', 'fail'],
  weak: ['warn', 'fail'],
  bad: ['fail', 'fail'],
  revoked: ['fail', 'fail'],
  malformed: ['fail', 'fail'],
  'signer-changed': ['fail', 'fail'],
  'signer-lost': ['fail', 'fail'],
  'wrong-coordinate': ['fail', 'fail'],
};

describe.each(signatureStatuses)('%s', (status) => {
  it.each(signatureModes)('%s', (mode) => {
    for (const weak of weakPolicies) {
      const [ifPresent, require] = table[status];
      const expected = mode === 'off' ? 'ignore' : mode === 'require' ? require : status === 'weak' && weak === 'fail' ? 'fail' : ifPresent;
      expect(decideSignature(status, mode, weak), weak).toBe(expected);
    }
  });

  it('has a hint unless all is well', () => {
    expect(signatureHint(status, { group: 'g', artifact: 'a', fingerprint: 'F', signers: null }) === '').toBe(status === 'good');
  });
});

describe('the hint when a rule names signers', () => {
  const hint = (status: SignatureStatus, signers: readonly string[] | null): string =>
    signatureHint(status, { group: 'org.own', artifact: 'a', fingerprint: 'F', signers });

  it.each(['missing', 'unknown-key', 'untrusted'] as const)('is about that rule, not about the trust model: %s', (status) => {
    expect(hint(status, ['A', 'B'])).toMatch(/^The rule for org\.own names the signers A, B\. /);
    expect(hint(status, [])).toMatch(/^The rule for org\.own names no signers\. /);
    expect(hint(status, ['A'])).not.toMatch(/--trust-model|--sign-key|make a rule/);
  });

  it('lists at most three of many signers', () => {
    expect(hint('untrusted', ['A', 'B', 'C', 'D', 'E'])).toBe(
      'The rule for org.own names the signers A, B, C and 2 more. If F may sign as well, add the fingerprint to the "signers" of that rule.',
    );
  });
});

describe('the hint under a key map', () => {
  const hint = (status: SignatureStatus, keyMaps: readonly string[]): string =>
    signatureHint(status, { group: 'org.own', artifact: 'a', fingerprint: 'F', signers: null, keyMaps });

  it.each(['missing', 'unknown-key', 'untrusted'] as const)('names the map, and does not speak of another trust model: %s', (status) => {
    expect(hint(status, ['/p/keys.list'])).toMatch(/^The key map is \/p\/keys\.list\. /);
    expect(hint(status, ['/p/a', '/p/b'])).toMatch(/^The key maps are \/p\/a, \/p\/b\. /);
    expect(hint(status, ['/p/keys.list'])).not.toMatch(/--trust-model|--sign-key|make a rule/);
  });

  it('gives the line to add, or in a format of other lines the group', () => {
    expect(hint('untrusted', ['k'])).toBe("The key map is k. If F may sign it, add the line 'org.own:a = 0xF' there.");
    expect(hint('untrusted', ['k.xml'])).toBe('The key map is k.xml. If F may sign it, add an entry for org.own there.');
    expect(hint('missing', ['k'])).toContain("'org.own:a = noSig'");
  });
});

describe('rules', () => {
  const policy = createPolicy({
    signatures: 'if-present',
    rules: [
      { groups: ['org.example.*'], signatures: 'require', weak: 'fail' },
      { groups: ['org.example.old'], signatures: 'off', weakUntilMs: 5 },
      { groups: ['org.own'], signers: ['A', 'B'] },
      { groups: ['org.own', 'org.both'], signers: ['A'] },
      { groups: ['org.level'], level: 'signed' },
    ],
  });

  it.each([
    ['org.other', { signatures: 'if-present', weak: 'warn', weakUntilMs: null, signers: null }],
    ['org.example.lib', { signatures: 'require', weak: 'fail', weakUntilMs: null }],
    ['org.example.old', { signatures: 'off', weak: 'accept', weakUntilMs: 5 }],
    ['org.own', { signers: ['A'] }],
    ['org.level', { level: 'signed', signatures: 'if-present' }],
  ] as const)('apply to %s', (group, expected) => {
    expect(policyFor(policy, group)).toMatchObject(expected);
  });

  it('have signatures checked for the level signed, even if they are off', () => {
    expect(policyFor(createPolicy({ level: 'signed' }), 'g').signatures).toBe('if-present');
    expect(policyFor(createPolicy({ level: 'signed', rules: [{ groups: ['g'], signatures: 'off' }] }), 'g').signatures).toBe('if-present');
    expect(policyFor(createPolicy({ level: 'signed', rules: [{ groups: ['g'], level: 'origin' }] }), 'g').signatures).toBe('off');
  });

  it('are part of the digest in everything that a verdict depends on, and only if signatures are checked', () => {
    const of = (given: Parameters<typeof createPolicy>[0], trust = ''): string => policyDigest(policyFor(createPolicy(given), 'g'), trust);
    const all = [
      of({}),
      of({ signatures: 'if-present' }),
      of({ signatures: 'require' }),
      of({ signatures: 'require' }, 'other keys'),
      of({ signatures: 'require', weak: 'fail' }),
      of({ signatures: 'require', weak: 'accept' }),
      of({ signatures: 'require', weak: 'accept', weakUntilMs: 1 }),
      of({ signatures: 'require', rules: [{ groups: ['g'], signers: ['A'] }] }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(of({ weak: 'fail' }, 'keys')).toBe(of({}));
  });
});
