/** Fetches a file with its checksum files, and verifies it while its bytes stream into a staged file. */
import { isSignatureKey } from '../../../maven/repository-index/classify-key.js';
import type { ChecksumAlgorithm, Digests } from '../../../proof/checksum/claim.js';
import { createDigester } from '../../../proof/checksum/digest.js';
import { maxSidecarBytes } from '../../../proof/checksum/sidecar.js';
import { readBody, withRetries } from '../source/read-text.js';
import type { FetchedFile, MirrorSource, SourceBody } from '../source/source.js';
import type { MirrorTarget, StagedFile } from '../target/target.js';
import type { Action } from './action.js';
import { type Claim, claimOfFile, claimOfMark, contradiction } from './claim.js';

/** A file that matches everything that is said of it, not yet visible. */
export interface VerifiedFile {
  readonly staged: StagedFile;
  readonly size: number;
  readonly sha256: string;
  /** Of the algorithms of the claims, and of those that were asked for. */
  readonly digests: Digests;
  /** The bytes, if they were asked for. */
  readonly bytes: Uint8Array | null;
}

/** A checksum file as the source has it; it has no bytes if the source turned out not to have it. */
export interface FetchedChecksum {
  readonly action: Action;
  readonly bytes: Uint8Array | null;
  /** A file with these bytes that may be moved. */
  readonly file?: FetchedFile | undefined;
}

/** Evidence against the bytes of a file. */
export interface Evidence {
  readonly claims: readonly Claim[];
  /** Null if the bytes did not come. */
  readonly sha256: string | null;
}

/** The reason why a file was not taken. */
export class UnfitFile extends Error {
  override readonly name = 'UnfitFile';
  constructor(
    message: string,
    readonly kind: 'failed' | 'changed' | 'occupied' | 'disputed' | 'upstream-wrong' = 'failed',
    readonly evidence: Evidence = { claims: [], sha256: null },
  ) {
    super(message);
  }
}

export interface FileRequest {
  readonly action: Action;
  readonly claims: readonly Claim[];
  /** Claims of other origins. */
  readonly otherClaims?: readonly Claim[] | undefined;
  /** Returns further claims once the digests are known. */
  readonly lateClaims?: ((digests: Digests) => Promise<readonly Claim[]>) | undefined;
  /** Further digests to compute. */
  readonly alsoDigest?: readonly ChecksumAlgorithm[] | undefined;
  /** Whether the bytes are needed, for a file of bounded size. */
  readonly keepBytes: boolean;
}

export interface FetchOptions {
  readonly source: MirrorSource;
  readonly target: MirrorTarget;
  readonly signal: AbortSignal;
}

/** Of checksum files. */
export const checksumAlgorithms = ['sha512', 'sha256', 'sha1', 'md5'] as const;
/** For a file whose size the listing does not give. */
const maxFileBytes = 8 * 1024 * 1024 * 1024;
const maxMutableBytes = 64 * 1024 * 1024;

/** Fetches the checksum files of a file. @throws {SourceError} */
export async function fetchChecksums(actions: readonly Action[], options: FetchOptions): Promise<readonly FetchedChecksum[]> {
  return Promise.all(actions.map((action) => withRetries(() => fetchChecksum(action, options), options.signal)));
}

async function fetchChecksum(action: Action, options: FetchOptions): Promise<FetchedChecksum> {
  const opened = await open(action, maxSidecarBytes, options);
  return opened === null ? { action, bytes: null } : { action, bytes: await readBody(opened), file: opened.file };
}

function open({ key }: Action, maxBytes: number, { source, target, signal }: FetchOptions): Promise<SourceBody | null> {
  return source.open(key, { maxBytes, signal, takesFile: target.adopt !== undefined });
}

/** Stages a file whose bytes come next, or that was fetched already. */
export async function stage(key: string, file: FetchedFile | undefined, target: MirrorTarget): Promise<StagedFile> {
  return (file === undefined ? undefined : target.adopt?.(key, file)) ?? target.stage(key);
}

/**
 * Returns the claims on a file: of the checksum files just fetched, of those that the target already has, and of the listing. A checksum
 * file that the source lists and that did not change is only at the target.
 */
export async function claimsOn(action: Action, checksums: readonly FetchedChecksum[], target: MirrorTarget): Promise<readonly Claim[]> {
  const claims: Claim[] = [];
  for (const algorithm of checksumAlgorithms) {
    const key = `${action.key}.${algorithm}`;
    const fetched = checksums.find((one) => one.action.key === key);
    const bytes = fetched === undefined ? await target.read(key, maxSidecarBytes) : fetched.bytes;
    const claim = bytes === null ? null : claimOfFile(key, bytes);
    if (claim !== null) claims.push(claim);
  }
  const listed = claimOfMark(action.mark);
  return listed === null ? claims : [...claims, listed];
}

/**
 * Fetches the file. Null if the source does not have it.
 * @throws {UnfitFile} if it contradicts a claim, or if there is none and one is required
 * @throws {SourceError} if the source did not give it
 */
export async function fetchFile(request: FileRequest, options: FetchOptions): Promise<VerifiedFile | null> {
  return withRetries(() => fetchOnce(request, options), options.signal);
}

/** Whether a file is only taken if something says what its bytes must be. */
export function needsClaim({ key, is }: Action): boolean {
  return (is.kind === 'version-file' && !isSignatureKey(key)) || is.kind === 'metadata';
}

/** A file that may change can have grown since it was listed. */
function maxBytesOf({ is, size }: Action): number {
  if (is.isMutable) return Math.max(maxMutableBytes, size ?? 0);
  return size ?? maxFileBytes;
}

async function fetchOnce(request: FileRequest, options: FetchOptions): Promise<VerifiedFile | null> {
  const { action, claims, otherClaims = [], alsoDigest = [], keepBytes } = request;
  const opened = await open(action, maxBytesOf(action), options);
  if (opened === null) return null;
  const claimed = [...claims, ...otherClaims].map(({ algorithm }) => algorithm);
  const digester = createDigester(new Set(['sha256', ...claimed, ...alsoDigest] as const));
  let staged: StagedFile | null = null;
  const chunks: Uint8Array[] = [];
  try {
    if (claims.length === 0 && needsClaim(action)) throw new UnfitFile('there is no checksum to verify it with');
    staged = await stage(action.key, opened.file, options.target);
    for await (const chunk of opened.body) {
      digester.update(chunk);
      if (keepBytes) chunks.push(chunk);
      await staged.write(chunk);
    }
    const digests = digester.digests();
    const late = (await request.lateClaims?.(digests)) ?? [];
    judge({ ...request, claims: [...claims, ...late] }, digester.size, digests);
    const { sha256 = '' } = digests;
    const file = { staged, size: digester.size, sha256, digests, bytes: keepBytes ? Buffer.concat(chunks) : null };
    staged = null;
    return file;
  } finally {
    opened.cancel();
    await staged?.discard();
  }
}

/** @throws {UnfitFile} */
function judge({ action, claims, otherClaims = [] }: FileRequest, size: number, digests: Digests): void {
  const problem = sizeProblem(action, size) ?? contradiction(claims, digests);
  if (problem !== null) throw new UnfitFile(problem, 'failed', { claims, sha256: digests.sha256 ?? null });
  const dispute = contradiction(otherClaims, digests);
  if (dispute !== null) throw new UnfitFile(dispute, 'disputed');
}

function sizeProblem({ is, size }: Action, actual: number): string | null {
  return is.isMutable || size === null || size === actual ? null : `it has ${actual} bytes, but ${size} were listed`;
}
