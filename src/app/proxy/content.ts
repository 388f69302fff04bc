/** Describes what can be sent for a target: verified files, metadata, documents, and the checksums of each. */
import { createHash } from 'node:crypto';

import { digestFile } from '../../fetch/digest-file.js';
import type { ApprovedFile } from './files/file-download.js';
import { contentTypeOf } from './http/content-type.js';
import type { CacheStatus, Representation } from './http/file-answer.js';
import { remember } from './http/remember.js';
import type { ChecksumName } from './http/target.js';
import type { Body } from './server/send.js';

/** Something that can be sent as a whole. */
export interface Servable {
  readonly representation: Representation;
  readonly body: Body;
  /** The level of its proof; null for metadata and documents. */
  readonly level: string | null;
}

/** Where a file comes from that was not served at once. */
interface FileOrigin {
  /** The mirror of which it has just come; null if it was in the cache. */
  readonly mirror: string | null;
  /** Whether a mirror has just said that the file in the cache is still right. */
  readonly isConfirmed: boolean;
}

/** Describes a verified file of a repository. @param origin null if it was in the cache, and nothing was asked */
export function servableFile(file: ApprovedFile, origin: FileOrigin | null, nowMs: number): Servable {
  const mirror = origin?.mirror ?? null;
  const cacheStatus = mirror === null ? cachedStatus(file, origin?.isConfirmed) : { kind: 'miss' as const, mirror };
  const { path, size, modifiedMs, lastModifiedMs, confirmedMs, sha256, sha1, md5, level } = file;
  return {
    representation: {
      size,
      lastModifiedMs: lastModifiedMs ?? modifiedMs,
      digests: { sha256, sha1, md5 },
      ...kindOf(path),
      cacheStatus,
      ageSeconds: mirror === null ? (nowMs - confirmedMs) / 1000 : 0,
    },
    body: { kind: 'file', file: file.file, size, modifiedMs },
    level,
  };
}

const hit: CacheStatus = { kind: 'hit' };
const stale: CacheStatus = { kind: 'stale', mirror: null };

const confirmed: CacheStatus = { kind: 'confirmed', mirror: null };

function cachedStatus({ isStale }: ApprovedFile, isConfirmed = false): CacheStatus {
  if (isStale) return stale;
  return isConfirmed ? confirmed : hit;
}

/** Tells from the name of a file what it is, and whether it can change. */
const kindOf = remember(2_000, (path: string): Pick<Representation, 'contentType' | 'lifetime'> => ({
  contentType: contentTypeOf(path),
  lifetime: isMoving(path) ? 'revalidate' : 'immutable',
}));

/** Whether the file of this name is replaced by later builds. */
function isMoving(path: string): boolean {
  return /-SNAPSHOT[.-]/.test(path.slice(path.lastIndexOf('/') + 1));
}

export interface BytesFacts {
  readonly path: string;
  readonly lastModifiedMs: number | null;
  readonly cacheStatus: CacheStatus;
  readonly ageMs: number | null;
}

/** Describes metadata or a small document, with the digests that spare tools the requests for its checksums. */
export function servableBytes(bytes: Uint8Array, facts: BytesFacts): Servable {
  const servable = describeBytes(bytes, facts);
  const { representation } = servable;
  const digests = { ...representation.digests, sha1: hash('sha1', bytes), md5: hash('md5', bytes) };
  return { ...servable, representation: { ...representation, digests } };
}

function describeBytes(bytes: Uint8Array, { path, lastModifiedMs, cacheStatus, ageMs }: BytesFacts): Servable {
  return {
    representation: {
      size: bytes.length,
      lastModifiedMs,
      contentType: contentTypeOf(path),
      digests: { sha256: hash('sha256', bytes) },
      lifetime: 'revalidate',
      cacheStatus,
      ageSeconds: ageMs === null ? null : ageMs / 1000,
    },
    body: { kind: 'bytes', bytes },
    level: null,
  };
}

/** Describes the checksum file of something: of the bytes that are served, whatever upstream publishes. */
export async function servableChecksum(of: Servable, path: string, name: ChecksumName): Promise<Servable> {
  const bytes = Buffer.from(await checksumOf(of, name));
  const { lastModifiedMs, lifetime, cacheStatus, ageSeconds } = of.representation;
  const facts = { path: `${path}.${name}`, lastModifiedMs, cacheStatus, ageMs: null };
  const servable = describeBytes(bytes, facts);
  return { ...servable, representation: { ...servable.representation, lifetime, ageSeconds }, level: of.level };
}

async function checksumOf({ representation: { digests }, body }: Servable, name: ChecksumName): Promise<string> {
  const known = name === 'sha512' ? undefined : digests[name];
  if (known !== undefined) return known;
  if (body.kind === 'bytes') return hash(name, body.bytes);
  return (await digestFile(body.file, [name]))[name] ?? '';
}

function hash(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
