/** Judges what the list of a place says of one file. Pure. */
import { classifyKey } from '../../../maven/repository-index/classify-key.js';
import type { Facts, FindingKind } from '../contract.js';
import type { ExpectedFile } from './expected-files.js';
import type { ListedThing } from './list-line.js';

/** Returns the kind of finding; null if all is well. @param isYoung whether the mirror may not have synced since the file came */
export function judgeListed(file: ExpectedFile, found: ListedThing | null, place: number, isYoung: () => boolean): FindingKind | null {
  if (found === null) return judgeMissing(file, place, isYoung);
  return isSame(file.known, found) ? null : judgeDifferent(file, found, place);
}

function judgeMissing({ suffix, line, known }: ExpectedFile, place: number, isYoung: () => boolean): FindingKind | null {
  if (suffix === null) (line.missingAt ??= new Set()).add(place);
  else if (line.missingAt?.has(place) === true) return null;
  if (known.guess === true) return null;
  if (isYoung()) return 'lag';
  if (suffix === null) return 'missing';
  return isSignature(suffix) ? 'signature-missing' : 'sidecar-missing';
}

function judgeDifferent({ suffix, line, known }: ExpectedFile, found: ListedThing, place: number): FindingKind {
  if (suffix === null) (line.differentAt ??= new Set()).add(place);
  // Metadata and snapshots change: by a list alone, another one is an earlier one.
  if (classifyKey(line.entry.path).isMutable) return 'lag';
  if (suffix === null) return 'content-differs';
  if (isSignature(suffix)) return 'signature-differs';
  // The same digest may be written in several ways. A list does not tell what is written.
  if (known.size !== undefined && found.size !== null && known.size !== found.size) return 'unknown';
  return line.differentAt?.has(place) === true ? 'checksum-differs' : 'sidecar-wrong';
}

function isSame({ size, etag, sha256 }: ExpectedFile['known'], found: ListedThing): boolean {
  if (size !== undefined && found.size !== null && size !== found.size) return false;
  if (etag !== undefined && found.md5 !== '' && etag !== found.md5) return false;
  return sha256 === undefined || found.sha256 === '' || sha256 === found.sha256;
}

function isSignature(suffix: string): boolean {
  return suffix === 'asc' || suffix === 'sig';
}

export function expectedFacts({ size, etag, sha256 }: ExpectedFile['known']): Facts {
  return { size: size ?? null, ...(etag === undefined ? {} : { etag }), ...(sha256 === undefined ? {} : { sha256 }) };
}

export function foundFacts(found: ListedThing | null): Facts {
  if (found === null) return {};
  const { size, md5, sha256 } = found;
  return { size, ...(md5 === '' ? {} : { etag: md5 }), ...(sha256 === '' ? {} : { sha256 }) };
}
