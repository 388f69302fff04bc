import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ClojarsFetchError } from '../../src/base/error.js';
import type { ClientEvent } from '../../src/base/event.js';
import { createProgress, formatBytes, formatProgress } from '../../src/cli/output/progress.js';
import {
  createStyle,
  formatArtifactSummary,
  formatDiagnosis,
  formatError,
  formatEvent,
  formatMirrors,
  formatVersions,
  wantsColor,
} from '../../src/cli/output/render.js';
import { codePoint } from '../support/code-point.js';
import { artifact, diagnosis, failure, localArtifact, mirrors, versionList } from './samples.js';

const plain = createStyle(false);
const golden = (name: string) => `../golden/cli/${name}`;

/** Control characters that a terminal obeys, and characters that reorder a line. Line feeds are the program's own. */
const dangerous = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe('golden texts', () => {
  test('an error', async () => {
    await expect(formatError(failure, plain, false)).toMatchFileSnapshot(golden('error.txt'));
    await expect(formatError(failure, createStyle(true), true)).toMatchFileSnapshot(golden('error-verbose-color.txt'));
  });
  test('an internal error', async () => {
    await expect(formatError(new TypeError('x is not a function'), plain, false)).toMatchFileSnapshot(golden('error-internal.txt'));
  });
  test('results', async () => {
    await expect(formatMirrors(mirrors, plain)).toMatchFileSnapshot(golden('mirrors.txt'));
    await expect(formatDiagnosis(diagnosis, plain)).toMatchFileSnapshot(golden('doctor.txt'));
    expect(formatVersions(versionList)).toBe('1.0.4\n1.0.5\n2.0.0-RC1\n');
    expect(formatArtifactSummary(artifact)).toBe(
      'hiccup:hiccup:jar:1.0.5 from clojars (https://mirror.example.org/clojars/), verified: origin [origin:sha1, transport:sha1]',
    );
    expect(formatArtifactSummary(localArtifact)).toBe('hiccup:hiccup:jar:1.0.5 from the local repository, verified: local [local]');
  });
  test('events', async () => {
    const path = 'g/a/1/a-1.jar';
    const events: ClientEvent[] = [
      { type: 'attempt-started', path, repository: 'clojars', mirror: 'https://one/', hedge: false },
      { type: 'attempt-started', path, repository: 'clojars', mirror: 'https://two/', hedge: true },
      {
        type: 'attempt-ended',
        path,
        repository: 'clojars',
        mirror: 'https://two/',
        outcome: 'checksum-mismatch',
        status: 200,
        ms: 31.4,
        detail: 'expected sha1 a, got b',
      },
      { type: 'failed-over', path, repository: 'clojars', from: 'https://two/', to: 'https://three/', outcome: 'checksum-mismatch' },
      { type: 'attempt-ended', path, repository: 'clojars', mirror: 'https://four/', outcome: 'not-found', status: 404, ms: 9 },
      { type: 'attempt-ended', path, repository: 'clojars', mirror: 'https://three/', outcome: 'ok', status: 200, ms: 12 },
      { type: 'attempt-ended', path, repository: 'clojars', mirror: 'https://one/', outcome: 'aborted', status: null, ms: 300 },
      { type: 'bytes', path, mirror: 'https://three/', received: 1, total: 2 },
      { type: 'verified', path, level: 'origin', proofs: ['origin:sha1', 'transport:sha1'] },
      { type: 'placed', path, file: '/r/g/a/1/a-1.jar', size: 12 },
      { type: 'circuit-opened', origin: 'https://one', reason: 'timeout', untilMs: 1_767_225_600_000 },
      { type: 'warning', warning: 'metadata-rollback', message: 'the metadata went back' },
    ];
    const text = events.flatMap((event) => formatEvent(event, plain) ?? []).join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot(golden('events.txt'));
  });
});

describe('control characters sent by a server never reach the terminal in', () => {
  const hostile = fc.oneof(
    fc.string({ unit: codePoint, maxLength: 40 }),
    fc
      .array(fc.constantFrom('\u001b[2J', '\u001b]0;x\u0007', '\r', '\n', '\b', '\u009b31m', '\u202e', '\u2066', 'a', '\u007f', '\0'), {
        maxLength: 12,
      })
      .map((parts) => parts.join('')),
  );
  /** The program's own line feeds are counted by rendering harmless text; a hostile text must not add one. */
  const lines = (text: string) => text.split('\n').length;

  test('errors', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (message, mirror, detail) => {
        const make = (a: string, b: string, c: string) =>
          formatError(
            new ClojarsFetchError('ERR_CHECKSUM', {
              reason: a,
              message: a,
              hint: a,
              coordinate: a,
              cause: new Error(c),
              attempts: [{ mirror: b, outcome: 'status', status: 500, ms: 1, detail: c, path: b }],
            }),
            plain,
            true,
          );
        const text = make(message, mirror, detail);
        expect(text).not.toMatch(dangerous);
        expect(lines(text)).toBe(lines(make('x', 'x', 'x')));
      }),
    );
  });
  test('events', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const events: ClientEvent[] = [
          { type: 'attempt-started', path: text, repository: text, mirror: text, hedge: true },
          { type: 'attempt-ended', path: text, repository: text, mirror: text, outcome: 'status', status: 500, ms: 1, detail: text },
          { type: 'failed-over', path: text, repository: text, from: text, to: text, outcome: 'slow' },
          { type: 'verified', path: text, level: 'origin', proofs: [text] },
          { type: 'placed', path: text, file: text, size: 1 },
          { type: 'circuit-opened', origin: text, reason: 'reset', untilMs: 0 },
          { type: 'warning', warning: text, message: text, path: text },
        ];
        for (const event of events) {
          const line = formatEvent(event, plain) ?? '';
          expect(line).not.toMatch(dangerous);
          expect(line).not.toContain('\n');
        }
      }),
    );
  });
  test('results and progress', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const list = { ...versionList, versions: [text] };
        expect(formatVersions(list)).not.toMatch(dangerous);
        expect(lines(formatVersions(list))).toBe(2);
        const summary = formatArtifactSummary({ ...artifact, coordinate: text, mirror: text, version: text });
        expect(summary).not.toMatch(dangerous);
        const [mirror] = mirrors;
        if (mirror !== undefined)
          expect(formatMirrors([{ ...mirror, repository: text, url: text, openUntil: text }], plain)).not.toMatch(dangerous);
        const check = { name: text, status: 'warn' as const, detail: text, hint: text };
        expect(formatDiagnosis({ ...diagnosis, sources: [{ key: text, value: text, from: text }], checks: [check] }, plain)).not.toMatch(
          dangerous,
        );
        expect(formatProgress(new Map([[text, { received: 1, total: 2 }]]), 80)).not.toMatch(dangerous);
      }),
    );
  });
});

describe('colour', () => {
  test.each([
    ['auto', true, {}, true],
    ['auto', false, {}, false],
    ['auto', true, { NO_COLOR: '1' }, false],
    ['auto', true, { NO_COLOR: '' }, true],
    ['auto', true, { TERM: 'dumb' }, false],
    ['always', false, { NO_COLOR: '1' }, true],
    ['never', true, {}, false],
  ] as const)('%s, terminal %s, %j: %s', (when, terminal, environment, expected) => {
    expect(wantsColor(when, terminal, environment)).toBe(expected);
  });
});

describe('progress', () => {
  test('is one line, never wider than the terminal, and wiped before other text', () => {
    const written: string[] = [];
    let clock = 0;
    const progress = createProgress({ write: (text) => written.push(text), columns: 30 }, () => clock);
    progress.update({ type: 'bytes', path: 'g/a/1/a-1.jar', mirror: 'm', received: 1024, total: 4096 });
    clock = 10;
    progress.update({ type: 'bytes', path: 'g/a/1/a-1.jar', mirror: 'm', received: 2048, total: 4096 });
    clock = 200;
    progress.update({ type: 'bytes', path: 'g/a/1/a-1.jar', mirror: 'm', received: 4096, total: 4096 });
    progress.clear();
    progress.clear();
    expect(written).toEqual(['\r\u001b[2Ka-1.jar  1.0 KiB of 4.0 KiB (', '\r\u001b[2Ka-1.jar  4.0 KiB of 4.0 KiB (', '\r\u001b[2K']);
  });
  test('formatProgress', () => {
    expect(
      formatProgress(
        new Map([
          ['x/y.jar', { received: 10, total: null }],
          ['z', { received: 0, total: 0 }],
        ]),
        80,
      ),
    ).toBe('y.jar  10 B, 1 more');
    expect(formatProgress(new Map(), 80)).toBe('');
  });
  test('formatBytes', () => {
    expect([0, 1023, 1024, 1536, 1_048_576, 2 ** 40, 2 ** 60].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '1.0 MiB',
      '1.0 TiB',
      '1048576.0 TiB',
    ]);
  });
});
