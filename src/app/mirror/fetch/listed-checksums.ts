/**
 * Spares the requests for checksum files. A bucket lists each object with its MD5: if a checksum file has the MD5 and the size that it must
 * have for the digest of its file, its bytes are known without asking for it.
 */
import { checksumAlgorithmOf } from '../../../maven/repository-index/classify-key.js';
import type { ChecksumAlgorithm, Digests } from '../../../proof/checksum/claim.js';
import { digestOf } from '../../../proof/checksum/digest.js';
import type { Action } from './action.js';
import { type Claim, claimOfFile, claimOfMark } from './claim.js';
import { fetchChecksums, type FetchedChecksum, type FetchOptions } from './fetch-file.js';

/** The usual ends of a checksum file after its digest. */
const ends = ['', '\n'] as const;

/** Whether the listing tells the MD5 of a file and of all its checksum files. */
export function areListedWithDigests(actions: readonly Action[]): boolean {
  return actions.every(({ mark }) => claimOfMark(mark) !== null);
}

export class ListedChecksums {
  readonly #sums: readonly Action[];
  readonly #options: FetchOptions;
  #found: readonly FetchedChecksum[] = [];

  constructor(sums: readonly Action[], options: FetchOptions) {
    this.#sums = sums;
    this.#options = options;
  }

  get algorithms(): readonly ChecksumAlgorithm[] {
    return this.#sums.flatMap(({ key }) => checksumAlgorithmOf(key) ?? []);
  }

  /** The checksum files of the file that {@link ListedChecksums.claimsOn} was last told the digests of. */
  get found(): readonly FetchedChecksum[] {
    return this.#found;
  }

  /** Returns the claims of all checksum files, and fetches those that the listing does not prove. @throws {SourceError} */
  async claimsOn(digests: Digests): Promise<readonly Claim[]> {
    const known = this.#sums.map((action) => ({ action, bytes: provenBytes(action, digests) }));
    const fetched = await fetchChecksums(
      known.filter(({ bytes }) => bytes === null).map(({ action }) => action),
      this.#options,
    );
    this.#found = [...known, ...fetched].filter(({ bytes }) => bytes !== null);
    return this.#found.flatMap(({ action, bytes }) => (bytes === null ? [] : (claimOfFile(action.key, bytes) ?? [])));
  }
}

function provenBytes({ key, size, mark }: Action, digests: Digests): Uint8Array | null {
  const algorithm = checksumAlgorithmOf(key);
  const digest = algorithm === null ? undefined : digests[algorithm];
  if (digest === undefined) return null;
  const candidates = ends.map((end) => Buffer.from(digest + end)).filter(({ length }) => length === size);
  return candidates.find((bytes) => digestOf(bytes, ['md5']).md5 === claimOfMark(mark)?.value) ?? null;
}
