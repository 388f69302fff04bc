import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Problem, problemOf } from '../../../src/app/proxy/http/problem.js';
import { problemBody, problemHead } from '../../../src/app/proxy/http/problem-answer.js';
import { reasonPhrase } from '../../../src/app/proxy/http/reason-phrase.js';
import { type Attempt, type AttemptOutcome, ClojarsFetchError, type ErrorCode } from '../../../src/base/error.js';
import { codePoint } from '../../support/code-point.js';
import { byName } from './headers.js';

const at = (outcome: AttemptOutcome, status: number | null = null, mirror = 'https://repo.clojars.org/'): Attempt => ({
  mirror,
  outcome,
  status,
  ms: 12.345,
});
const fail = (code: ErrorCode, reason: string, message = 'x', attempts: readonly Attempt[] = []): ClojarsFetchError =>
  new ClojarsFetchError(code, { reason, message, attempts });

describe('an unknown repository', () => {
  const phrase = (names: readonly string[], nearest?: string): string =>
    reasonPhrase({ status: 404, code: 'ERR_NOT_FOUND', reason: 'unknown-repository', detail: 'x', repositories: { names, nearest } });

  it('is answered with the known ones, and the one that was meant', () => {
    expect(phrase(['central', 'clojars', 'all'])).toBe('not found: no repository of this name; there are /central/ /clojars/ /all/');
    expect(phrase(['central', 'clojars', 'all'], 'clojars')).toBe(
      'not found: no repository of this name, did you mean /clojars/? There are /central/ /clojars/ /all/',
    );
  });

  it('is answered with as many as there is room for', () => {
    const names = Array.from({ length: 40 }, (_, n) => `repository-${n}`);
    expect(phrase(names)).toBe(
      'not found: no repository of this name; there are /repository-0/ /repository-1/ /repository-2/ /repository-3/ ... (see /)',
    );
    for (let length = 1; length < 200; length += 1) {
      for (const many of [1, 2, 9]) {
        const long = Array.from({ length: many }, (_, n) => `${n}`.repeat(length));
        for (const nearest of [undefined, long[0]]) {
          expect(phrase(long, nearest).length).toBeLessThanOrEqual(120);
          expect(phrase(long, nearest)).toMatch(/^not found: no repository of this name/);
        }
      }
    }
  });
});

describe('an error as an answer', () => {
  const sha1 = '2aae6c35c94fcfb415dbe95f408b9ce91ee846ed';
  it.each<readonly [error: unknown, line: string]>([
    [
      fail(
        'ERR_CHECKSUM',
        'mismatch',
        `g:a:1: what https://m/ served was refused: g/a: the canonical checksum of https://repo.clojars.org/ says sha1 ${sha1}, the file has 00`,
      ),
      '502 refused: sha1 differs from repo.clojars.org (clojars-fetch doctor)',
    ],
    [
      fail('ERR_CHECKSUM', 'mismatch', 'no details', [at('checksum-mismatch', 200, 'https://m.example/')]),
      '502 refused: checksum differs from m.example (clojars-fetch doctor)',
    ],
    [
      fail('ERR_CHECKSUM', 'missing', 'x', [at('checksum-missing', 200)]),
      '502 refused: no checksum at repo.clojars.org (clojars-fetch doctor)',
    ],
    [fail('ERR_CHECKSUM', 'changed'), '502 refused: this release has changed since it was first seen (clojars-fetch doctor)'],
    [fail('ERR_SIGNATURE', 'signer-changed'), '502 refused: its signer has changed (clojars-fetch verify)'],
    [fail('ERR_SIGNATURE', 'unreachable'), '503 refused: its signature is out of reach (clojars-fetch verify)'],
    [fail('ERR_QUORUM', 'disagreement'), '502 refused: operators disagree on its checksum (clojars-fetch doctor)'],
    [fail('ERR_LOCKFILE', 'stale'), '502 refused: it is not in the lockfile (clojars-fetch lock)'],
    [
      fail('ERR_POM', 'malformed', 'x', [at('not-maven', 200)]),
      '502 refused: the POM or metadata cannot be read, from repo.clojars.org (clojars-fetch doctor)',
    ],
    [fail('ERR_LIMIT', 'too-large'), '502 refused: larger than any file may be, from its mirror (clojars-fetch doctor)'],
    [fail('ERR_NOT_FOUND', 'absent', 'x', [at('not-found', 404)]), '404 not found: repo.clojars.org does not have it'],
    [fail('ERR_NOT_FOUND', 'withdrawn-or-unpublished'), '404 not found: withdrawn or unpublished, only another mirror has it'],
    [fail('ERR_UNREACHABLE', 'status', 'x', [at('status', 429)]), '503 out of reach: repo.clojars.org answers 429 (clojars-fetch doctor)'],
    [
      fail('ERR_UNREACHABLE', 'timeout', 'x', [at('timeout'), at('aborted', null, 'https://other/')]),
      '503 out of reach: repo.clojars.org does not answer (clojars-fetch doctor)',
    ],
    [fail('ERR_UNREACHABLE', 'dns'), '503 out of reach: no mirror answers (clojars-fetch doctor)'],
    [fail('ERR_OFFLINE', 'absent'), '503 not in the cache, and the proxy is offline (start it without --offline)'],
    [fail('ERR_LOCAL_REPOSITORY', 'full'), '507 no space left for the cache (free space, or change --cache-size)'],
    [fail('ERR_LOCAL_REPOSITORY', 'unwritable'), '500 the cache folder cannot be written'],
    [
      fail('ERR_CONFIG', 'not-bound'),
      '409 not one repository without group bindings: ask each by its path (see /), or bind groups (--repo-for)',
    ],
    [fail('ERR_COORDINATE', 'unsafe-path'), '400 the path is not safe'],
    [fail('ERR_ABORTED', 'signal'), '503 the proxy is stopping'],
    [new Error('secret'), '500 the proxy failed (see its log)'],
    ['a text', '500 the proxy failed (see its log)'],
    [undefined, '500 the proxy failed (see its log)'],
  ])('%s', (error, expected) => {
    const problem = problemOf(error);
    const body = problemBody(problem);
    const { status, statusMessage, headers } = problemHead(problem, body.length);
    expect(`${status} ${statusMessage}`).toBe(expected);
    expect(byName(headers)).toMatchObject({
      'content-type': 'application/problem+json',
      'content-length': String(body.length),
      'cache-control': 'no-store',
    });
    expect(byName(headers)['retry-after'] !== undefined).toBe(status === 503);
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ status, code: problem.code, reason: problem.reason });
  });

  it('never becomes a 404, unless a mirror or the path says so', () => {
    const codes: readonly ErrorCode[] = [
      'ERR_CONFIG', 'ERR_UNREACHABLE', 'ERR_CHECKSUM', 'ERR_SIGNATURE', 'ERR_QUORUM', 'ERR_LOCKFILE', 'ERR_POM', 'ERR_LIMIT', 'ERR_LOCAL_REPOSITORY', 'ERR_OFFLINE', 'ERR_ABORTED',
    ]; // prettier-ignore
    expect(codes.map((code) => problemOf(fail(code, 'any')).status).filter((status) => status < 500)).toEqual([]);
  });
});

describe('the body of a problem', () => {
  it('has the members of RFC 9457, and ours', () => {
    const error = new ClojarsFetchError('ERR_CHECKSUM', {
      reason: 'mismatch',
      message: 'bad\u001b[31m bytes',
      hint: 'Do not use it.',
      attempts: [{ ...at('checksum-mismatch', 200), detail: 'a\u202eb', path: 'g/a' }],
    });
    expect(JSON.parse(Buffer.from(problemBody(problemOf(error))).toString())).toEqual({
      type: 'urn:clojars-fetch:problem:ERR_CHECKSUM:mismatch',
      title: 'The file was refused',
      status: 502,
      detail: 'bad\\u001b[31m bytes',
      code: 'ERR_CHECKSUM',
      reason: 'mismatch',
      hint: 'Do not use it.',
      attempts: [
        { mirror: 'https://repo.clojars.org/', outcome: 'checksum-mismatch', status: 200, ms: 12, path: 'g/a', detail: 'a\\u202eb' },
      ],
    });
  });

  it('is bounded, however much a server sent', () => {
    const attempts = Array.from({ length: 5_000 }, () => ({ ...at('status', 500), detail: 'x'.repeat(100_000) }));
    expect(problemBody(problemOf(fail('ERR_UNREACHABLE', 'status', 'y'.repeat(10 ** 6), attempts))).length).toBeLessThan(100_000);
  });
});

describe('a reason phrase', () => {
  it('is printable ASCII of at most 120 characters, with nothing of a server in it', () => {
    const text = fc.string({ unit: codePoint, maxLength: 300 });
    const outcomes: readonly AttemptOutcome[] = ['status', 'not-found', 'timeout', 'checksum-mismatch', 'tls', 'io'];
    const codes: readonly ErrorCode[] = ['ERR_CHECKSUM', 'ERR_NOT_FOUND', 'ERR_UNREACHABLE', 'ERR_POM', 'ERR_LIMIT', 'ERR_SIGNATURE'];
    fc.assert(
      fc.property(fc.constantFrom(...codes), text, text, text, fc.constantFrom(...outcomes), (code, reason, message, mirror, outcome) => {
        const attempt: Attempt = { mirror, outcome, status: 500, ms: 1, detail: `SERVER ${message}` };
        const problem: Problem = { status: 502, code, reason, detail: message, attempts: [attempt] };
        expect(reasonPhrase(problem)).toMatch(/^[ -~]{1,120}$/);
        expect(reasonPhrase(problem)).not.toContain('SERVER');
      }),
    );
    const long = {
      status: 503,
      code: 'ERR_UNREACHABLE',
      reason: 'dns',
      detail: '',
      attempts: [at('redirect', 302, `https://${'a.'.repeat(38)}org/`)],
    };
    expect(reasonPhrase(long)).toMatch(/^out of reach: a\.a\.[ -~]{76}\.\.\. \(clojars-fetch doctor\)$/);
    expect(reasonPhrase(long)).toHaveLength(120);
  });
});
