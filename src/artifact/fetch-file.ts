/**
 * One file of one repository: race its mirrors, verify what came, hand over a verified temporary file.
 *
 * Every attempt runs the whole way (body, checksum, verdict), so the race is won by the first *verified* answer
 * and a lying mirror only loses time. p-retry starts another round only when every mirror failed for reasons that
 * may pass.
 */
import { readFile } from 'node:fs/promises';

import pRetry from 'p-retry';

import type { Attempt, AttemptOutcome } from '../error.js';
import type { ClientEvent } from '../event.js';
import type { TemporaryFile } from '../local-repository/temporary-file.js';
import { mirrorOrder } from '../repository/order.js';
import { race, type AttemptMonitor, type AttemptResult } from '../repository/race.js';
import type { Mirror, Repository } from '../repository/repository.js';
import { parseHeaderChecksums } from '../verification/checksum/header.js';
import type { Accepted, Pin, Refused, Verdict } from '../verification/evidence.js';
import { compareLevels, type ChecksumAlgorithm, type ChecksumClaim, type Digests } from '../verification/level.js';
import { checkFile, type FilePolicy } from '../verification/verifier.js';
import { createClaimCollector, type ClaimAnswer, type ClaimCollector } from './claims.js';
import { digestFile } from './digest-file.js';
import { download, type Partial } from './download.js';
import type { Wire } from './request.js';
import type { FileCheck } from './resolve-file.js';

export interface FileRequest {
  readonly repository: Repository;
  readonly path: string;
  readonly maxBytes: number;
  readonly policy: FilePolicy;
  readonly pin: Pin | null;
  /** sha256 of the first-seen record, null when the file was never seen. */
  readonly firstSeen: string | null;
  /** Signatures and the like need no checksum of their own. */
  readonly checksumExempt: boolean;
  /** As in FileSubject. Only for small files: it gets all bytes. */
  readonly check?: FileCheck;
  /** As in FileSubject. Default false. */
  readonly mayBePage?: boolean;
  /** Ask for the checksum beside the body: the file is expected to be there. */
  readonly eager: boolean;
  readonly createTemporary: () => Promise<TemporaryFile>;
  readonly signal: AbortSignal;
  readonly emit: (event: ClientEvent) => void;
}

/** A verified file that is not yet under its final name. */
export interface FetchedFile {
  readonly temporary: TemporaryFile;
  readonly mirror: Mirror;
  readonly size: number;
  readonly digests: Digests;
  readonly verdict: Accepted;
}

export type FetchResult =
  | { readonly kind: 'fetched'; readonly file: FetchedFile; readonly attempts: readonly Attempt[] }
  | {
      readonly kind: 'none';
      readonly attempts: readonly Attempt[];
      /** A canonical origin said 'not here'. */
      readonly canonicalNotFound: boolean;
      readonly allNotFound: boolean;
      readonly rejections: readonly Rejection[];
      readonly firstFailure: { readonly outcome: AttemptOutcome; readonly status: number | null } | null;
    };

/** A file that came whole and did not pass. */
export interface Rejection {
  readonly mirror: Mirror;
  readonly verdict: Refused;
}

/** Outcomes that the same mirror may not repeat a moment later. */
const transient = new Set<AttemptOutcome>(['refused', 'reset', 'truncated', 'stalled', 'dns']);
const transientStatus = new Set([500, 502, 503, 504]);
/** A Retry-After beyond this is for the user to wait for, not for a build. */
const longestWaitMs = 5_000;
/** Mirrors that may be asked again within so short a time of each other are asked in the same round. */
const togetherMs = 500;
const retries = 2;
/** Progress is told at most so often for each file, and at the end of a body. */
const bytesEveryMs = 100;

/** Races the mirrors of one repository for one file. Rejects on abort and on faults of the local disk only. */
export async function fetchFile(wire: Wire, request: FileRequest): Promise<FetchResult> {
  const { repository, path, signal, emit } = request;
  const { health } = wire;
  const attempts: Attempt[] = [];
  // The checksum questions outlive attempts, but not the file.
  const questions = new AbortController();
  const stopAsking = (): void => questions.abort(signal.reason);
  signal.addEventListener('abort', stopAsking, { once: true });
  if (signal.aborted) stopAsking();
  const state: FileState = {
    request,
    wire,
    claims: createClaimCollector(wire, path, questions.signal),
    eager: request.eager,
    partial: null,
    lastBytesMs: -Infinity,
    canonicalNotFound: false,
    rejections: [],
  };
  let firstFailure: { readonly outcome: AttemptOutcome; readonly status: number | null } | null = null;
  let mirrors: readonly Mirror[] = mirrorOrder(repository.mirrors, (origin) => ({ open: health.demotes(origin), p95Ms: health.circuits.p95(origin) })).map(({ mirror }) => mirror);
  /** When a mirror that asked for patience may be asked again. */
  const dueMs = new Map<Mirror, number>();

  const underWay = new Set<Promise<AttemptResult<FetchedFile>>>();
  let handedOver: FetchedFile | null = null;
  const follow = (mirror: Mirror, monitor: AttemptMonitor, attemptSignal: AbortSignal): Promise<AttemptResult<FetchedFile>> => {
    const running = attempt(state, mirror, monitor, attemptSignal);
    underWay.add(running);
    return running;
  };

  const round = async (): Promise<FetchResult> => {
    const result = await race<FetchedFile>({ repository, mirrors, path, health, signal, emit, attempt: follow });
    attempts.push(...result.attempts);
    if (result.winner) return { kind: 'fetched', file: result.winner.value, attempts };
    const worst = result.failed.find(({ mirror }) => mirror.canonical) ?? result.failed[0] ?? null;
    firstFailure ??= worst && { outcome: worst.outcome, status: worst.status };
    state.eager = false; // a mirror that just failed is first asked for the file alone
    for (const mirror of mirrors) dueMs.delete(mirror);
    if (!state.canonicalNotFound) {
      for (const failure of result.failed) if (mayPass(failure)) dueMs.set(failure.mirror, health.now() + (failure.retryAfterMs ?? 0));
    }
    if (dueMs.size === 0) return none();
    // Those that asked for more patience than others are left for a later round.
    const soonMs = Math.max(health.now(), Math.min(...dueMs.values())) + togetherMs;
    mirrors = [...dueMs.keys()].filter((mirror) => (dueMs.get(mirror) ?? 0) <= soonMs);
    state.claims.forgetFailures();
    throw new RoundFailed(Math.max(0, ...mirrors.map((mirror) => (dueMs.get(mirror) ?? 0) - health.now())));
  };
  const none = (): FetchResult => ({
    kind: 'none',
    // A mirror whose own attempt failed at its checksum file is in the list with that.
    attempts: [...attempts, ...state.claims.failures().filter(({ mirror, path: failed }) => !attempts.some((one) => one.mirror === mirror && one.path === failed))],
    canonicalNotFound: state.canonicalNotFound,
    allNotFound: firstFailure === null,
    rejections: state.rejections,
    firstFailure,
  });
  try {
    const result = await pRetry(round, {
      retries,
      minTimeout: 200,
      factor: 2,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => error instanceof RoundFailed,
      onFailedAttempt: ({ error }) => (error instanceof RoundFailed ? sleep(error.waitMs, signal) : undefined),
    });
    if (result.kind === 'fetched') handedOver = result.file;
    return result;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RoundFailed) return none();
    throw error;
  } finally {
    signal.removeEventListener('abort', stopAsking);
    stopAsking();
    // Losers were aborted: they still have temporary files to remove.
    for (const ended of await Promise.allSettled(underWay)) {
      // Two may win in the same turn, before either could abort the other, or one just as the caller gave up.
      if (ended.status === 'fulfilled' && ended.value.kind === 'won' && ended.value.value !== handedOver) await ended.value.value.temporary.discard();
    }
    await discardPartial(state);
  }
}

/** Every mirror failed, and some may recover: another round may follow. */
class RoundFailed extends Error {
  readonly waitMs: number;
  constructor(waitMs: number) {
    super('every mirror failed');
    this.waitMs = waitMs;
  }
}

function mayPass({ outcome, status, retryAfterMs }: { readonly outcome: AttemptOutcome; readonly status: number | null; readonly retryAfterMs?: number }): boolean {
  if (retryAfterMs !== undefined) return retryAfterMs <= longestWaitMs;
  return transient.has(outcome) || transientStatus.has(status ?? 0);
}

interface FileState {
  readonly request: FileRequest;
  readonly wire: Wire;
  readonly claims: ClaimCollector;
  /** Ask for the checksum beside the body. */
  eager: boolean;
  /** What an attempt that broke off left behind; the next one takes it. */
  partial: Partial | null;
  /** When `bytes` was last told. */
  lastBytesMs: number;
  canonicalNotFound: boolean;
  readonly rejections: Rejection[];
}

async function attempt(state: FileState, mirror: Mirror, monitor: AttemptMonitor, signal: AbortSignal, fromZero = false): Promise<AttemptResult<FetchedFile>> {
  const { request, wire, claims } = state;
  const wantsClaim = !request.checksumExempt;
  let own: Promise<ClaimAnswer> | null = wantsClaim && state.eager ? claims.ask(mirror) : null;
  const partial = fromZero ? null : state.partial;
  if (!fromZero) state.partial = null;
  const result = await download(wire, mirror, {
    path: request.path,
    maxBytes: request.maxBytes,
    algorithms: digestAlgorithms(request.pin),
    mayBePage: request.mayBePage ?? false,
    signal,
    monitor,
    partial,
    createTemporary: request.createTemporary,
    onBytes: (received, total, last) => {
      const nowMs = wire.health.now();
      if (!last && nowMs - state.lastBytesMs < bytesEveryMs) return;
      state.lastBytesMs = nowMs;
      request.emit({ type: 'bytes', path: request.path, mirror: mirror.url.href, received, total });
    },
    onFound: () => {
      if (wantsClaim) own ??= claims.ask(mirror);
    },
  });
  monitor.transferred();
  if (result.kind !== 'body') {
    await keepPartial(state, result.partial ?? null);
    if (result.kind === 'not-found' && mirror.canonical) state.canonicalNotFound = true;
    return result.kind === 'not-found' ? { kind: 'not-found', status: result.status } : result;
  }
  try {
    const ownAnswer = own ? await own : null;
    const transformed = result.resumed || result.answer.headers['content-encoding'] !== undefined;
    const headerClaims = parseHeaderChecksums(result.answer.headers, { transformed }).map(
      (checksum): ChecksumClaim => ({ ...checksum, ...speaker(mirror, result.answer.secure), source: 'header' }),
    );
    const verdict = await judge(state, mirror, result.partial, result.answer.secure, [...headerClaims, ...(ownAnswer?.claim ? [ownAnswer.claim] : [])]);
    if (signal.aborted) {
      await result.partial.temporary.discard();
      return { kind: 'failed', outcome: 'aborted', status: null };
    }
    const useless = verdict.verdict.ok ? await uselessness(request, result.partial, verdict.verdict, verdict.digests) : null;
    if (useless !== null) {
      await result.partial.temporary.discard();
      return { kind: 'failed', outcome: 'not-maven', status: result.answer.status, detail: useless };
    }
    if (verdict.verdict.ok) {
      const file: FetchedFile = { temporary: result.partial.temporary, mirror, size: result.partial.size, digests: verdict.digests, verdict: verdict.verdict };
      return { kind: 'won', value: file, status: result.answer.status };
    }
    await result.partial.temporary.discard();
    if (result.resumed) {
      // The bytes of two mirrors did not fit together: once from zero, from this one alone.
      return attempt(state, mirror, monitor, signal, true);
    }
    if (verdict.verdict.reason === 'missing' && ownAnswer?.failure) {
      // The checksum could not be had: that is a mirror out of reach, not a file without a checksum.
      const { path: failedPath, ...failure } = ownAnswer.failure;
      return { ...failure, failedPath, detail: `its checksum file: ${failure.detail ?? failure.outcome}` };
    }
    const refused = refusedFor(verdict.verdict, ownAnswer);
    state.rejections.push({ mirror, verdict: refused });
    return { kind: 'failed', outcome: outcomeOf(refused), status: result.answer.status, detail: refused.message };
  } catch (error) {
    await result.partial.temporary.discard();
    throw error;
  }
}

/** What the subject's own check says; a file that more than its mirror vouches for is what it is, useless or not. */
async function uselessness({ check }: FileRequest, { temporary }: Partial, { level }: Accepted, { sha256 }: Digests): Promise<string | null> {
  if (check === undefined || sha256 === undefined) return null;
  await temporary.flush();
  const why = check(await readFile(temporary.file), sha256);
  return compareLevels(level, 'transport') > 0 ? null : why;
}

/** Asks the verifier, gets the claims that it says would help, and asks again. */
async function judge(state: FileState, mirror: Mirror, partial: Partial, secure: boolean, own: readonly ChecksumClaim[]): Promise<{ verdict: Verdict; digests: Digests }> {
  const { request, claims } = state;
  const known: ChecksumClaim[] = [...own];
  const computed = await partial.digester.digests();
  if (computed === null) await partial.temporary.flush();
  let digests: Digests = computed ?? (await digestFile(partial.temporary.file, digestAlgorithms(request.pin)));
  let canonicalReachable = true;
  const asked = new Set<string>();
  for (;;) {
    const missing = known.map(({ algorithm }) => algorithm).filter((algorithm) => digests[algorithm] === undefined);
    if (missing.length > 0) {
      await partial.temporary.flush();
      digests = { ...digests, ...(await digestFile(partial.temporary.file, [...new Set(missing)])) };
    }
    const verdict = checkFile(
      {
        path: request.path,
        digests,
        servedBy: { mirror: mirror.url.href, operator: mirror.operator, canonical: mirror.canonical, trusted: mirror.trusted, secure },
        claims: known,
        ...(request.pin ? { pin: request.pin } : {}),
        ...(request.firstSeen === null ? {} : { firstSeen: request.firstSeen }),
        canonicalReachable,
        checksumFileExempt: request.checksumExempt,
      },
      policyAgainst(state, mirror),
    );
    const need = verdict.ok ? undefined : verdict.needs?.find((kind) => !asked.has(kind));
    if (need === undefined) return { verdict, digests };
    asked.add(need);
    const others = request.repository.mirrors.filter((other) => other !== mirror);
    const answers = await claims.askAll(need === 'canonical-checksum' ? others.filter((other) => other.canonical) : others);
    if (need === 'canonical-checksum') canonicalReachable = answers.some(({ reachable }) => reachable);
    for (const { claim } of answers) {
      if (claim && !known.some(({ mirror: speaker, algorithm }) => speaker === claim.mirror && algorithm === claim.algorithm)) known.push(claim);
    }
  }
}

/**
 * What the canonical operator says is not there (a cached 404, a withdrawn release, an invention) is taken from an
 * untrusted mirror only with a proof of `quorum` or stronger.
 */
function policyAgainst({ request, canonicalNotFound }: FileState, mirror: Mirror): FilePolicy {
  const { policy } = request;
  if (!canonicalNotFound || mirror.canonical || mirror.trusted) return policy;
  return policy.level !== null && compareLevels(policy.level, 'quorum') > 0 ? policy : { ...policy, level: 'quorum' };
}

function digestAlgorithms(pin: Pin | null): readonly ChecksumAlgorithm[] {
  return pin && pin.algorithm !== 'sha256' && pin.algorithm !== 'sha1' ? ['sha1', 'sha256', pin.algorithm] : ['sha1', 'sha256'];
}

function speaker(mirror: Mirror, secure: boolean): Omit<ChecksumClaim, 'algorithm' | 'value' | 'source'> {
  return { mirror: mirror.url.href, operator: mirror.operator, canonical: mirror.canonical, trusted: mirror.trusted, secure };
}

/** A checksum file that is none (an HTML page, say) is not the same as none. */
function refusedFor(verdict: Refused, own: ClaimAnswer | null): Refused {
  if (verdict.code !== 'ERR_CHECKSUM' || verdict.reason !== 'missing' || !own?.malformed) return verdict;
  return { ...verdict, reason: 'malformed', message: `no usable checksum: ${own.malformed}` };
}

function outcomeOf(verdict: Refused): AttemptOutcome {
  if (verdict.code === 'ERR_QUORUM') return 'untrusted';
  return verdict.reason === 'missing' || verdict.reason === 'malformed' ? 'checksum-missing' : 'checksum-mismatch';
}

/** Keeps the larger of two partial downloads for the next attempt. */
async function keepPartial(state: FileState, partial: Partial | null): Promise<void> {
  if (!partial) return;
  const other = state.partial;
  if (other && other.size >= partial.size) return partial.temporary.discard();
  state.partial = partial;
  if (other) await other.temporary.discard();
}

async function discardPartial(state: FileState): Promise<void> {
  await state.partial?.temporary.discard();
  state.partial = null;
}

/** Waits; an abort ends the wait. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
  signal.throwIfAborted();
}

