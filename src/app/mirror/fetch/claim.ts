/** Claims about the bytes of a file: those of its checksum files, and that of the listing. */
import { checksumAlgorithmOf } from '../../../maven/repository-index/classify-key.js';
import type { ChecksumAlgorithm, Digests } from '../../../proof/checksum/claim.js';
import { parseSidecar } from '../../../proof/checksum/sidecar.js';

/** The digest that a file must have. */
export interface Claim {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex; null if the checksum file does not hold one. */
  readonly value: string | null;
  /** For messages. */
  readonly from: string;
  /** The reason why no bytes can match it. Default: some can. */
  readonly problem?: string | undefined;
}

const md5Mark = /^e:"?([0-9a-f]{32})"?$/;

/** The ETag of an object that S3 received in one piece is its MD5. */
export function claimOfMark(mark: string): Claim | null {
  const value = md5Mark.exec(mark)?.[1];
  return value === undefined ? null : { algorithm: 'md5', value, from: 'the ETag of the listing' };
}

/** @param key of the checksum file */
export function claimOfFile(key: string, bytes: Uint8Array): Claim | null {
  const algorithm = checksumAlgorithmOf(key);
  if (algorithm === null) return null;
  const read = parseSidecar(bytes, algorithm);
  return { algorithm, value: read.ok ? read.value : null, from: `.${algorithm}` };
}

/** Returns how the digests contradict a claim; null if they agree with all. */
export function contradiction(claims: readonly Claim[], digests: Digests): string | null {
  for (const { algorithm, value, from, problem } of claims) {
    if (problem !== undefined) return problem;
    if (value === null) return `${from} does not hold a checksum`;
    const actual = digests[algorithm];
    if (actual !== value) return `its ${algorithm} is ${actual ?? 'unknown'}, but ${from} says ${value}`;
  }
  return null;
}
