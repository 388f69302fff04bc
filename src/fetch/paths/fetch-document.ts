/**
 * Fetches a document of a repository: a catalog or an index, which changes at any time and which nothing pins. So only the canonical
 * operator and trusted mirrors are asked, each is compared with its own checksum file if it has one, and nothing is taken from the disk.
 */
import type { CancelSignal } from '../../base/async/cancellation.js';
import type { PlacedFile } from '../../base/disk/temporary-file.js';
import { type Attempt, ClojarsFetchError } from '../../base/error.js';
import { isDocument } from '../../maven/coordinate/document-path.js';
import { originOf, verifyNotBlocked } from '../../network/mirrors/order.js';
import { type AttemptMonitor, type AttemptResult, Race } from '../../network/mirrors/race.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import type { Network } from '../../network/mirrors/request.js';
import { isTransient } from '../../network/mirrors/transient.js';
import { speakerOf } from '../../network/mirrors/witness.js';
import { lastModifiedOf, type Validator, validatorOf } from '../../network/transport/contract/validator.js';
import type { Digests } from '../../proof/checksum/claim.js';
import type { Context } from '../context.js';
import { digestFile } from '../digest-file.js';
import { ClaimCollector } from '../download/claims.js';
import { Download, type DownloadResult } from '../download/download.js';
import type { PartialDownload } from '../download/partial-download.js';
import { absent, unreachable } from '../repositories/failure.js';
import { AnotherRound, inRounds } from '../rounds.js';

/** Most bytes of a document: 64 MiB. */
export const documentMaxBytes = 64 * 1024 * 1024;

export interface DocumentRequest {
  readonly repository: Repository;
  /** Repository path of a document. */
  readonly path: string;
  /** From an earlier call, and still on the disk: its mirror may say that it is still right. */
  readonly kept?: FetchedDocument | undefined;
}

/** A document as a mirror serves it now. */
export interface FetchedDocument {
  /** Absolute path in the local repository of the context, where it replaces an earlier one. */
  readonly file: string;
  readonly size: number;
  readonly modifiedMs: number;
  readonly sha256: string;
  readonly sha1: string;
  readonly md5: string;
  /** Base URL of the mirror that served it. */
  readonly mirror: string;
  /** From the answer's Last-Modified; null if it has none. */
  readonly lastModifiedMs: number | null;
  /** Whether the mirror has a checksum file for it, which fits. */
  readonly isChecked: boolean;
  /** With it, the mirror can say later whether the document has changed; null if it gave none. */
  readonly validator: Validator | null;
}

/**
 * Fetches the document from an authority of the repository, and places it. Returns the kept one if its mirror says that it is still right.
 *
 * @throws ClojarsFetchError ERR_NOT_FOUND (absent, also for a path that is not a document, without a request), ERR_UNREACHABLE, ERR_CHECKSUM
 * (mismatch), ERR_LIMIT, ERR_OFFLINE, ERR_LOCKFILE, ERR_CONFIG, ERR_LOCAL_REPOSITORY
 */
export async function fetchDocument(context: Context, request: DocumentRequest): Promise<FetchedDocument> {
  const { repository, path } = request;
  const { run, network } = context;
  if (!isDocument(path)) throw absent([repository], path, path, []);
  verifyNotBlocked(repository);
  if (run.lock?.frozen === true) throw run.lock.refusal(path, path);
  if (run.offline) {
    throw new ClojarsFetchError('ERR_OFFLINE', {
      reason: 'absent',
      coordinate: path,
      message: `${path} is not fetched, since --offline forbids all requests`,
      hint: 'Run once without --offline.',
    });
  }
  const fetching = new DocumentFetch(context, await network.open(), request);
  const fetched = await inRounds(() => fetching.round(), run.signal);
  if (fetched === null) throw fetching.failure();
  return 'partial' in fetched ? place(fetched) : fetched;
}

/** A complete document, not yet in its place. */
interface Arrived extends Pick<FetchedDocument, 'mirror' | 'lastModifiedMs' | 'isChecked' | 'validator'> {
  readonly partial: PartialDownload;
  readonly digests: Digests;
}

/** A document that arrived, or the kept one. */
type Found = Arrived | FetchedDocument;

async function place({ partial, digests, ...rest }: Arrived): Promise<FetchedDocument> {
  // Not flushed to disk: after a power cut it is fetched again.
  const placed: PlacedFile = await partial.temporary.commit({ replace: true, flush: false });
  const { sha256 = '', sha1 = '', md5 = '' } = digests;
  return { ...rest, file: placed.file, size: placed.size, modifiedMs: placed.mtimeMs, sha256, sha1, md5 };
}

/** The rounds in which authorities are asked for one document. */
class DocumentFetch {
  readonly #context: Context;
  readonly #network: Network;
  readonly #request: DocumentRequest;
  readonly #attempts: Attempt[] = [];
  #isAbsent = false;
  /** Whether a trusted mirror said 'not here'. */
  #isAbsentAtTrusted = false;
  #hasMismatch = false;

  constructor(context: Context, network: Network, request: DocumentRequest) {
    this.#context = context;
    this.#network = network;
    this.#request = request;
  }

  async round(): Promise<Found | AnotherRound | null> {
    const { repository, path } = this.#request;
    const { signal, emit } = this.#context.run;
    const { health } = this.#network;
    const authorities = health
      .inOrder(repository.mirrors, { probe: true, changes: true })
      .filter(({ canonical, trusted }) => canonical || trusted);
    const result = await new Race<Found>({
      repository,
      mirrors: authorities,
      path,
      health,
      signal,
      emit,
      mayBeAbsent: true,
      attempt: (mirror, monitor, attemptSignal) => this.#attempt(mirror, monitor, attemptSignal),
      discard: async (found) => ('partial' in found ? found.partial.temporary.discard() : undefined),
    }).run();
    this.#attempts.push(...result.attempts);
    if (result.winner !== null) return result.winner.value;
    if (this.#isAbsentAtTrusted || (result.failed.length === 0 && result.notFound.length > 0)) this.#isAbsent = true;
    return !this.#isAbsent && result.failed.some(isTransient) ? new AnotherRound() : null;
  }

  failure(): ClojarsFetchError {
    const { repository, path } = this.#request;
    if (this.#isAbsent) return absent([repository], path, path, this.#attempts);
    if (this.#hasMismatch) {
      return new ClojarsFetchError('ERR_CHECKSUM', {
        reason: 'mismatch',
        coordinate: path,
        attempts: this.#attempts,
        message: `${path} of ${repository.id} does not have the checksum that is published for it`,
        hint: 'It may just have been replaced: try again in a minute.',
      });
    }
    const worst = this.#attempts.find(({ outcome }) => outcome !== 'not-found');
    return unreachable([repository], path, this.#attempts, worst?.outcome ?? 'timeout');
  }

  async #attempt(mirror: Mirror, monitor: AttemptMonitor, signal: CancelSignal): Promise<AttemptResult<Found>> {
    const claims = this.#claims(signal);
    // Asked before the body and, if need be, after it: the document may be replaced in between.
    const before = claims.ask(mirror, () => monitor.isLast());
    const body = await this.#download(mirror, monitor, signal);
    monitor.transferred();
    if (body.kind === 'unchanged') return this.#unchanged(body);
    if (body.kind !== 'body') return this.#withoutBody(body);
    const { temporary, size } = body.partial;
    try {
      const result = await this.#examine(mirror, body, [() => before, () => this.#claims(signal).ask(mirror, () => monitor.isLast())]);
      if (result.kind !== 'won' || size === 0) await temporary.discard();
      if (size === 0) return { kind: 'failed', outcome: 'not-maven', status: body.answer.status, detail: 'an empty file came' };
      return result;
    } catch (error) {
      await temporary.discard();
      throw error;
    }
  }

  #claims(signal: CancelSignal): ClaimCollector {
    const { path, repository } = this.#request;
    return new ClaimCollector({ network: this.#network, path, repository, signal });
  }

  #download(mirror: Mirror, monitor: AttemptMonitor, signal: CancelSignal): Promise<DownloadResult> {
    const { path, repository, kept } = this.#request;
    const { emit } = this.#context.run;
    return new Download(this.#network, mirror, {
      path,
      mirrors: repository.mirrors,
      maxBytes: documentMaxBytes,
      algorithms: ['sha1', 'sha256', 'md5'],
      mayBePage: false,
      signal,
      monitor,
      partial: null,
      unlessMatches: kept?.mirror === mirror.url.href ? (kept.validator ?? undefined) : undefined,
      createTemporary: () => this.#context.store.local.createTemporary(path),
      follower: undefined,
      onBytes: () => undefined,
      onFound: ({ contentLength }) => emit({ type: 'bytes', path, mirror: mirror.url.href, received: 0, total: contentLength }),
    }).run();
  }

  #unchanged({ speaker, status }: Extract<DownloadResult, { kind: 'unchanged' }>): AttemptResult<Found> {
    const { kept } = this.#request;
    if (kept !== undefined && (speaker.canonical || speaker.trusted)) return { kind: 'won', value: kept, status };
    return { kind: 'failed', outcome: 'untrusted', status, detail: 'the server that calls it unchanged is not an authority for it' };
  }

  async #withoutBody(result: Exclude<DownloadResult, { kind: 'body' | 'unchanged' }>): Promise<AttemptResult<Arrived>> {
    await result.partial?.temporary.discard();
    if (result.kind === 'failed') return result;
    const { canonical, trusted } = result.speaker;
    if (canonical) this.#isAbsent = true;
    if (trusted) this.#isAbsentAtTrusted = true;
    return { kind: 'not-found', status: result.status, trusted };
  }

  /** @param ask the questions for the mirror's checksum, in the order to ask them */
  async #examine(
    mirror: Mirror,
    { answer, partial }: Extract<DownloadResult, { kind: 'body' }>,
    ask: readonly (() => ReturnType<ClaimCollector['ask']>)[],
  ): Promise<AttemptResult<Arrived>> {
    const { status, headers } = answer;
    const speaker = speakerOf(mirror, this.#request.path, answer, this.#request.repository.mirrors);
    if (!speaker.canonical && !speaker.trusted) {
      return { kind: 'failed', outcome: 'untrusted', status, detail: `${originOf(answer.url)} is not an authority for it` };
    }
    await partial.temporary.flush();
    const digests = await digestsOf(partial);
    const nowMs = this.#network.health.now();
    const lastModifiedMs = lastModifiedOf(headers, nowMs);
    const arrived = { partial, digests, mirror: mirror.url.href, lastModifiedMs, validator: validatorOf(headers, nowMs) };
    let detail = '';
    for (const question of ask) {
      const { claim, failure } = await question();
      if (failure !== null) return { ...failure, failedPath: failure.path };
      if (claim === null) return { kind: 'won', value: { ...arrived, isChecked: false }, status };
      const { algorithm, value } = claim;
      const actual = digests[algorithm] ?? (await digestFile(partial.temporary.file, [algorithm]))[algorithm];
      if (actual === value) return { kind: 'won', value: { ...arrived, isChecked: true }, status };
      detail = `expected ${algorithm} ${value}, got ${String(actual)}`;
    }
    this.#hasMismatch = true;
    return { kind: 'failed', outcome: 'checksum-mismatch', status, detail };
  }
}

async function digestsOf({ digester, temporary }: PartialDownload): Promise<Digests> {
  return (await digester.digests()) ?? digestFile(temporary.file, ['sha1', 'sha256', 'md5']);
}
