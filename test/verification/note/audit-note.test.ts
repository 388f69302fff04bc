import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type AuditStatement, formatStatement, parseStatement } from '../../../src/proof/note/audit-statement.js';
import { openAudit } from '../../../src/proof/note/audit-verdict.js';
import { formatDigestLine, isListedPath, parseDigestLine } from '../../../src/proof/note/digest-line.js';
import { formatKeys, parseSignerKey, parseVerifierKey } from '../../../src/proof/note/note-key.js';
import { signNote } from '../../../src/proof/note/signed-note.js';

const untilMs = Date.parse('2026-11-28T06:00:00Z');
const statement: AuditStatement = {
  repository: 'https://repo.example.org/maven/',
  vantage: 'a machine in Vienna',
  fromMs: untilMs - 3_600_000,
  untilMs,
  plan: 'a1'.repeat(32),
  counts: { files: 3, lie: 1, gap: 0 },
  places: [{ url: 'https://mirror.example.net/maven/', counts: { lie: 1, gap: 0, lag: 0, unknown: 0 } }],
  list: { sha256: 'b2'.repeat(32), name: 'audit.sha256' },
};
const text = formatStatement(statement);

const keys = formatKeys('audits.example', Buffer.alloc(32, 3));
const signer = parseSignerKey(keys.signerKey);
const verifier = parseVerifierKey(keys.verifierKey);
if (signer === null || verifier === null) throw new Error('a key that was just written cannot be read');
const dayMs = 86_400_000;
const judge = (note: string, nowMs: number): string => {
  const verdict = openAudit(Buffer.from(note), { verifier, nowMs, maxAgeMs: 7 * dayMs });
  return verdict.ok ? 'counts' : verdict.problem;
};

describe('the statement of an audit', () => {
  it('has one line for each fact', () => {
    expect(text).toBe(
      `clojars-fetch.audit/v1
repository https://repo.example.org/maven/
vantage a machine in Vienna
from 2026-11-28T05:00:00.000Z
until 2026-11-28T06:00:00.000Z
plan ${'a1'.repeat(32)}
counts files=3 lie=1 gap=0
place https://mirror.example.net/maven/ lie=1 gap=0 lag=0 unknown=0
list ${'b2'.repeat(32)} audit.sha256
`,
    );
    expect(parseStatement(text)).toEqual(statement);
  });

  it('is refused if a line is missing, doubled, or in another place', () => {
    const lines = text.trimEnd().split('\n');
    const isRead = (changed: readonly string[]): boolean => parseStatement(`${changed.join('\n')}\n`) !== null;
    for (const [index, line] of lines.entries()) {
      const isPlace = line.startsWith('place ');
      expect(isRead(lines.filter((_, at) => at !== index)), `without ${line}`).toBe(isPlace);
      expect(isRead([...lines.slice(0, index), line, ...lines.slice(index)]), `twice ${line}`).toBe(isPlace);
      const next = lines[index + 1];
      if (next !== undefined)
        expect(isRead([...lines.slice(0, index), next, line, ...lines.slice(index + 2)]), `after ${line}`).toBe(false);
    }
    expect(isRead([...lines, 'more'])).toBe(false);
    expect(parseStatement(text.trimEnd())).toBeNull();
    expect(parseStatement('')).toBeNull();
  });

  it.each([
    ['another version', text.replace('/v1', '/v2')],
    ['a repository that is not a URL', text.replace('repository https:', 'repository ')],
    ['a time without a zone', text.replace('06:00:00.000Z', '06:00:00.000')],
    ['a day that does not exist', text.replace('2026-11-28T06', '2026-02-30T06')],
    ['an end before its beginning', text.replace('from 2026-11-28T05', 'from 2026-11-28T07')],
    ['a plan in capitals', text.replace('a1a1', 'A1A1')],
    ['a count twice', text.replace('gap=0\nplace', 'lie=0\nplace')],
    ['a negative count', text.replace('files=3', 'files=-3')],
    ['a list in another folder', text.replace(' audit.sha256', ' ../audit.sha256')],
    ['a hidden list', text.replace(' audit.sha256', ' .audit')],
    ['a list at another host', text.replace(' audit.sha256', ' //evil.example/x')],
  ])('is refused with %s', (_, changed) => {
    expect(changed).not.toBe(text);
    expect(parseStatement(changed)).toBeNull();
  });

  it('is not written with a value that does not fit into its line', () => {
    expect(() => formatStatement({ ...statement, vantage: 'two\nlines' })).toThrow(TypeError);
    expect(() => formatStatement({ ...statement, repository: 'https://a b/' })).toThrow(TypeError);
    expect(() => formatStatement({ ...statement, list: { ...statement.list, name: 'a/b' } })).toThrow(TypeError);
  });
});

describe('openAudit', () => {
  const note = signNote(text, signer);

  it('accepts an audit of the last days, and one that ends a moment ahead of this clock', () => {
    expect(judge(note, untilMs)).toBe('counts');
    expect(judge(note, untilMs + 7 * dayMs)).toBe('counts');
    expect(judge(note, untilMs - 300_000)).toBe('counts');
  });

  it('refuses an expired one, one of the future, and one that another key signed', () => {
    expect(judge(note, untilMs + 7 * dayMs + 1)).toBe('it has expired: it ended 2026-11-28T06:00:00.000Z');
    expect(judge(note, untilMs - 300_001)).toBe('it ends in the future, 2026-11-28T06:00:00.000Z');
    const other = parseSignerKey(formatKeys('audits.example', Buffer.alloc(32, 4)).signerKey);
    expect(other && judge(signNote(text, other), untilMs)).toMatch(/^the key audits\.example\+[0-9a-f]{8} has not signed it$/);
  });

  it('refuses what the key signed for another purpose', () => {
    expect(judge(signNote('go.sum database tree\n5\n', signer), untilMs)).toBe('it is signed, but it is not an audit');
  });
});

describe('lines of the list', () => {
  it('are written as sha256sum writes them, and read again', () => {
    const path = fc.string({ maxLength: 60 }).map((some) => Buffer.from(some, 'utf8').toString('latin1'));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), path.filter(isListedPath), (bytes, listed) => {
        const line = { sha256: Buffer.from(bytes).toString('hex'), path: listed };
        expect(parseDigestLine(formatDigestLine(line))).toEqual(line);
      }),
    );
  });

  it.each([
    '',
    'x',
    `${'a'.repeat(64)} *path`,
    `${'a'.repeat(64)}  `,
    `${'A'.repeat(64)}  path`,
    `\\${'a'.repeat(64)}  pa\\nth`,
    `${'a'.repeat(64)}  a\tb`,
  ])('are refused as %j', (line) => {
    expect(parseDigestLine(line)).toBeNull();
  });
});
