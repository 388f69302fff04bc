/** Gets a file with its checksum files from the source, or from another place of the same operator: as few requests as the listing allows. */
import type { ChecksumAlgorithm } from '../../../proof/checksum/claim.js';
import { maxSidecarBytes } from '../../../proof/checksum/sidecar.js';
import type { Filtering } from '../filter/filtering.js';
import { SourceError } from '../source/source.js';
import type { Journal } from '../target/journal.js';
import type { Action } from './action.js';
import { type Claim, contradiction } from './claim.js';
import {
  claimsOn,
  fetchChecksums,
  type FetchedChecksum,
  fetchFile,
  type FetchOptions,
  type FileRequest,
  UnfitFile,
  type VerifiedFile,
} from './fetch-file.js';
import { areListedWithDigests, ListedChecksums } from './listed-checksums.js';
import type { OtherOrigins } from './other-origins.js';
import type { Outages } from './outages.js';
import { recordOf } from './record.js';
import { claimsOfSource } from './rewrite-metadata.js';

export interface SubjectContext extends FetchOptions {
  readonly others: OtherOrigins;
  readonly journal: Journal;
  readonly filtering: Pick<Filtering, 'mayRewrite'>;
  readonly outages: Outages;
}

/** A file to publish, unless the target has it already, and the checksum files to publish after it. */
export interface FetchedSubject {
  readonly file: VerifiedFile | null;
  readonly checksums: readonly FetchedChecksum[];
}

type Claimed = Pick<FileRequest, 'claims' | 'lateClaims' | 'alsoDigest'> & { readonly checksums: () => readonly FetchedChecksum[] };

const nothing: FetchedSubject = { file: null, checksums: [] };

/** @throws {UnfitFile} @throws {SourceError} */
export async function fetchSubject(action: Action, sums: readonly Action[], context: SubjectContext): Promise<FetchedSubject> {
  try {
    return await new SubjectFetch(action, sums, context).fromSource();
  } catch (error) {
    if (!(error instanceof SourceError) && !(error instanceof UnfitFile && error.kind === 'failed')) throw error;
    const answer = await context.others.fetchInstead(action, sums, error, context.target);
    if (error instanceof SourceError) context.outages.note(error);
    return answer;
  }
}

class SubjectFetch {
  readonly #action: Action;
  readonly #sums: readonly Action[];
  readonly #context: SubjectContext;

  constructor(action: Action, sums: readonly Action[], context: SubjectContext) {
    this.#action = action;
    this.#sums = sums;
    this.#context = context;
  }

  async fromSource(): Promise<FetchedSubject> {
    try {
      return await ((await this.#isToldByListing()) ? this.#fetchListed() : this.#fetch());
    } catch (error) {
      if (!this.#action.is.isMutable || !(error instanceof UnfitFile) || error.kind !== 'failed') throw error;
      // It may have been replaced between the two requests, or since it was listed: then the listing proves nothing.
      return this.#fetchWith(await this.#fetchSums(), '');
    }
  }

  /** Whether the listing is likely to prove the checksum files, and the bytes are needed in any case. */
  async #isToldByListing(): Promise<boolean> {
    const { filtering, target } = this.#context;
    const { key, known } = this.#action;
    if (this.#sums.length === 0 || filtering.mayRewrite(key) || !areListedWithDigests([this.#action, ...this.#sums])) return false;
    return known !== null || (await target.sizeOf(key)) === null;
  }

  async #fetchListed(): Promise<FetchedSubject> {
    const listed = new ListedChecksums(this.#sums, this.#context);
    const unread = this.#sums.map((action) => ({ action, bytes: null }));
    return this.#fetchClaimed({
      claims: await claimsOn(this.#action, unread, this.#context.target),
      lateClaims: (digests) => listed.claimsOn(digests),
      alsoDigest: listed.algorithms,
      checksums: () => listed.found,
    });
  }

  async #fetch(): Promise<FetchedSubject> {
    const checksums = await this.#fetchSums();
    if (this.#context.filtering.mayRewrite(this.#action.key) || !(await this.#isSameByChecksum(checksums)))
      return this.#fetchWith(checksums, this.#action.mark);
    for (const same of [this.#action, ...this.#sums]) this.#noteMark(same);
    this.#context.outages.end();
    return nothing;
  }

  #fetchSums(): Promise<readonly FetchedChecksum[]> {
    return fetchChecksums(this.#sums, this.#context);
  }

  /** @param mark as the listing describes the file; empty if that does not count */
  async #fetchWith(checksums: readonly FetchedChecksum[], mark: string): Promise<FetchedSubject> {
    const { target, filtering } = this.#context;
    const told = { ...this.#action, mark };
    const claims = filtering.mayRewrite(told.key) ? claimsOfSource(told, checksums) : await claimsOn(told, checksums, target);
    const present = checksums.filter(({ bytes }) => bytes !== null);
    return this.#fetchClaimed({ claims, checksums: () => present });
  }

  async #fetchClaimed({ checksums, ...request }: Claimed): Promise<FetchedSubject> {
    const { others, outages } = this.#context;
    const { claims } = request;
    const action = this.#action;
    const otherClaims = await others.claimsOn(action);
    if (await this.#isThereByClaims([...claims, ...otherClaims])) return { file: null, checksums: checksums() };
    const file = await fetchFile({ ...request, action, otherClaims, keepBytes: action.is.kind === 'metadata' }, this.#context);
    outages.end();
    if (file !== null) return { file, checksums: checksums() };
    if (action.isGuess) return nothing;
    throw new UnfitFile('the source lists it, but does not have it', 'failed', { claims, sha256: null });
  }

  /** Adopts a file that is not in the inventory, but has all the digests that it must have: its bytes need not come again. */
  async #isThereByClaims(claims: readonly Claim[]): Promise<boolean> {
    const { target, journal, signal, source } = this.#context;
    const action = this.#action;
    if (action.known !== null || claims.length === 0 || action.is.kind === 'metadata') return false;
    const size = await target.sizeOf(action.key);
    if (size === null || (action.size !== null && size !== action.size)) return false;
    const digests: Partial<Record<ChecksumAlgorithm, string>> = {};
    for (const algorithm of new Set(['sha256', ...claims.map((claim) => claim.algorithm)] as const))
      digests[algorithm] = (await target.digestOf(action.key, algorithm, signal)) ?? '';
    if (contradiction(claims, digests) !== null) return false;
    journal.done(recordOf(action, source.now(), { size, sha256: digests.sha256 ?? '' }));
    return true;
  }

  /** Remembers how the source describes a file that the target has already. */
  #noteMark({ known, mark }: Action): void {
    if (known !== null && known.mark !== mark) this.#context.journal.done({ ...known, mark });
  }

  /** Whether the target's file is the same by its checksum file: spares fetching metadata that a listing tells nothing about. */
  async #isSameByChecksum(checksums: readonly FetchedChecksum[]): Promise<boolean> {
    const { key, known, mark } = this.#action;
    if (known === null || mark.startsWith('e:') || mark.startsWith('t:')) return false;
    let agreeing = 0;
    for (const { action: sum, bytes } of checksums) {
      if (bytes === null) continue;
      const own = await this.#context.target.read(sum.key, maxSidecarBytes);
      if (own === null || !Buffer.from(own).equals(bytes)) return false;
      agreeing += 1;
    }
    return agreeing > 0 && (await this.#context.target.sizeOf(key)) === known.size;
  }
}
