/**
 * One race for a signature file. As a race for a file (repository/race.ts), and besides:
 *
 * - The canonical operator's 'not here' ends it: most files have no signature.
 * - The mirror that turns out to have the file is asked at once, whoever else is waited for.
 * - Once the file is there, whoever is later than the time after which a file would have been asked for elsewhere is
 *   told to health, as its file was beaten too; and nobody waits for hosts alone that are down.
 */
import type { Attempt } from '../../base/error.js';
import type { EventListener } from '../../base/event.js';
import { originOf } from '../../network/mirrors/order.js';
import { type AttemptMonitor, type AttemptResult, Race, type RaceResult } from '../../network/mirrors/race.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import { getSmall, type Network } from '../../network/mirrors/request.js';
import { speakerOf } from '../../network/mirrors/witness.js';
import { signatureMaxBytes } from '../../network/transport/limits.js';

/** The bytes; null for the canonical operator's 'not here'. */
export interface SignatureHeard {
  readonly mirror: Mirror;
  readonly bytes: Uint8Array | null;
  /** Whether the answer is the canonical operator's word. */
  readonly canonical: boolean;
}

export interface RoundResult {
  readonly answer: SignatureHeard | null;
  readonly attempts: readonly Attempt[];
  readonly failed: RaceResult<SignatureHeard>['failed'];
  /** Who answered, with or without a signature. */
  readonly heard: readonly Mirror[];
  /** Who was not waited for. */
  readonly skipped: readonly Mirror[];
}

export interface SignatureRound {
  /** Rejects with the signal's reason only. */
  readonly ended: Promise<RoundResult>;
  prefer(holder: Mirror): void;
  bodyVerified(from: Mirror): void;
}

export interface SignatureRoundOptions {
  readonly network: Network;
  readonly repository: Repository;
  readonly path: string;
  /** In the order to ask. */
  readonly mirrors: readonly Mirror[];
  /** Wait for hosts that are down, too. */
  readonly patient: boolean;
  readonly signal: AbortSignal;
  readonly emit: EventListener;
}

export function createSignatureRound(options: SignatureRoundOptions): SignatureRound {
  const { network, repository, path, mirrors, patient, signal, emit } = options;
  const { health } = network;
  const ending = new AbortController();
  const own = AbortSignal.any([signal, ending.signal]);
  /** Not heard yet. */
  const open = new Set(mirrors);
  // The first is asked from the start, though it may wait for a connection.
  const startedMs = new Map<Mirror, number>(mirrors.slice(0, 1).map((mirror) => [mirror, health.now()]));
  const asked = new Map<Mirror, Promise<AttemptResult<SignatureHeard>>>();
  const timers = new Set<NodeJS.Timeout>();
  let fromHolder: SignatureHeard | null = null;
  let arrivedFrom: Mirror | null = null;
  let over = false;

  const isDown = (mirror: Mirror): boolean => health.isDemoted(originOf(mirror.url));
  const check = (): void => {
    if (!patient && !over && open.size > 0 && [...open].every(isDown)) ending.abort(new Error('only hosts that are down are left'));
  };
  /** Tells health of a mirror that is late although the file is there. */
  const watch = (mirror: Mirror): void => {
    const origin = originOf(mirror.url);
    const began = startedMs.get(mirror);
    if (patient || over || began === undefined || !open.has(mirror) || arrivedFrom === null || originOf(arrivedFrom.url) === origin) return;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        if (over || !open.has(mirror)) return;
        health.outrun(origin, began);
        check();
      },
      Math.max(0, health.hedgeDelay(origin) - (health.now() - began)),
    );
    timers.add(timer);
  };
  const request = async (mirror: Mirror, requestSignal: AbortSignal, monitor: AttemptMonitor): Promise<AttemptResult<SignatureHeard>> => {
    startedMs.set(mirror, health.now());
    watch(mirror);
    const answer = await getSmall(network, mirror, path, {
      maxBytes: signatureMaxBytes,
      signal: requestSignal,
      holdsSlot: true,
      isLast: () => patient && monitor.isLast(),
      onHeaders: (bytes) => monitor.headers(bytes),
    });
    monitor.transferred();
    if (answer.kind === 'failed') return answer;
    open.delete(mirror);
    const { canonical } = speakerOf(mirror, path, answer.answer, repository.mirrors);
    if (answer.kind === 'ok') return { kind: 'won', value: { mirror, bytes: answer.bytes, canonical }, status: answer.answer.status };
    if (canonical) return { kind: 'won', value: { mirror, bytes: null, canonical }, status: answer.status };
    check();
    return { kind: 'not-found', status: answer.status };
  };
  const attempt = (mirror: Mirror, monitor: AttemptMonitor, attemptSignal: AbortSignal): Promise<AttemptResult<SignatureHeard>> => {
    const known = asked.get(mirror);
    if (known !== undefined) {
      monitor.transferred();
      return known;
    }
    const answer = request(mirror, attemptSignal, monitor);
    asked.set(mirror, answer);
    return answer;
  };

  const run = async (): Promise<RoundResult> => {
    const unsubscribe = mirrors.map((mirror) => health.onSuspect(originOf(mirror.url), check));
    const heard = (): readonly Mirror[] => mirrors.filter((mirror) => !open.has(mirror));
    try {
      const result = await new Race<SignatureHeard>({ repository, mirrors, path, health, signal: own, emit, attempt }).run();
      return { answer: result.winner?.value ?? null, attempts: toldOf(result), failed: result.failed, heard: heard(), skipped: [] };
    } catch (error) {
      if (signal.aborted || !ending.signal.aborted) throw error;
      return { answer: fromHolder, attempts: [], failed: [], heard: heard(), skipped: fromHolder === null ? [...open] : [] };
    } finally {
      over = true;
      for (const stop of unsubscribe) stop();
      for (const timer of timers) clearTimeout(timer);
      ending.abort(new Error('the race is over'));
    }
  };
  const toldOf = (result: RaceResult<SignatureHeard>): Attempt[] =>
    result.attempts.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'aborted').map((one) => ({ path, ...one }));
  const ended = run();
  ended.catch(() => undefined); // reported to whoever awaits it

  return {
    ended,
    prefer(holder) {
      // The first is asked already, or waits for a connection.
      if (over || holder === mirrors[0] || !open.has(holder) || asked.has(holder)) return;
      const answer = new Race<SignatureHeard>({
        repository,
        mirrors: [holder],
        path,
        health,
        signal: own,
        emit,
        attempt: (mirror, monitor, attemptSignal) => request(mirror, attemptSignal, monitor),
      })
        .run()
        .then((result): AttemptResult<SignatureHeard> => {
          const { winner, notFound, failed } = result;
          if (winner !== null) {
            fromHolder = winner.value;
            ending.abort(new Error('the holder of the file answered'));
            return { kind: 'won', value: winner.value, status: 200 };
          }
          return notFound.length > 0
            ? { kind: 'not-found', status: 404 }
            : { kind: 'failed', outcome: failed[0]?.outcome ?? 'aborted', status: failed[0]?.status ?? null };
        });
      answer.catch(() => undefined); // aborted with the race
      asked.set(holder, answer);
    },
    bodyVerified(from) {
      arrivedFrom ??= from;
      for (const mirror of startedMs.keys()) watch(mirror);
    },
  };
}
