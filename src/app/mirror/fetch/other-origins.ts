/**
 * Asks other places of the same operator: whether they have the same bytes as the source, for a sample or for every release, and for a file
 * that the source does not give as it should be.
 */
import { isSignatureKey } from '../../../maven/repository-index/classify-key.js';
import { createDigester } from '../../../proof/checksum/digest.js';
import { maxSidecarBytes } from '../../../proof/checksum/sidecar.js';
import { readWhole, withRetries } from '../source/read-text.js';
import { type MirrorSource, SourceError } from '../source/source.js';
import type { MirrorTarget } from '../target/target.js';
import type { Action } from './action.js';
import { type Claim, claimOfFile, claimOfMark, contradiction } from './claim.js';
import { type Evidence, fetchChecksums, type FetchedChecksum, fetchFile, UnfitFile, type VerifiedFile } from './fetch-file.js';

export interface OtherOriginsOptions {
  readonly sources: readonly MirrorSource[];
  /** Whether every released file is compared, and not only a sample. */
  readonly comparesAll: boolean;
  readonly signal: AbortSignal;
  /** From 0 to 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A file as another origin has it, verified, with its checksum files. */
export interface SecondAnswer {
  readonly file: VerifiedFile;
  readonly checksums: readonly FetchedChecksum[];
}

/** The share of released files that is compared by default. */
const sampleShare = 0.01;
/** An origin with so many failures in a row is not asked any more. */
const mostFailures = 5;
const maxComparedBytes = 8 * 1024 * 1024 * 1024;

export class OtherOrigins {
  readonly #options: OtherOriginsOptions;
  readonly #failures = new Map<MirrorSource, number>();

  constructor(options: OtherOriginsOptions) {
    this.#options = options;
  }

  /** Whether there are any. */
  get exist(): boolean {
    return this.#options.sources.length > 0;
  }

  /**
   * Returns what the other origins say of a released file; nothing if it is not part of the sample.
   * @throws {UnfitFile} if every file must be compared, and an origin cannot be asked
   */
  async claimsOn(action: Action): Promise<readonly Claim[]> {
    const { sources, comparesAll, random = Math.random } = this.#options;
    const { key, is } = action;
    if (sources.length === 0 || is.kind !== 'version-file' || is.isMutable) return [];
    if (!comparesAll && (isSignatureKey(key) || random() >= sampleShare)) return [];
    return (await Promise.all(sources.map((origin) => this.#claimsOf(origin, key)))).flat();
  }

  /**
   * Fetches a file that the source did not give as it should be. An origin's answer is taken if it matches its own checksums, and if
   * it also matches those of the source or has the bytes that the source has.
   * @throws {UnfitFile} `upstream-wrong` if another origin has the same bytes with the same fault; else the error of the source
   */
  async fetchInstead(action: Action, sums: readonly Action[], error: UnfitFile | SourceError, target: MirrorTarget): Promise<SecondAnswer> {
    const problems: string[] = [];
    for (const origin of this.#options.sources) {
      try {
        const answer = await this.#ask(origin, () => this.#fetchFrom(origin, action, sums, error, target));
        if (answer !== null) return answer;
        problems.push(`${origin.name} does not have it`);
      } catch (other) {
        if (!(other instanceof UnfitFile) && !(other instanceof SourceError)) throw other;
        if (isSameFault(error, other)) throw new UnfitFile(`${error.message}; ${origin.name} has the same`, 'upstream-wrong');
        problems.push(`${origin.name}: ${other.message}`);
      }
    }
    const message = [error.message, ...problems].join('; ');
    throw error instanceof UnfitFile
      ? new UnfitFile(message, error.kind, error.evidence)
      : new SourceError(message, error.isTransient, error.retryAfterMs, { cause: error });
  }

  async #fetchFrom(
    origin: MirrorSource,
    action: Action,
    sums: readonly Action[],
    error: UnfitFile | SourceError,
    target: MirrorTarget,
  ): Promise<SecondAnswer | null> {
    const { claims, sha256 } = evidenceOf(action, error);
    const options = { source: origin, target, signal: this.#options.signal };
    const checksums = (await fetchChecksums(sums, options)).filter(({ bytes }) => bytes !== null);
    const listed = checksums
      .map(({ action: sum, bytes }) => claimOfFile(sum.key, bytes ?? Buffer.alloc(0)))
      .filter((claim) => claim !== null);
    const own = listed.length === 0 && claims.length === 0 ? await this.#sumsOf(origin, action.key) : listed;
    // The size that the source lists is that of a file which may be damaged.
    const request = {
      action: { ...action, size: null },
      claims: own.length === 0 ? claims : own,
      keepBytes: action.is.kind === 'metadata',
    };
    const file = await fetchFile({ ...request, alsoDigest: claims.map(({ algorithm }) => algorithm) }, options);
    if (file === null) return null;
    const problem = file.sha256 === sha256 ? null : contradiction(claims, file.digests);
    if (problem === null) return { file, checksums };
    await file.staged.discard();
    throw new UnfitFile(problem);
  }

  async #claimsOf(origin: MirrorSource, key: string): Promise<readonly Claim[]> {
    const { comparesAll } = this.#options;
    try {
      const claims = await this.#ask(origin, () => this.#publishedBy(origin, key));
      if (claims.length > 0 || !comparesAll) return claims;
      return [{ algorithm: 'sha256', value: null, from: origin.name, problem: `${origin.name} does not have it` }];
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (!comparesAll) return [];
      throw new UnfitFile(`it cannot be compared: ${error.message}`, 'disputed');
    }
  }

  /** Returns the checksums that an origin publishes for a file, or computes one; nothing if it does not have the file. */
  async #publishedBy(origin: MirrorSource, key: string): Promise<readonly Claim[]> {
    const { signal } = this.#options;
    const claims = await this.#sumsOf(origin, key);
    return claims.length > 0 ? claims : withRetries(() => claimOfBytes(origin, key, signal), signal);
  }

  async #sumsOf(origin: MirrorSource, key: string): Promise<readonly Claim[]> {
    const claims: Claim[] = [];
    for (const sum of [`${key}.sha1`, `${key}.md5`]) {
      const bytes = await readWhole(origin.open.bind(origin), sum, { maxBytes: maxSidecarBytes, signal: this.#options.signal });
      const claim = bytes === null ? null : claimOfFile(sum, bytes);
      if (claim !== null && claim.value !== null) claims.push({ ...claim, from: `${claim.from} of ${origin.name}` });
    }
    return claims;
  }

  /** Counts the failures in a row. @throws {SourceError} */
  async #ask<Value>(origin: MirrorSource, work: () => Promise<Value>): Promise<Value> {
    const failures = this.#failures.get(origin) ?? 0;
    if (failures >= mostFailures) throw new SourceError(`${origin.name}: ${mostFailures} requests in a row failed`, false);
    try {
      const value = await work();
      this.#failures.set(origin, 0);
      return value;
    } catch (error) {
      if (error instanceof SourceError && error.isTransient) this.#failures.set(origin, failures + 1);
      throw error;
    }
  }
}

async function claimOfBytes(origin: MirrorSource, key: string, signal: AbortSignal): Promise<readonly Claim[]> {
  const opened = await origin.open(key, { maxBytes: maxComparedBytes, signal });
  if (opened === null) return [];
  const digester = createDigester(['sha256']);
  for await (const chunk of opened.body) digester.update(chunk);
  return [{ algorithm: 'sha256', value: digester.digests().sha256 ?? null, from: origin.name }];
}

/** A file that did not come must still be the one that was listed. */
function evidenceOf({ mark }: Action, error: UnfitFile | SourceError): Evidence {
  if (error instanceof UnfitFile) return error.evidence;
  const listed = claimOfMark(mark);
  return { claims: listed === null ? [] : [listed], sha256: null };
}

function isSameFault(error: UnfitFile | SourceError, other: UnfitFile | SourceError): boolean {
  if (!(error instanceof UnfitFile) || !(other instanceof UnfitFile)) return false;
  return error.evidence.sha256 !== null && error.evidence.sha256 === other.evidence.sha256;
}
