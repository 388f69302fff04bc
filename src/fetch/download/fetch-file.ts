/**
 * One file of one repository: race its mirrors, verify what came, hand over a verified temporary file.
 *
 * Every attempt runs the whole way (body, checksum, verdict), so the race is won by the first *verified* answer
 * and a lying mirror only loses time. p-retry starts another round only when every mirror failed for reasons that
 * may pass.
 */
import pRetry from 'p-retry';

import { linkedAbort } from '../../base/async/linked-abort.js';
import { wait } from '../../base/async/wait.js';
import type { Attempt, AttemptOutcome } from '../../base/error.js';
import { race } from '../../network/mirrors/race.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import type { Network } from '../../network/mirrors/request.js';
import { isTransient } from '../../network/mirrors/transient.js';
import { attempt, discardPartial } from './attempt.js';
import { createClaimCollector } from './claims.js';
import type { FetchedFile, FetchResult, FileRequest } from './file-request.js';
import type { FileState } from './file-state.js';

/** A Retry-After beyond this is for the user to wait for, not for a build. */
const longestWaitMs = 5_000;
/** Mirrors that may be asked again within so short a time of each other are asked in the same round. */
const togetherMs = 500;
const retries = 2;

/** Races the mirrors of one repository for one file. Rejects on abort and on faults of the local disk only. */
export async function fetchFile(network: Network, request: FileRequest): Promise<FetchResult> {
  const { repository, path, signal, emit } = request;
  const { health } = network;
  const attempts: Attempt[] = [];
  // The checksum questions outlive attempts, but not the file.
  const questions = linkedAbort(signal);
  const state: FileState = {
    request,
    network,
    claims: createClaimCollector(network, path, repository.mirrors, questions.signal),
    eager: request.eager,
    partial: null,
    lastBytesMs: -Infinity,
    canonicalNotFound: false,
    rejections: [],
  };
  let firstFailure: { readonly outcome: AttemptOutcome; readonly status: number | null } | null = null;
  let mirrors: readonly Mirror[] = health.inOrder(repository.mirrors, { probe: true });
  /** When a mirror that asked for patience may be asked again. */
  const dueMs = new Map<Mirror, number>();

  const fetched: FetchedFile[] = [];

  const round = async (): Promise<FetchResult> => {
    const result = await race<FetchedFile>({
      repository,
      mirrors,
      path,
      health,
      signal,
      emit,
      attempt: (mirror, monitor, attemptSignal) => attempt(state, mirror, monitor, attemptSignal),
      onDecided: () => questions.abort(),
      discard: (file) => file.temporary.discard(),
    });
    attempts.push(...result.attempts);
    if (result.winner) {
      fetched.push(result.winner.value);
      return { kind: 'fetched', file: result.winner.value, attempts };
    }
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
    attempts: [
      ...attempts,
      ...state.claims
        .failures()
        .filter(({ mirror, path: failed }) => !attempts.some((one) => one.mirror === mirror && one.path === failed)),
    ],
    canonicalNotFound: state.canonicalNotFound,
    allNotFound: firstFailure === null,
    rejections: state.rejections,
    firstFailure,
  });
  try {
    return await pRetry(round, {
      retries,
      minTimeout: 200,
      factor: 2,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => error instanceof RoundFailed,
      onFailedAttempt: ({ error }) => (error instanceof RoundFailed ? wait(error.waitMs, signal) : undefined),
    });
  } catch (error) {
    for (const { temporary } of fetched) await temporary.discard(); // p-retry drops a result that an abort overtakes
    signal.throwIfAborted();
    if (error instanceof RoundFailed) return none();
    throw error;
  } finally {
    questions.abort();
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

function mayPass({
  outcome,
  status,
  retryAfterMs,
}: {
  readonly outcome: AttemptOutcome;
  readonly status: number | null;
  readonly retryAfterMs?: number | undefined;
}): boolean {
  return retryAfterMs === undefined ? isTransient({ outcome, status }) : retryAfterMs <= longestWaitMs;
}
