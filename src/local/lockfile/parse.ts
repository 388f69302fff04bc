/**
 * Reading a lockfile, strictly: what is not understood is refused, never passed over. A line that is missing, changed or
 * added by hand, by a merge or by an attacker must not go unseen.
 *
 * The order of lines means nothing (a union merge may change it); that a thing is said twice is refused, as somebody
 * would have to choose.
 */
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { parseArtifactPath } from '../../maven/coordinate/path.js';
import { validateCoordinate } from '../../maven/coordinate/validate.js';
import { classifyVersion } from '../../maven/version/request.js';
import { type Level, levels } from '../../proof/level.js';
import { parseField } from './field.js';
import { firstLine, formerFirstLine } from './format.js';
import { createLockfile, type LockedFile, type LockedRange, type LockedVersion, type Lockfile, versionKey } from './lockfile.js';

/** A lockfile of 100,000 files has some 20 MB. */
export const lockfileMaxBytes = 64 * 1024 * 1024;
const maxLineLength = 8192;

const lockAgain = 'Get the file from version control; or delete it, run `clojars-fetch lock`, and look at what changes.';
const conflictHint =
  'Take one side whole (`git checkout --ours` or `--theirs` with the file), then run `clojars-fetch lock`: it keeps what that side pins, and adds what is missing.';

/** Says what is wrong with a line. Thrown inside, so that one place knows file and line. */
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

  const graphs: string[] = [];
  const roots: string[] = [];
  const versions: LockedVersion[] = [];
  const ranges: LockedRange[] = [];
  const absent: string[] = [];
  const files: LockedFile[] = [];
  /** What a line is about, to the line that said it first. */
  const seen = new Map<string, number>();
  for (let index = 1; index < lines.length - 1; index++) {
    const line = lines[index] ?? '';
    if (line === '' || line.startsWith('#')) continue;
    try {
      const key = readLine(line);
      const before = seen.get(key);
      if (before !== undefined)
        throw new Fault(
          lines[before - 1] === line ? `the same as line ${before}` : `contradicts line ${before}, which is about the same`,
          'Leave only the right one of the two; `clojars-fetch lock --check` says whether it is.',
        );
      seen.set(key, index + 1);
    } catch (fault) {
      if (fault instanceof Fault) throw refuse(index + 1, fault);
      throw fault;
    }
  }
  return createLockfile({ graphs, roots, versions, ranges, absent, files });

  /** Reads one entry and gives its key. */
  function readLine(line: string): string {
    if (line.length > maxLineLength) throw new Fault(`longer than ${maxLineLength} characters`);
    const [kind = '', ...fields] = line.split(' ');
    switch (kind) {
      case 'graph': {
        const digest = sha256Of(exactly(fields, 1)[0] ?? '');
        graphs.push(digest);
        return `graph ${digest}`;
      }
      case 'root': {
        const root = textOf(exactly(fields, 1)[0] ?? '');
        roots.push(root);
        return `root ${root}`;
      }
      case 'version': {
        const version = versionOf(exactly(fields, 3));
        versions.push(version);
        return `version ${versionKey(version.requested)}`;
      }
      case 'range': {
        const range = rangeOf(exactly(fields, 2));
        ranges.push(range);
        return `range ${range.group}:${range.artifact}:${range.version}`;
      }
      case 'absent': {
        const path = pathOf(exactly(fields, 1)[0] ?? '');
        absent.push(path);
        // A file that is there and not there is a contradiction, so both have one key.
        return `file ${path}`;
      }
      case 'file': {
        const file = fileOf(
          isFormer ? formerFields(exactly(fields, 6)) : exactly(fields, fields[5] === 'signed' || fields[5] === 'seen' ? 7 : 6),
        );
        files.push(file);
        return `file ${file.path}`;
      }
      default:
        throw new Fault(`${show(kind)} is no kind of entry; there are graph, root, version, range, absent and file`);
    }
  }
}

function headFault(line: string): Fault {
  if (/^clojars-fetch-lock \d+$/.test(line))
    return new Fault(
      `${show(line)} is a later form of lockfile than this version of clojars-fetch reads`,
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

/** A line of the former format in today's fields: there, a signer always counted. */
function formerFields(fields: readonly string[]): readonly string[] {
  const signer = fields[5] ?? '';
  return signer === '-' ? fields : [...fields.slice(0, 5), 'signed', signer];
}

function signerOf(kind: string, key: string): Pick<LockedFile, 'signer' | 'seenSigner'> {
  if (kind === '-') return { signer: null, seenSigner: null };
  if (kind !== 'signed' && kind !== 'seen')
    throw new Fault(`${show(kind)} does not say what the signer counted: it is 'signed', 'seen' or '-'`);
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
  if (level === undefined) throw new Fault(`${show(field)} is no level of proof; there are ${levels.join(', ')}`);
  return level;
}

function rangeOf([name = '', version = '']: readonly string[]): LockedRange {
  const { group, artifact, version: exact } = coordinateOf(name, textOf(version), 2);
  if (!namesFile(exact)) throw new Fault(`${show(exact)} is not one version`);
  return { group, artifact, version: exact };
}

function versionOf([name = '', wanted = '', chosen = '']: readonly string[]): LockedVersion {
  const requested = coordinateOf(name, textOf(wanted), 4);
  if (classifyVersion(requested.version) === 'exact')
    throw new Fault(`${show(requested.version)} is one version already: nothing was chosen`);
  const found = coordinateOf(name, textOf(chosen), 4);
  if (!namesFile(found.version)) throw new Fault(`${show(found.version)} is not one version`);
  return { requested, chosen: found.version };
}

function namesFile(version: string): boolean {
  const kind = classifyVersion(version);
  return kind === 'exact' || kind === 'snapshot';
}

/** @param most parts of the name: `group:artifact[:extension[:classifier]]` */
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
