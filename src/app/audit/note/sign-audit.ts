/** Signs the result of an audit: writes the list of verified files, and the note that names it. */
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Pace } from '../../../base/async/pace.js';
import { localRepositoryError } from '../../../base/disk/file-error.js';
import { readNamedFile } from '../../../base/disk/named-file.js';
import { replaceFile } from '../../../base/disk/replace-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { parseUrl } from '../../../base/parse-url.js';
import { HashedLineWriter } from '../../../local/sorted-lines/hashed-line-writer.js';
import { toLineText } from '../../../local/sorted-lines/line-text.js';
import { type AuditStatement, formatStatement } from '../../../proof/note/audit-statement.js';
import { formatDigestLine, isListedPath } from '../../../proof/note/digest-line.js';
import { type NoteSigner, parseSignerKey } from '../../../proof/note/note-key.js';
import { signNote } from '../../../proof/note/signed-note.js';
import type { EndLine, ResultHeader } from '../contract.js';
import { ResultReader } from '../result/result-reader.js';
import { type ClassCounts, countsByClass } from '../result/tally.js';

/** Options of {@link signAudit}. */
export interface SignAuditOptions {
  /** The file of the key, as {@link createAuditKey} wrote it. */
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
}

/** A signed audit. Its two files are published side by side. */
export interface SignedAudit {
  /** The note. Absolute. */
  readonly note: string;
  /** The list of verified files, as `sha256sum -c` reads it. Absolute. */
  readonly list: string;
  /** The number of files in the list. */
  readonly files: number;
  /** The key that verifies the note. */
  readonly verifierKey: string;
}

/**
 * Signs the result of a whole audit. For `audit.jsonl`, writes `audit.sha256` and `audit.note` next to it.
 * @param result path of a result
 * @throws {ClojarsFetchError} `ERR_CONFIG`: `bad-part` for a file that is not a whole result, `bad-value` or `unreadable` for the key.
 * `ERR_LOCAL_REPOSITORY` if a file cannot be written
 */
export async function signAudit(result: string, { key, signal }: SignAuditOptions): Promise<SignedAudit> {
  const signer = readSigner(key);
  const file = resolve(result);
  // Of the characters of a file's name, a note allows only these.
  const base = join(
    dirname(file),
    basename(file)
      .replace(/\.jsonl$/, '')
      .replace(/^\.|[^A-Za-z0-9._-]/g, '_')
      .slice(0, 100),
  );
  const note = `${base}.note`;
  const list = `${base}.sha256`;
  const { header, end, files, sha256 } = await writeList(file, list, signal);
  const text = formatStatement(statementOf(header, end, { files, list: { sha256, name: basename(list) } }, file));
  try {
    await replaceFile(note, signNote(text, signer), { mode: 0o644, flush: true });
  } catch (error) {
    throw localRepositoryError(error, note);
  }
  return { note, list, files, verifierKey: signer.verifierKey };
}

/**
 * Returns the key that verifies what the key in a file signs.
 * @throws {ClojarsFetchError} `ERR_CONFIG`: `unreadable`, or `bad-value` if it is not a key
 */
export function readAuditKey(file: string): string {
  return readSigner(file).verifierKey;
}

function readSigner(file: string): NoteSigner {
  const signer = parseSignerKey(readNamedFile(resolve(file), 'the key').toString('utf8').trim());
  if (signer !== null) return signer;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    path: file,
    message: `${file}: not a key that signs notes`,
    hint: "Make one with 'clojars-fetch audit key --name NAME --output FILE'.",
  });
}

interface WrittenList {
  readonly header: ResultHeader;
  readonly end: EndLine;
  readonly files: number;
  readonly sha256: string;
}

/** Copies the digests of a result into a list, apart from paths that cannot stand in one. It gets its name only once the whole result was checked. */
async function writeList(result: string, list: string, signal: AbortSignal | undefined): Promise<WrittenList> {
  const reader = new ResultReader(result);
  try {
    if (reader.header.shard !== null) throw notWhole(result);
    const writer = new HashedLineWriter(list);
    try {
      const pace = new Pace(signal);
      let files = 0;
      for (let line = reader.next(); line !== null; line = reader.next()) {
        const path = toLineText(line.digest?.digest ?? '');
        if (line.digest !== null && isListedPath(path)) {
          writer.write(formatDigestLine({ sha256: line.digest.sha256, path }));
          files += 1;
        }
        await pace.step();
      }
      const end = reader.end();
      const sha256 = writer.sha256();
      writer.commit();
      return { header: reader.header, end, files, sha256 };
    } finally {
      writer.discard();
    }
  } finally {
    reader.close();
  }
}

function notWhole(file: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-part',
    path: file,
    message: `${file}: the result of one part; only a whole audit can be signed`,
    hint: 'Merge the parts, and sign the result.',
  });
}

function statementOf(
  { repository, vantage, from, until, plan }: ResultHeader,
  { origin, places }: EndLine,
  { files, list }: { readonly files: number; readonly list: AuditStatement['list'] },
  file: string,
): AuditStatement {
  const sum = countsByClass([origin, ...places.map(({ counts }) => counts)]);
  return {
    repository: urlOf(repository),
    vantage,
    fromMs: timeOf(from, file),
    untilMs: timeOf(until, file),
    plan,
    counts: { files, ...sum },
    places: places.map(({ url, counts }) => ({ url: urlOf(url), counts: placeCounts(countsByClass([counts])) })),
    list,
  };
}

/** Findings of the class `upstream` are about the origin alone. */
function placeCounts({ lie, gap, lag, extra, unknown }: ClassCounts): Readonly<Record<string, number>> {
  return { lie, gap, lag, extra, unknown };
}

/** A place may be a folder. */
function urlOf(place: string): string {
  return parseUrl(place)?.href ?? pathToFileURL(place).href;
}

function timeOf(iso: string, file: string): number {
  const ms = Date.parse(iso);
  if (!Number.isNaN(ms)) return ms;
  throw new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-part', path: file, message: `${file}: ${iso} is not a time` });
}
