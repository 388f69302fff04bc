/** A 404 is remembered only if it is certain, and only for a short time: build tools remember theirs for a day. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Absences } from '../../../src/app/proxy/files/absence.js';
import { type Attempt, type AttemptOutcome, ClojarsFetchError, type ErrorCode } from '../../../src/base/error.js';
import type { Mirror, Repository } from '../../../src/network/mirrors/repository.js';

const mirror = (name: string, standing: { canonical?: boolean; trusted?: boolean }): Mirror => ({
  url: new URL(`https://${name}.test/`),
  operator: name,
  canonical: false,
  trusted: false,
  lastResort: false,
  priority: 0,
  ...standing,
});
const mirrors = [mirror('canonical', { canonical: true, trusted: true }), mirror('trusted', { trusted: true }), mirror('other', {})];
const repository: Repository = {
  id: 'r',
  url: new URL('https://canonical.test/'),
  operator: 'canonical',
  mirrors,
  releases: true,
  snapshots: true,
  groups: null,
  trackingId: 'r',
};
const jar = 'org/example/greeter/1.0.0/greeter-1.0.0.jar';
const snapshot = 'org/example/greeter/1.0-SNAPSHOT/greeter-1.0-20240101.000000-1.jar';
const metadata = 'org/example/greeter/maven-metadata.xml';

const attempt = (name: string, outcome: AttemptOutcome = 'not-found', path?: string): Attempt => ({
  mirror: `https://${name}.test/`,
  outcome,
  status: 404,
  ms: 1,
  path,
});
const failure = (attempts: Attempt[], code: ErrorCode = 'ERR_NOT_FOUND', reason = 'absent'): ClojarsFetchError =>
  new ClojarsFetchError(code, { reason, message: 'no', attempts });
const absent = failure([attempt('canonical')]);

describe('an absence', () => {
  it.each([
    ['a release', jar, 60_000],
    ['a snapshot', snapshot, 10_000],
    ['the metadata of an artifact', metadata, 10_000],
    ['the metadata of a snapshot', 'org/example/greeter/1.0-SNAPSHOT/maven-metadata.xml', 10_000],
  ])('of %s counts for its time and no longer', (_name, path, lifetimeMs) => {
    const absences = new Absences();
    absences.learn(repository, { path }, absent, 1_000);
    expect(absences.find('r', path, 1_000)).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    expect(absences.find('r', path, 1_000 + lifetimeMs - 1)).not.toBeNull();
    expect(absences.find('r', path, 1_000 + lifetimeMs)).toBeNull();
    expect(absences.size).toBe(0);
  });

  it.each([
    ['the canonical operator', [attempt('canonical')], true],
    ['a trusted mirror', [attempt('trusted')], true],
    ['the canonical operator after failures of others', [attempt('other', 'timeout'), attempt('canonical')], true],
    ['an untrusted mirror', [attempt('other')], false],
    ['a mirror that is not on the list', [attempt('stranger')], false],
    ['no mirror', [], false],
    ['a canonical operator whose checksum file is missing', [attempt('canonical', 'not-found', `${jar}.sha1`)], false],
    ['a canonical operator that failed', [attempt('canonical', 'status'), attempt('other')], false],
  ])('that %s reported counts: %#', (_name, attempts, counts) => {
    const absences = new Absences();
    absences.learn(repository, { path: jar }, failure(attempts), 0);
    expect(absences.find('r', jar, 1) !== null).toBe(counts);
  });

  it('belongs to one repository and one path', () => {
    const absences = new Absences();
    absences.learn(repository, { path: jar }, absent, 0);
    expect(absences.find('other', jar, 1)).toBeNull();
    expect(absences.find('r', `${jar}.asc`, 1)).toBeNull();
    absences.forget('r', jar);
    expect(absences.find('r', jar, 1)).toBeNull();
  });

  it('names the mirror and the age, so that a person can see why', () => {
    const absences = new Absences();
    absences.learn(repository, { path: jar }, absent, 0);
    expect(absences.find('r', jar, 12_000)?.message).toBe(`${jar} is not in r: https://canonical.test/ said so 12 s ago`);
  });

  it.each([
    ['a year ahead', 365 * 86_400_000],
    ['a year back', -365 * 86_400_000],
    ['to nowhere', Number.NaN],
  ])('does not survive a clock that jumps %s', (_name, jumpMs) => {
    const absences = new Absences();
    absences.learn(repository, { path: jar }, absent, 1e12);
    expect(absences.find('r', jar, 1e12 + jumpMs)).toBeNull();
    expect(absences.find('r', jar, 1e12)).toBeNull();
  });
});

const outcomes = fc.constantFrom<AttemptOutcome>('not-found', 'timeout', 'status', 'reset', 'not-maven', 'checksum-mismatch', 'aborted');
const codes = fc.constantFrom<ErrorCode>('ERR_NOT_FOUND', 'ERR_UNREACHABLE', 'ERR_CHECKSUM', 'ERR_SIGNATURE', 'ERR_OFFLINE', 'ERR_LIMIT');
const errors = fc
  .record({
    code: codes,
    reason: fc.constantFrom('absent', 'withdrawn-or-unpublished', 'timeout', 'mismatch'),
    attempts: fc.array(fc.tuple(fc.constantFrom('canonical', 'trusted', 'other', 'stranger'), outcomes), { maxLength: 4 }),
  })
  .map(({ code, reason, attempts }) => ({
    isCertain:
      code === 'ERR_NOT_FOUND' &&
      reason === 'absent' &&
      attempts.some(([name, outcome]) => outcome === 'not-found' && (name === 'canonical' || name === 'trusted')),
    error: failure(
      attempts.map(([name, outcome]) => attempt(name, outcome)),
      code,
      reason,
    ),
  }));

describe('absences', () => {
  it('are never made from an error', () => {
    fc.assert(
      fc.property(errors, fc.constantFrom(jar, snapshot, metadata), ({ error, isCertain }, path) => {
        const absences = new Absences();
        absences.learn(repository, { path }, error, 0);
        expect(absences.find('r', path, 0) !== null).toBe(isCertain);
      }),
    );
  });

  it('agree with a list of what was learned last, whatever the order of events', () => {
    const paths = fc.constantFrom(jar, snapshot, metadata, 'a/b/1/b-1.pom');
    const steps = fc.array(fc.tuple(fc.constantFrom('learn', 'find', 'forget'), paths, fc.integer({ min: -20_000, max: 70_000 })));
    fc.assert(
      fc.property(steps, (events) => {
        const absences = new Absences();
        const model = new Map<string, number>();
        let now = 1e12;
        for (const [kind, path, passMs] of events) {
          now += passMs;
          if (kind === 'learn') {
            absences.learn(repository, { path }, absent, now);
            model.set(path, now);
          } else if (kind === 'forget') {
            absences.forget('r', path);
            model.delete(path);
          } else {
            const learned = model.get(path);
            const lifetimeMs = path === snapshot || path === metadata ? 10_000 : 60_000;
            const counts = learned !== undefined && now >= learned && now - learned < lifetimeMs;
            if (!counts) model.delete(path);
            expect(absences.find('r', path, now) !== null).toBe(counts);
          }
        }
      }),
    );
  });

  it('are limited in number: the least recently used are forgotten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 40 }))), (most, events) => {
        const absences = new Absences({ most });
        let model: number[] = [];
        for (const [isQuestion, number] of events) {
          const path = `a/b/${number}/b-${number}.jar`;
          const isKnown = model.includes(number);
          if (isQuestion) expect(absences.find('r', path, 0) !== null).toBe(isKnown);
          else absences.learn(repository, { path }, absent, 0);
          if (isQuestion && !isKnown) continue;
          model = [...model.filter((other) => other !== number), number].slice(-most);
          expect(absences.size).toBe(model.length);
        }
      }),
    );
  });

  it('take 10,000 at most by default, also while an attacker asks for random paths', () => {
    const absences = new Absences();
    for (let number = 0; number < 12_000; number += 1) absences.learn(repository, { path: `a/b/${number}/b-${number}.jar` }, absent, 0);
    expect(absences.size).toBe(10_000);
    expect(absences.find('r', 'a/b/0/b-0.jar', 0)).toBeNull();
    expect(absences.find('r', 'a/b/11999/b-11999.jar', 0)).not.toBeNull();
  });
});
