/** Signed audits for tests: a note and its list, as `signAudit` writes them. */
import { createHash } from 'node:crypto';

import { type AuditStatement, formatStatement } from '../../src/proof/note/audit-statement.js';
import { formatDigestLine } from '../../src/proof/note/digest-line.js';
import { formatKeys, type NoteSigner, parseSignerKey } from '../../src/proof/note/note-key.js';
import { signNote } from '../../src/proof/note/signed-note.js';

export interface Auditor {
  readonly signer: NoteSigner;
  /** The key for `trust.audits`. */
  readonly key: string;
}

/** An auditor with a key of its own for each number. */
export function auditor(number = 1): Auditor {
  const { signerKey, verifierKey } = formatKeys(`audits${number}.example`, Buffer.alloc(32, number));
  const signer = parseSignerKey(signerKey);
  if (signer === null) throw new Error('a key that was just written cannot be read');
  return { signer, key: verifierKey };
}

export interface AuditFacts extends Partial<Omit<AuditStatement, 'list'>> {
  readonly repository: string;
  readonly untilMs: number;
  /** The verified files: their bytes by repository path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The list of these files. */
export function listOf(files: ReadonlyMap<string, Uint8Array>): Buffer {
  const lines = [...files].map(([path, bytes]) => ({ path, sha256: createHash('sha256').update(bytes).digest('hex') }));
  return Buffer.from(
    lines
      .sort((a, b) => (a.path < b.path ? -1 : 1))
      .map((line) => `${formatDigestLine(line)}\n`)
      .join(''),
  );
}

/** The files of a signed audit, by name: `audit.note` and `audit.sha256`. */
export function signedAudit({ signer }: Auditor, { files, ...facts }: AuditFacts, list = listOf(files)): Map<string, Buffer> {
  const text = formatStatement({
    vantage: 'test',
    fromMs: facts.untilMs - 60_000,
    plan: 'ab'.repeat(32),
    counts: { files: files.size },
    places: [],
    ...facts,
    list: { sha256: createHash('sha256').update(list).digest('hex'), name: 'audit.sha256' },
  });
  return new Map([
    ['audit.note', Buffer.from(signNote(text, signer))],
    ['audit.sha256', list],
  ]);
}
