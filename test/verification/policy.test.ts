import { describe, expect, it } from 'vitest';

import { matchGroupOrParent } from '../../src/maven/coordinate/group-pattern.js';
import { createPolicy, policyDigest, policyFor } from '../../src/proof/policy.js';

describe('the groups of a rule', () => {
  it.each([
    ['org.clojure', 'org.clojure', true],
    ['org.clojure', 'org.clojure.contrib', false],
    ['org.clojure.*', 'org.clojure', true],
    ['org.clojure.*', 'org.clojure.contrib', true],
    ['org.clojure.*', 'org.clojures', false],
    ['org.clojure.*', 'org.clojure.', false],
    ['*', 'anything', true],
    ['', 'anything', false],
  ])('match: %s, %s: %s', (pattern, group, expected) => {
    expect(matchGroupOrParent(pattern, group) !== null).toBe(expected);
  });
});

describe('policyFor', () => {
  const policy = createPolicy({
    level: 'transport',
    rules: [
      { groups: ['*'], level: 'origin' },
      { groups: ['org.clojure', 'org.clojure.*'], level: 'quorum' },
      { groups: ['org.clojure.contrib'], level: 'none' },
      { groups: ['org.*'], level: 'pinned' },
      { groups: ['org.clojure'], level: 'signed' },
    ],
  });
  it.each([
    ['com.acme', 'origin'],
    ['org.acme', 'pinned'],
    ['org.clojure', 'signed'],
    ['org.clojure.tools', 'quorum'],
    ['org.clojure.contrib', 'none'],
  ])('needs %s at %s', (group, level) => {
    expect(policyFor(policy, group).level).toBe(level);
  });
  it('takes the checksum policy and the level from different rules', () => {
    const mixed = createPolicy({
      rules: [
        { groups: ['org.*'], level: 'origin', checksums: 'warn' },
        { groups: ['org.old'], checksums: 'ignore' },
        { groups: ['org.old'], checksums: 'warn' },
      ],
    });
    expect(policyFor(mixed, 'org.old')).toMatchObject({ level: 'origin', checksums: 'warn' });
    expect(policyFor(mixed, 'com.acme')).toBe(mixed);
  });
  it('returns the policy itself if no rule matches', () => {
    const plain = createPolicy();
    expect(policyFor(plain, 'org.clojure')).toBe(plain);
    expect(plain).toMatchObject({ level: null, checksums: 'fail', acceptMirrorChecksums: false, quorum: 2 });
  });
});

describe('policyDigest', () => {
  it('differs between policies, but not between orders of writing', () => {
    const a = createPolicy({
      rules: [
        { groups: ['a', 'b'], level: 'origin' },
        { groups: ['c'], level: 'signed' },
      ],
    });
    const b = createPolicy({
      rules: [
        { groups: ['c'], level: 'signed' },
        { groups: ['b', 'a'], level: 'origin' },
      ],
    });
    expect(policyDigest(a)).toBe(policyDigest(b));
    const others = [{}, { level: 'origin' }, { quorum: 3 }, { checksums: 'warn' }, { acceptMirrorChecksums: true }] as const;
    expect(new Set([a, ...others.map((other) => createPolicy(other))].map((one) => policyDigest(one))).size).toBe(6);
  });
});
