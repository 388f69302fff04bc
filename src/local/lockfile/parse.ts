/**
 * Reads a lockfile strictly: an unknown line is refused, never skipped. A line that is missing, changed or added, by hand,
 * by a merge or by an attacker, must not go unnoticed.
 *
 * The order of lines has no meaning (a union merge may change it). Two lines about the same subject are refused, because
 * the reader would have to choose.
 */
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { parseArtifactPath } from '../../maven/coordinate/path.js';
import { validateCoordinate } from '../../maven/coordinate/validate.js';
import { classifyVersion } from '../../maven/version/request.js';
import { markSelector, unmarkSelector } from '../../maven/version/selector.js';
import { type Level, levels } from '../../proof/level.js';
import { parseField } from './field.js';
import { firstLine, formerFirstLine } from './format.js';
import { createLockfile, type LockedFile, type LockedRange, type LockedVersion, type Lockfile, versionKey } from './lockfile.js';

/** A lockfile of 100,000 files has about 20 MB. */
export const lockfileMaxBytes = 64 * 1024 * 1024;
const maxLineLength = 8192;

const lockAgain = 'Get the file from version control; or delete it, run `clojars-fetch lock`, and look at what changes.';
const conflictHint =
  'Take one side whole (`git checkout --ours` or `--theirs` with the file), then run `clojars-fetch lock`: it keeps what that side pins, and adds what is missing.';

/** A fault in one line. Thrown without the file and the line, which only {@link parseLockfile} knows. */
class Fault extends Error {
  constructor(
    readonly what: string,
    readonly hint: string = lockAgain,
  ) {
    super(what);
  }
}

/**
 * @param source name of the file, for messages
 * @throws ClojarsFetchError ERR_LOCKFILE, reason `malformed`: names the file, the line, what is wrong, and what to do
 */
export function parseLockfile(text: string, source: string): Lockfile {
  const refuse = (line: number, { what, hint }: Fault): ClojarsFetchError =>
    new ClojarsFetchError('ERR_LOCKFILE', { reason: 'malformed', path: source, message: `${source}, line ${line}: ${what}`, hint });
  if (text.length > lockfileMaxBytes) throw refuse(1, new Fault(`the file is larger than ${lockfileMaxBytes} bytes`));
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const conflict = lines.findIndex((line) => /^(?:<{7}|\|{7}|={7}|>{7})(?: |$)/.test(line));
  if (conflict !== -1) throw refuse(conflict + 1, new Fault('a merge left a conflict here', conflictHint));
  const isFormer = lines[0] === formerFirstLine;
  if (lines[0] !== firstLine && !isFormer) throw refuse(1, headFault(lines[0] ?? ''));
  if (lines.at(-1) !== '') throw refuse(lines.length, new Fault('the file ends within a line: it was cut off', lockAgain));

  const entries = new EntryReader(isFormer);
  for (let index = 1; index < lines.length - 1; index++) {
    const line = lines[index] ?? '';
    if (line === '' || line.startsWith('#')) continue;
    try {
      entries.read(line, index + 1);
    } catch (fault) {
      if (fault instanceof Fault) throw refuse(index + 1, fault);
      throw fault;
    }
  }
  return entries.lockfile();
}

/** Collects the entries of a lockfile, and refuses a second entry about the same subject. */
class EntryReader {
  readonly #isFormer: boolean;
  readonly #graphs: string[] = [];
  readonly #roots: string[] = [];
  readonly #versions: LockedVersion[] = [];
  readonly #ranges: LockedRange[] = [];
  readonly #absent: string[] = [];
  readonly #files: LockedFile[] = [];
  /** Maps the subject of an entry to its first line. */
  readonly #seen = new Map<string, { readonly number: number; readonly line: string }>();

  constructor(isFormer: boolean) {
    this.#isFormer = isFormer;
  }

  read(line: string, number: number): void {
    if (line.length > maxLineLength) throw new Fault(`longer than ${maxLineLength} characters`);
    const [kind = '', ...fields] = line.split(' ');
    const subject = this.#add(kind, fields);
    const before = this.#seen.get(subject);
    if (before !== undefined)
      throw new Fault(
        before.line === line ? `the same as line ${before.number}` : `contradicts line ${before.number}, which is about the same`,
        'Leave only the right one of the two; `clojars-fetch lock --check` says whether it is.',
      );
    this.#seen.set(subject, { number, line });
  }

  lockfile(): Lockfile {
    return createLockfile({
      graphs: this.#graphs,
      roots: this.#roots,
      versions: this.#versions,
      ranges: this.#ranges,
      absent: this.#absent,
      files: this.#files,
    });
  }

  /** Adds an entry and returns its subject. */
  #add(kind: string, fields: readonly string[]): string {
    switch (kind) {
      case 'graph': {
        const digest = sha256Of(exactly(fields, 1)[0] ?? '');
        this.#graphs.push(digest);
        return `graph ${digest}`;
      }
      case 'root': {
        const root = textOf(exactly(fields, 1)[0] ?? '');
        this.#roots.push(root);
        return `root ${root}`;
      }
      case 'version': {
        const version = versionOf(exactly(fields, 3));
        this.#versions.push(version);
        return `version ${versionKey(version.requested)}`;
      }
      case 'range': {
        const range = rangeOf(exactly(fields, 2));
        this.#ranges.push(range);
        return `range ${range.group}:${range.artifact}:${range.version}`;
      }
      case 'absent': {
        const path = pathOf(exactly(fields, 1)[0] ?? '');
        this.#absent.push(path);
        // The same subject as an entry of the file itself: a file cannot be both present and absent.
        return `file ${path}`;
      }
      case 'file': {
        const file = fileOf(this.#isFormer ? formerFields(exactly(fields, 6)) : exactly(fields, hasSigner(fields) ? 7 : 6));
        this.#files.push(file);
        return `file ${file.path}`;
      }
      default:
        throw new Fault(`${show(kind)} is not a kind of entry; the kinds are graph, root, version, range, absent and file`);
    }
  }
}

function hasSigner(fields: readonly string[]): boolean {
  return fields[5] === 'signed' || fields[5] === 'seen';
}

function headFault(line: string): Fault {
  if (/^clojars-fetch-lock \d+$/.test(line))
    return new Fault(
      `${show(line)} is a newer lockfile format than this version of clojars-fetch reads`,
      'Use the version that wrote it, or a newer one.',
    );
  return new Fault(
    `a lockfile begins with '${firstLine}', not with ${show(line)}`,
    'Name the lockfile with --lockfile FILE; `clojars-fetch lock` writes one.',
  );
}

function exactly(fields: readonly string[], count: number): readonly string[] {
  if (fields.length !== count || fields.includes(''))
    throw new Fault(`${fields.filter((field) => field !== '').length} fields, separated by one space each, where ${count} belong`);
  return fields;
}

function textOf(field: string): string {
  const text = parseField(field);
  if (typeof text !== 'string') throw new Fault(`${show(field)} is not a text as lockfiles write it`);
  return text;
}

function sha256Of(field: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(field)?.[1];
  if (hex === undefined) throw new Fault(`${show(field)} is not 'sha256:' and 64 hexadecimal digits in lower case`);
  return hex;
}

function pathOf(field: string): string {
  const path = textOf(field);
  if (parseArtifactPath(path) === null) throw new Fault(`${show(path)} is not the path of an artifact in a repository`);
  return path;
}

/** Converts the fields of the former format, in which every signer counted, to today's. */
function formerFields(fields: readonly string[]): readonly string[] {
  const signer = fields[5] ?? '';
  return signer === '-' ? fields : [...fields.slice(0, 5), 'signed', signer];
}

function signerOf(kind: string, key: string): Pick<LockedFile, 'signer' | 'seenSigner'> {
  if (kind === '-') return { signer: null, seenSigner: null };
  if (kind !== 'signed' && kind !== 'seen')
    throw new Fault(`${show(kind)} is not a kind of signer; the kinds are 'signed', 'seen' and '-'`);
  const isFingerprint = /^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(key);
  if (kind === 'signed' && isFingerprint) return { signer: key, seenSigner: null };
  if (kind === 'seen' && (isFingerprint || /^[0-9A-F]{16}$/.test(key))) return { signer: null, seenSigner: key };
  throw new Fault(`${show(key)} is not the fingerprint of a key: 40 or 64 hexadecimal digits in upper case`);
}

function fileOf([path = '', sha256 = '', size = '', repository = '', level = '', by = '', key = '']: readonly string[]): LockedFile {
  if (!/^(?:0|[1-9]\d{0,14})$/.test(size)) throw new Fault(`${show(size)} is not a size in bytes`);
  const id = parseField(repository);
  if (id === undefined || (id !== null && !/^[^\u0000- \u007f/\\]{1,128}$/.test(id)))
    throw new Fault(`${show(repository)} is not the id of a repository`);
  return {
    path: pathOf(path),
    sha256: sha256Of(sha256),
    size: Number(size),
    repository: id,
    level: levelOf(level),
    ...signerOf(by, key),
  };
}

function levelOf(field: string): Level {
  const level = levels.find((one) => one === field);
  if (level === undefined) throw new Fault(`${show(field)} is not a level of proof; the levels are ${levels.join(', ')}`);
  return level;
}

function rangeOf([name = '', version = '']: readonly string[]): LockedRange {
  const { group, artifact, version: exact } = coordinateOf(name, textOf(version), 2);
  if (!namesFile(exact)) throw new Fault(`${show(exact)} is not one version`);
  return { group, artifact, version: exact };
}

function versionOf([name = '', wanted = '', chosen = '']: readonly string[]): LockedVersion {
  // A plain version such as `~1` needs no choice, so the text that reads as a selector is one.
  const requested = coordinateOf(name, markSelector(textOf(wanted)), 4);
  if (classifyVersion(requested.version) === 'exact')
    throw new Fault(`${show(requested.version)} is one version already: nothing was chosen`);
  const found = coordinateOf(name, textOf(chosen), 4);
  if (!namesFile(found.version)) throw new Fault(`${show(found.version)} is not one version`);
  return { requested: { ...requested, version: unmarkSelector(requested.version) }, chosen: found.version };
}

function namesFile(version: string): boolean {
  const kind = classifyVersion(version);
  return kind === 'exact' || kind === 'snapshot';
}

/** @param most maximum number of parts of the name: `group:artifact[:extension[:classifier]]` */
function coordinateOf(name: string, version: string, most: number): ArtifactCoordinate {
  const parts = name.split(':');
  const [group = '', artifact = '', extension = 'jar', classifier = ''] = parts;
  const isCanonical =
    parts.length >= 2 && parts.length <= most && !(parts.length === 3 && extension === 'jar') && !(parts.length === 4 && classifier === '');
  if (!isCanonical) throw new Fault(`${show(name)} is not the name of an artifact`);
  try {
    return validateCoordinate({ group, artifact, extension, classifier, version });
  } catch (error) {
    if (isClojarsFetchError(error)) throw new Fault(error.message);
    throw error;
  }
}

function show(text: string): string {
  return `'${escapeForDisplay(text, 120)}'`;
}
