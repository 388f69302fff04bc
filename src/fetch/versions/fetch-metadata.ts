/**
 * Fetches the `maven-metadata.xml` of one repository. The canonical operator and trusted mirrors are authoritative and are raced. Only if
 * none of them answers, all other mirrors are asked, and a quorum of operators decides.
 */
import type { CancelSignal } from '../../base/async/cancellation.js';
import type { Attempt } from '../../base/error.js';
import type { ClientEvent } from '../../base/event.js';
import type { MetadataSource } from '../../maven/metadata/merge.js';
import { type Metadata, type MetadataSubject, parseMetadata } from '../../maven/metadata/metadata.js';
import { MetadataError } from '../../maven/metadata/metadata-error.js';
import { originOf } from '../../network/mirrors/order.js';
import { type AttemptMonitor, type AttemptResult, Race, type RaceResult } from '../../network/mirrors/race.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import { getSmall, type KeptAnswer, type Network, type SmallAnswer } from '../../network/mirrors/request.js';
import { type Speaker, speakerOf } from '../../network/mirrors/witness.js';
import { metadataMaxBytes } from '../../network/transport/contract/limits.js';
import { lastModifiedOf, type Validator, validatorOf } from '../../network/transport/contract/validator.js';
import type { ChecksumAlgorithm } from '../../proof/checksum/claim.js';
import { createDigester } from '../../proof/checksum/digest.js';
import { ClaimCollector } from '../download/claims.js';

/** One mirror's metadata, with the bytes as served. */
export interface FetchedMetadata extends MetadataSource {
  readonly bytes: Uint8Array;
  /** Whether the mirror said that the kept bytes are still right, and did not send them again. */
  readonly isUnchanged: boolean;
  /** With it, the mirror can be asked again whether the bytes are still right; null if it gave none. */
  readonly validator: Validator | null;
  /** `Last-Modified` of the answer in milliseconds since 1970; null if there is none. */
  readonly lastModifiedMs: number | null;
}

export type MetadataResult =
  | { readonly kind: 'found'; readonly sources: readonly FetchedMetadata[]; readonly attempts: readonly Attempt[] }
  | { readonly kind: 'not-found'; readonly attempts: readonly Attempt[] }
  | { readonly kind: 'unreachable'; readonly attempts: readonly Attempt[] };

export interface MetadataRequest {
  readonly repository: Repository;
  readonly path: string;
  readonly subject: MetadataSubject;
  /** Distinct operators that decide if no authority answers. */
  readonly quorum: number;
  /** Whether no other repository has answered that may replace this one: then a slow mirror is awaited. */
  readonly isNeeded: () => boolean;
  /** Whether a build tool asks, and there is no copy: as for files, see `WantedFile`. Default false. */
  readonly mayBeAbsent?: boolean | undefined;
  /** Returns what this mirror served before, so that it need not send it again. Default: nothing. */
  readonly keptFrom?: ((mirror: string) => KeptAnswer | undefined) | undefined;
  readonly signal: AbortSignal;
  readonly emit: (event: ClientEvent) => void;
}

/** Fetches the metadata, checks it against the mirror's own checksum if there is one, and parses it. */
export async function fetchMetadata(network: Network, request: MetadataRequest): Promise<MetadataResult> {
  const { repository } = request;
  const { health } = network;
  const ordered = health.inOrder(repository.mirrors, { probe: true, changes: true });
  const isAuthority = (mirror: Mirror): boolean => mirror.canonical || mirror.trusted;
  const others = ordered.filter((mirror) => !isAuthority(mirror));
  // If others may answer, not every file waits for an authority that is out of reach.
  const isAwaited = ({ url }: Mirror): boolean => request.mayBeAbsent !== true || others.length === 0 || health.mayAwait(originOf(url));
  const authorities = ordered.filter((mirror) => isAuthority(mirror) && isAwaited(mirror));
  const questions = new MetadataQuestions(network, request);
  const result = await questions.race(authorities, () => others.length === 0);
  if (result.winner) return { kind: 'found', sources: [result.winner.value], attempts: result.attempts };
  if (questions.canonicalNotFound || (request.mayBeAbsent === true && questions.trustedNotFound))
    return { kind: 'not-found', attempts: result.attempts };
  if (others.length === 0) {
    return { kind: result.failed.length === 0 && result.notFound.length > 0 ? 'not-found' : 'unreachable', attempts: result.attempts };
  }
  const races = await questions.raceEach(others);
  const attempts = [result, ...races].flatMap((one) => one.attempts);
  const sources = races.flatMap(({ winner }) => winner?.value ?? []);
  if (sources.length > 0) return { kind: 'found', sources, attempts };
  // Nothing else has the answer: an authority that was late may take until the deadline after all.
  const late = result.failed.filter(({ outcome }) => outcome === 'timeout').flatMap(({ mirror }) => (isAwaited(mirror) ? [mirror] : []));
  if (late.length === 0 || !request.isNeeded()) return { kind: 'unreachable', attempts };
  const again = await questions.race(late, () => true);
  attempts.push(...again.attempts);
  if (again.winner) return { kind: 'found', sources: [again.winner.value], attempts };
  return { kind: questions.canonicalNotFound ? 'not-found' : 'unreachable', attempts };
}

/** The questions for one metadata file. */
class MetadataQuestions {
  readonly #network: Network;
  readonly #request: MetadataRequest;
  readonly #claims: ClaimCollector;
  #canonicalNotFound = false;
  #trustedNotFound = false;

  constructor(network: Network, request: MetadataRequest) {
    const { path, repository, signal } = request;
    this.#network = network;
    this.#request = request;
    this.#claims = new ClaimCollector({ network, path, repository, signal });
  }

  /** Whether the canonical operator answered 'not here'. */
  get canonicalNotFound(): boolean {
    return this.#canonicalNotFound;
  }

  /** Whether a trusted mirror answered 'not here'. */
  get trustedNotFound(): boolean {
    return this.#trustedNotFound;
  }

  /** @param isLast whether no mirror remains to be asked after these */
  race(mirrors: readonly Mirror[], isLast: () => boolean): Promise<RaceResult<FetchedMetadata>> {
    const { repository, path, signal, emit, isNeeded, mayBeAbsent } = this.#request;
    const { health } = this.#network;
    return new Race<FetchedMetadata>({
      repository,
      mirrors,
      path,
      health,
      signal,
      emit,
      mayBeAbsent,
      attempt: (mirror, monitor, attemptSignal) =>
        this.#attempt(mirror, { monitor, signal: attemptSignal, isLast: () => isLast() && monitor.isLast() && isNeeded() }),
    }).run();
  }

  /** Races each of these alone: all answers count. A slow one is awaited while the others do not suffice for a quorum. */
  raceEach(mirrors: readonly Mirror[]): Promise<readonly RaceResult<FetchedMetadata>[]> {
    let found = 0;
    const isStillNeeded = (): boolean => found < this.#request.quorum;
    return Promise.all(
      mirrors.map(async (mirror) => {
        const result = await this.race([mirror], isStillNeeded);
        if (result.winner) found += 1;
        return result;
      }),
    );
  }

  async #attempt(mirror: Mirror, { monitor, signal, isLast }: AttemptOptions): Promise<AttemptResult<FetchedMetadata>> {
    const { path, repository, keptFrom } = this.#request;
    const answer = await getSmall(this.#network, mirror, path, {
      maxBytes: metadataMaxBytes,
      signal,
      holdsSlot: true,
      isLast,
      kept: keptFrom?.(mirror.url.href),
      onHeaders: (bytes) => monitor.headers(bytes),
      onBytes: (bytes) => monitor.received(bytes),
    });
    monitor.transferred();
    if (answer.kind === 'failed') return answer;
    const speaker = speakerOf(mirror, path, answer.answer, repository.mirrors);
    if (answer.kind === 'not-found') {
      if (speaker.canonical) this.#canonicalNotFound = true;
      if (speaker.trusted) this.#trustedNotFound = true;
      return { kind: 'not-found', status: answer.status, trusted: speaker.trusted };
    }
    return this.#examine(mirror, answer, speaker, isLast);
  }

  async #examine(
    mirror: Mirror,
    { bytes, answer: { status, headers } }: Extract<SmallAnswer, { kind: 'ok' }>,
    speaker: Speaker,
    isLast: () => boolean,
  ): Promise<AttemptResult<FetchedMetadata>> {
    let metadata: Metadata;
    try {
      metadata = parseMetadata(bytes, this.#request.subject);
    } catch (error) {
      if (error instanceof MetadataError) return { kind: 'failed', outcome: 'not-maven', status, detail: error.message };
      throw error;
    }
    const nowMs = this.#network.health.now();
    const lastModifiedMs = lastModifiedOf(headers, nowMs);
    const value = { metadata, bytes, validator: validatorOf(headers, nowMs), lastModifiedMs, ...speaker };
    // The kept bytes were checked when they came.
    if (status === 304) return { kind: 'won', value: { ...value, isUnchanged: true }, status };
    const { claim } = await this.#claims.ask(mirror, isLast);
    const actual = claim && digestOf(bytes, claim.algorithm);
    if (claim && actual !== claim.value) {
      const detail = `expected ${claim.algorithm} ${claim.value}, got ${String(actual)}`;
      return { kind: 'failed', outcome: 'checksum-mismatch', status, detail };
    }
    return { kind: 'won', value: { ...value, isUnchanged: false }, status };
  }
}

interface AttemptOptions {
  readonly monitor: AttemptMonitor;
  readonly signal: CancelSignal;
  /** Whether no other mirror is left to ask. */
  readonly isLast: () => boolean;
}

function digestOf(bytes: Uint8Array, algorithm: ChecksumAlgorithm): string | undefined {
  const digester = createDigester([algorithm]);
  digester.update(bytes);
  return digester.digests()[algorithm];
}
