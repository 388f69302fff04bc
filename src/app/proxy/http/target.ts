/**
 * Reads the target of a request: which repository, which file, and what kind of file. A path is decoded once, strictly; whatever is not a
 * path of Maven's layout, or one of a few documents, is refused here, so that no mirror is asked for it.
 */
import { escapeForDisplay } from '../../../base/escape.js';
import { nearestWord } from '../../../base/nearest-word.js';
import type { ArtifactCoordinate } from '../../../maven/coordinate/coordinate.js';
import { isDocument } from '../../../maven/coordinate/document-path.js';
import { parseMetadataPath } from '../../../maven/coordinate/metadata-path.js';
import { parseArtifactPath } from '../../../maven/coordinate/path.js';
import { maxPathLength } from '../../../maven/coordinate/validate.js';
import { classifyVersion } from '../../../maven/version/request.js';
import type { Problem } from './problem.js';
import { remember } from './remember.js';

export type ChecksumName = 'sha1' | 'md5' | 'sha256' | 'sha512';

/** The kinds of files that a repository has. */
export type FileKind =
  | { readonly kind: 'artifact'; readonly coordinate: ArtifactCoordinate }
  /** Metadata of an artifact, of a snapshot version, or of a group of plugins. */
  | { readonly kind: 'metadata' }
  /** A file of the repository itself. */
  | { readonly kind: 'document' };

export type ServiceName = 'health' | 'metrics' | 'status';

export type Target =
  | { readonly kind: 'service'; readonly name: ServiceName }
  /** `/`: the repositories. */
  | { readonly kind: 'root' }
  /** `path` has no slash at its end; the empty string is the top of the repository. */
  | { readonly kind: 'folder'; readonly repository: string; readonly path: string }
  /** With `checksum`, `path` and `file` are those of the file whose checksum is asked for. */
  | {
      readonly kind: 'file';
      readonly repository: string;
      readonly path: string;
      readonly file: FileKind;
      readonly checksum: ChecksumName | null;
    }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Room for the longest path, for a checksum suffix, and for a path that is percent-encoded throughout. */
const maxTargetLength = 3 * (maxPathLength + 256);

/** Returns {@link parseTarget} for these repositories, with a memory for the targets of hot files. */
export function targetParser(repositories: readonly string[]): (target: string) => Target {
  const parse = remember(2_000, (target: string) => parseTarget(target, repositories));
  return (target) => (target.length > maxRemembered ? parseTarget(target, repositories) : parse(target));
}

/** Longer than the target of any hot file: no client can fill the memory with longer ones. */
const maxRemembered = 400;

/**
 * Reads a request target in origin form (`/clojars/org/…`). A query is ignored. Never throws.
 *
 * @param repositories the names that may come first in a path
 */
export function parseTarget(target: string, repositories: readonly string[]): Target {
  if (target.length > maxTargetLength) return tooLong();
  const question = target.indexOf('?');
  const raw = question < 0 ? target : target.slice(0, question);
  if (!raw.startsWith('/')) return unsafe('the path does not start with a slash');
  if (raw === '/') return { kind: 'root' };
  const segments = decodeSegments(raw.slice(1));
  if (typeof segments === 'string') return unsafe(segments);
  const [first = '', ...rest] = segments;
  if (first === '-') return service(rest);
  if (!repositories.includes(first)) return unknownRepository(first, repositories);
  return beneath(first, rest);
}

/** Decodes each segment once. Returns what is wrong as text. An empty segment is allowed only at the end. */
function decodeSegments(raw: string): readonly string[] | string {
  if (/[^\x21-\x7e]/.test(raw)) return 'the path has a character that must be percent-encoded';
  const problem = raw.includes('%') ? null : problemIn(raw);
  if (problem !== null) return problem;
  const segments: string[] = [];
  const parts = raw.split('/');
  for (const [index, part] of parts.entries()) {
    const segment = part.includes('%') ? decode(part) : part;
    if (segment === null) return 'the path is not valid percent-encoded UTF-8';
    if (segment === '' && index < parts.length - 1) return 'the path has two slashes in a row';
    if (segment === '.' || segment === '..') return 'the path has a segment of dots alone';
    if (segment.includes('/')) return 'the path has an encoded slash';
    const wrong = segment === part ? null : problemIn(segment);
    if (wrong !== null) return wrong;
    segments.push(segment);
  }
  return segments;
}

/** Finds characters that no file of a repository has in its name, and that some program takes for something else. */
function problemIn(text: string): string | null {
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return 'the path has a control character';
  if (text.includes('\\')) return 'the path has a backslash';
  if (text.includes('%')) return 'the path is encoded twice';
  if (/[;#]/.test(text)) return 'the path has a parameter or a fragment';
  return null;
}

/** Decodes percent-encoding; null unless the bytes are valid, shortest-form UTF-8. */
function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

function service(rest: readonly string[]): Target {
  const [name] = rest;
  if (rest.length === 1 && (name === 'health' || name === 'metrics' || name === 'status')) return { kind: 'service', name };
  return refused({
    status: 404,
    code: 'ERR_NOT_FOUND',
    reason: 'not-maven',
    detail: 'there is no such page of the proxy',
    hint: 'The proxy has /-/health, /-/metrics and /-/status.',
  });
}

function beneath(repository: string, segments: readonly string[]): Target {
  if (segments.length === 0 || segments.at(-1) === '') {
    const path = segments.slice(0, -1).join('/');
    return path.length > maxPathLength ? tooLong() : { kind: 'folder', repository, path };
  }
  const full = segments.join('/');
  if (full.length > maxPathLength + 16) return tooLong();
  const checksum = checksumOf(full);
  const path = checksum === null ? full : full.slice(0, -checksum.length - 1);
  const file = fileKind(path);
  return file === null ? notMaven(path) : { kind: 'file', repository, path, file, checksum };
}

function checksumOf(path: string): ChecksumName | null {
  if (path.endsWith('.sha1')) return 'sha1';
  if (path.endsWith('.md5')) return 'md5';
  if (path.endsWith('.sha256')) return 'sha256';
  return path.endsWith('.sha512') ? 'sha512' : null;
}

function fileKind(path: string): FileKind | null {
  if (path.endsWith('/maven-metadata.xml')) return parseMetadataPath(path) === null ? null : { kind: 'metadata' };
  if (isDocument(path)) return { kind: 'document' };
  const coordinate = path.length > maxRemembered ? parseArtifactPath(path) : artifactOf(path);
  // No repository has the checksum of a checksum, or the signature of one.
  if (coordinate === null || /(?:^|\.)(?:md5|sha1|sha256|sha512)(?:\.|$)/.test(coordinate.extension)) return null;
  return { kind: 'artifact', coordinate };
}

/** Tools ask for a file, and then for its checksum. */
const artifactOf = remember(1_000, parseArtifactPath);

function unknownRepository(name: string, repositories: readonly string[]): Target {
  const nearest = nearestWord(name, repositories);
  const known = repositories.map((repository) => `/${repository}/`).join(', ');
  return refused({
    status: 404,
    code: 'ERR_NOT_FOUND',
    reason: 'unknown-repository',
    detail: `there is no repository ${escapeForDisplay(name, 80) || '(empty)'}; the repositories are ${known}`,
    hint: nearest === undefined ? `A path starts with one of ${known}.` : `Did you mean /${nearest}/?`,
    repositories: { names: repositories, nearest },
  });
}

function notMaven(path: string): Target {
  const [file = '', version = '', artifact = ''] = path.split('/').reverse();
  if (artifact !== '' && file.startsWith(`${artifact}-`) && isOpen(version)) {
    return refused({
      status: 404,
      code: 'ERR_NOT_FOUND',
      reason: 'version',
      detail: `${escapeForDisplay(path)}: the path needs an exact version, not ${escapeForDisplay(version, 80)}`,
      hint: 'A build tool reads maven-metadata.xml to find the version, and then asks for that.',
    });
  }
  return refused({
    status: 404,
    code: 'ERR_NOT_FOUND',
    reason: 'not-maven',
    detail: `${escapeForDisplay(path)}: not a path of a Maven repository, so no mirror was asked`,
    hint: 'Paths are group/artifact/version/artifact-version.extension. A listing ends in a slash.',
  });
}

/** Whether the version is one that only metadata can decide. */
function isOpen(version: string): boolean {
  const kind = classifyVersion(version);
  return kind !== 'exact' && kind !== 'snapshot';
}

function unsafe(detail: string): Target {
  return refused({ status: 400, code: 'ERR_COORDINATE', reason: 'unsafe-path', detail });
}

function tooLong(): Target {
  const detail = `the path is longer than any path of a repository (${maxPathLength} characters)`;
  return refused({ status: 414, code: 'ERR_COORDINATE', reason: 'too-long', detail });
}

function refused(problem: Problem): Target {
  return { kind: 'refused', problem };
}
