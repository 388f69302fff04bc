import { expect, test } from 'vitest';

import { ClojarsFetchError } from '../../src/base/error.js';
import { parseArguments } from '../../src/cli/options/parse.js';
import { createOutput } from '../../src/cli/output/output.js';
import { failure } from './samples.js';

function open(argv: string[], terminal = false) {
  const written = { stdout: '', stderr: '' };
  const output = createOutput(parseArguments(argv), {
    stdout: { write: (text) => (written.stdout += text), isTTY: terminal },
    stderr: { write: (text) => (written.stderr += text), isTTY: terminal, columns: 80 },
    environment: { NO_COLOR: '1' },
    signal: new AbortController().signal,
  });
  return { output, written };
}

const warning = { type: 'warning', warning: 'x', message: 'careful' } as const;
const refused = { type: 'attempt-ended', path: 'p', repository: 'r', mirror: 'https://m/', outcome: 'reset', status: null, ms: 1 } as const;
const bytes = { type: 'bytes', path: 'p', mirror: 'https://m/', received: 1, total: 2 } as const;

test('by default: warnings and notes to stderr, and attempts only counted', () => {
  const { output, written } = open([]);
  for (const event of [warning, refused, bytes]) output.onEvent(event);
  output.note('a note');
  output.result('text\n', { a: 1 });
  expect(written).toEqual({ stdout: 'text\n', stderr: 'warning: careful\na note\n' });
  expect(output.failedAttempts()).toBe(1);
});

test('unsigned files are counted, and named by --verbose', () => {
  const unsigned = { type: 'warning', warning: 'signature-missing', message: 'org:lib:1: it is not signed' } as const;
  const strange = { type: 'warning', warning: 'signature-unknown-key', message: 'org:other:1: by a stranger' } as const;
  const { output, written } = open([]);
  for (const event of [unsigned, warning, unsigned, strange]) output.onEvent(event);
  expect(written.stderr).toBe('warning: careful\n');
  expect(output.warnings).toEqual([unsigned.message, 'careful', unsigned.message, strange.message]);
  output.end();
  output.end();
  expect(written.stderr).toBe(
    'warning: careful\nwarning: of the files, 2 are not signed; 1 is signed by keys that are in no keyring (--verbose names them)\n',
  );
  const verbose = open(['--verbose']);
  verbose.output.onEvent(unsigned);
  verbose.output.end();
  expect(verbose.written.stderr).toBe(`warning: ${unsigned.message}\n`);
});

test('--verbose: each event', () => {
  const { output, written } = open(['--verbose']);
  output.onEvent(refused);
  expect(written.stderr).toBe('refused   https://m/p: reset, 1 ms\n');
});

test('--quiet: errors only', () => {
  const { output, written } = open(['--quiet'], true);
  for (const event of [warning, refused, bytes]) output.onEvent(event);
  output.note('a note');
  output.warn('more');
  expect(written.stderr).toBe('');
  expect(output.fail(failure)).toBe(5);
  expect(written.stderr).toMatch(/^error: /);
  expect(written.stdout).toBe('');
});

test('--json: one document on stdout, with the warnings, and no progress on a terminal', () => {
  const { output, written } = open(['--json'], true);
  for (const event of [warning, warning, bytes]) output.onEvent(event);
  expect(output.fail(new ClojarsFetchError('ERR_OFFLINE', { reason: 'absent', message: 'm' }))).toBe(8);
  expect(JSON.parse(written.stdout)).toMatchObject({ schemaVersion: 1, warnings: ['careful'], error: { code: 'ERR_OFFLINE' } });
  expect(written.stderr).toBe('');
});

test('on a terminal the progress line is wiped before other text', () => {
  const { output, written } = open([], true);
  output.onEvent(bytes);
  output.onEvent(warning);
  output.end();
  expect(written.stderr).toBe('\r\u001b[2Kp  1 B of 2 B (50 %)\r\u001b[2Kwarning: careful\n');
});
