/** Rewrites the metadata of an artifact to the versions that the target has, with its checksum files. */
import { keepVersions } from '../../../maven/metadata/keep-versions.js';
import { type Metadata, parseMetadata } from '../../../maven/metadata/metadata.js';
import { MetadataError } from '../../../maven/metadata/metadata-error.js';
import { checksumAlgorithmOf } from '../../../maven/repository-index/classify-key.js';
import { folderOf } from '../../../maven/repository-index/key.js';
import { compareVersions } from '../../../maven/version/order.js';
import { digestOf } from '../../../proof/checksum/digest.js';
import type { MirrorTarget } from '../target/target.js';
import type { Action } from './action.js';
import { type Claim, claimOfFile, claimOfMark } from './claim.js';
import type { FetchedChecksum, VerifiedFile } from './fetch-file.js';

/** Added to the mark of a file that has other bytes than the source's: a sync that copies metadata as it is notices the difference. */
const rewrittenSign = '#rewritten';

/** A file to publish in place of the source's, with its checksum files. */
export interface Rewritten {
  readonly action: Action;
  readonly file: VerifiedFile;
  readonly checksums: readonly FetchedChecksum[];
}

/** Returns the claims of the source alone: the checksum files that the target has may be those of rewritten bytes. */
export function claimsOfSource(action: Action, checksums: readonly FetchedChecksum[]): readonly Claim[] {
  const claims = checksums.map(({ action: sum, bytes }) => (bytes === null ? null : claimOfFile(sum.key, bytes)));
  return [...claims, claimOfMark(action.mark)].filter((claim) => claim !== null);
}

/** Null if the metadata names no version that the target lacks, or cannot be read: then it is published as it is. */
export async function rewriteMetadata(
  action: Action,
  file: VerifiedFile,
  checksums: readonly FetchedChecksum[],
  target: MirrorTarget,
): Promise<Rewritten | null> {
  const metadata = file.bytes === null ? null : readMetadata(file.bytes);
  if (metadata === null) return null;
  const kept = new Set<string>();
  for (const version of metadata.versions) if (await target.hasFolder(`${folderOf(action.key)}/${version}`)) kept.add(version);
  if (kept.size === metadata.versions.length) return null;
  const bytes = keepVersions(metadata, (version) => kept.has(version), compareVersions);
  const digests = digestOf(bytes, ['sha256']);
  const staged = await target.stage(action.key);
  try {
    await staged.write(bytes);
  } catch (error) {
    await staged.discard();
    throw error;
  }
  return {
    action: rewritten(action),
    file: { staged, size: bytes.length, sha256: digests.sha256 ?? '', digests, bytes },
    checksums: checksums.map(({ action: sum }) => ({ action: rewritten(sum), bytes: checksumOf(sum.key, bytes) })),
  };
}

function checksumOf(key: string, bytes: Uint8Array): Uint8Array {
  const algorithm = checksumAlgorithmOf(key);
  if (algorithm === null) throw new RangeError(`${key} is not a checksum file`);
  return Buffer.from(digestOf(bytes, [algorithm])[algorithm] ?? '');
}

function rewritten(action: Action): Action {
  return { ...action, mark: `${action.mark}${rewrittenSign}` };
}

function readMetadata(bytes: Uint8Array): Metadata | null {
  try {
    return parseMetadata(bytes);
  } catch (error) {
    if (error instanceof MetadataError) return null;
    throw error;
  }
}
