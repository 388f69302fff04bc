import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createDefaultRepositories, createRepository } from '../../src/network/mirrors/mirror-list.js';
import { mayPassOver, mirrorOrder, type OriginFacts, repositoriesFor, verifyNotBlocked } from '../../src/network/mirrors/order.js';
import type { Mirror, Repository } from '../../src/network/mirrors/repository.js';

const plain = (id: string, groups?: readonly string[], kinds: { releases?: boolean; snapshots?: boolean } = {}): Repository =>
  createRepository({ id, url: `https://${id}.example.org/`, ...(groups !== undefined && { groups }), ...kinds });
const company = plain('company', ['com.company', 'com.company.*']);
const special = plain('special', ['com.company.special.*']);
const a = plain('a');
const b = plain('b', undefined, { snapshots: false });
const ids = (group: string, isSnapshot = false, repoFor: [string, string][] = [], repositories = [a, b, company, special]): string[] =>
  repositoriesFor(group, isSnapshot, repositories, new Map(repoFor)).map(({ repository, bound }) => `${repository.id}${bound ? '!' : ''}`);

describe('repositoriesFor', () => {
  it.each<[string, boolean, [string, string][], string[]]>([
    ['org.lib', false, [], ['a', 'b']],
    ['org.lib', true, [], ['a']],
    ['com.company', false, [], ['company!']],
    ['com.company.x', false, [], ['company!']],
    ['com.companyx', false, [], ['a', 'b']],
    ['com.company.special', false, [], ['company!']],
    ['com.company.special.x', false, [], ['special!']],
    ['org.lib', false, [['org.*', 'b']], ['b!']],
    [
      'org.lib',
      false,
      [
        ['org.*', 'b'],
        ['org.lib', 'a'],
      ],
      ['a!'],
    ],
    ['com.company.x', false, [['*', 'a']], ['a!']],
    // no repository is left, and the others are not opened
    ['org.lib', true, [['org.lib', 'b']], []],
  ])('returns for %s, snapshot %s, bound by %j: %j', (group, isSnapshot, repoFor, expected) => {
    expect(ids(group, isSnapshot, repoFor)).toEqual(expected);
  });

  it('refuses an unknown repository', () => {
    expect(() => ids('org.lib', false, [['org.lib', 'c']])).toThrow('repoFor binds org.lib to an unknown repository: c');
  });

  it('keeps the order, and never lets an unbound repository serve a bound group', () => {
    const group = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
    const pattern = fc.oneof(
      group,
      group.map((text) => `${text}.*`),
      fc.constant('*'),
    );
    fc.assert(
      fc.property(group, fc.array(fc.option(fc.array(pattern, { maxLength: 3 })), { minLength: 1, maxLength: 5 }), (name, groups) => {
        const repositories = groups.map((patterns, index) => plain(`r${index}`, patterns ?? undefined));
        const answer = repositoriesFor(name, false, repositories, new Map());
        const positions = answer.map(({ repository }) => repositories.indexOf(repository));
        expect(positions).toEqual([...positions].sort((x, y) => x - y));
        const covers = (repository: Repository): boolean =>
          (repository.groups ?? []).some(
            (text) => text === '*' || text === name || (text.endsWith('.*') && name.startsWith(text.slice(0, -1))),
          );
        const anyBound = repositories.some(covers);
        for (const { repository, bound } of answer) {
          expect(bound).toBe(anyBound);
          expect(covers(repository)).toBe(anyBound);
        }
        if (anyBound) expect(answer.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('mayPassOver', () => {
  const nothing: OriginFacts = { bound: false, lockfile: null, recorded: [], firstSeen: null };
  it.each<[Partial<OriginFacts>, boolean]>([
    [{}, false],
    [{ bound: true }, true],
    [{ lockfile: 'b' }, true],
    [{ lockfile: 'a' }, false],
    [{ recorded: ['x', 'b'] }, true],
    [{ recorded: ['a'] }, false],
    [{ firstSeen: 'b' }, true],
  ])('for %j: %s', (facts, expected) => expect(mayPassOver(a, b, { ...nothing, ...facts })).toBe(expected));

  it('skips Central for Clojars, not the reverse, and only the real ones', () => {
    const [central, clojars] = createDefaultRepositories();
    if (central === undefined || clojars === undefined) throw new Error('no built-in repositories');
    expect(mayPassOver(central, clojars, nothing)).toBe(true);
    expect(mayPassOver(clojars, central, nothing)).toBe(false);
    expect(mayPassOver(createRepository({ id: 'central', url: 'https://nexus.example.org/' }), clojars, nothing)).toBe(false);
    expect(mayPassOver(central, createRepository({ id: 'clojars', url: 'https://evil.example.org/' }), nothing)).toBe(false);
  });
});

describe('mirrorOrder', () => {
  const mirror = (host: string, priority: number, lastResort = false): Mirror => ({
    url: new URL(`https://${host}/`),
    operator: null,
    canonical: false,
    trusted: true,
    lastResort,
    priority,
  });
  const order = (mirrors: Mirror[], open: string[], speed: Record<string, number> = {}): string[] =>
    mirrorOrder(mirrors, (origin) => {
      const host = new URL(origin).host;
      return { open: open.includes(host), p95Ms: speed[host] ?? null };
    }).map((candidate) => candidate.mirror.url.host);
  const all = [mirror('a', 0), mirror('b', 1), mirror('c', 1), mirror('z', -5, true)];

  it.each<[string[], Record<string, number>, string[]]>([
    [[], {}, ['a', 'b', 'c', 'z']],
    [[], { c: 20 }, ['a', 'c', 'b', 'z']],
    [[], { b: 30, c: 20 }, ['a', 'c', 'b', 'z']],
    [['a'], {}, ['b', 'c', 'z', 'a']],
    [['a', 'z'], {}, ['b', 'c', 'a', 'z']],
    [['a', 'b', 'c'], {}, ['z', 'a', 'b', 'c']],
  ])('with open circuits %j and p95 %j: %j', (open, speed, expected) => expect(order(all, open, speed)).toEqual(expected));

  it.each<[hours: Record<string, number>, open: string[], string[]]>([
    [{}, [], ['a', 'b', 'c', 'z']],
    // Within a priority, those that are fewer hours behind come first.
    [{ b: 5 }, [], ['a', 'c', 'b', 'z']],
    [{ b: 5.2, c: 5.8 }, [], ['a', 'b', 'c', 'z']],
    // Stale ones (over 24 hours here) come after the others, whatever their priority, but before those that are down.
    [{ a: 90 }, [], ['b', 'c', 'a', 'z']],
    [{ a: 90 }, ['b'], ['c', 'a', 'z', 'b']],
    [{ a: 90, b: 90, c: 90 }, [], ['a', 'b', 'c', 'z']],
  ])('for files that change, with hours behind %j and open circuits %j: %j', (hours, open, expected) => {
    const age = ({ host }: URL) => (hours[host] === undefined ? null : { hoursBehind: hours[host], isStale: hours[host] > 24 });
    const ordered = mirrorOrder(all, (origin) => ({ open: open.includes(new URL(origin).host), p95Ms: null }), age);
    expect(ordered.map((candidate) => candidate.mirror.url.host)).toEqual(expected);
  });

  it('drops no mirror', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.boolean(), fc.boolean(), fc.option(fc.nat(1000)))), (rows) => {
        const mirrors = rows.map(([priority, lastResort], index) => mirror(`h${index}`, priority, lastResort));
        const answer = mirrorOrder(mirrors, (origin) => {
          const row = rows[Number(new URL(origin).host.slice(1))];
          return { open: row?.[2] ?? false, p95Ms: row?.[3] ?? null };
        });
        expect(new Set(answer.map((candidate) => candidate.mirror))).toEqual(new Set(mirrors));
        const opens = answer.map((candidate) => candidate.open);
        expect(opens).toEqual([...opens].sort((x, y) => Number(x) - Number(y)));
      }),
    );
  });
});

describe('verifyNotBlocked', () => {
  it('names the setting that blocks the repository', () => {
    expect(() => verifyNotBlocked({ ...a, mirrors: [], blocked: 'settings.xml: <mirror> "stop" blocks it' })).toThrow(
      'repository a may not be used: settings.xml: <mirror> "stop" blocks it',
    );
    expect(() => verifyNotBlocked(a)).not.toThrow();
  });
});
