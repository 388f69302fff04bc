/**
 * Repositories asked ahead of their turn, and used in it.
 *
 * Each is asked when its turn comes. Where the repository before it stays silent, and could be passed over for it
 * (Central for Clojars, or what was recorded names the later one), it is asked already: its verified file is held as
 * a temporary until the earlier one says 'not here' or its patience ends, and discarded when the earlier one has the
 * file. Other pairs are never asked ahead: the later answer could not be used, and a private name would have been
 * shown to a stranger.
 */
import { settlesWithin } from '../../base/async/settles-within.js';
import type { ClientEvent, EventListener } from '../../base/event.js';
import type { Health } from '../../network/mirrors/health.js';
import { originOf, type RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { PrefetchCount } from '../context.js';
import type { FetchResult } from '../download/file-request.js';

/** Silence after which the next repository is asked as well; the attempt delay of RFC 8305 section 5. */
const aheadMs = 250;
/** How long a silent repository is still waited for once the next one's file is there and verified. */
const patienceMs = 1_000;
/**
 * Files of one client that are asked for ahead at the same time. When the earlier repository is dead, these few find
 * it out, and it is then known to all; when it is merely jittery, no more than these are asked for twice.
 */
const mostAhead = 4;

export interface InquiriesOptions {
  /** In the order to use. */
  readonly ordered: readonly RepositoryCandidate[];
  readonly health: Health;
  readonly signal: AbortSignal;
  /** May the later one's answer be used when the earlier one cannot be reached? */
  readonly canPass: (earlier: Repository, later: RepositoryCandidate) => boolean;
  readonly ask: (candidate: RepositoryCandidate, position: number, emit: EventListener, signal: AbortSignal) => Promise<FetchResult>;
  readonly emit: EventListener;
  readonly ahead: PrefetchCount;
}

export interface Inquiries {
  /** The answer of the repository at this position; `silent` when it was given up for the next one's verified file. */
  answerOf(position: number): Promise<FetchResult | 'silent'>;
  /** Ends what still runs and discards what was not used, which is told. A file handed out belongs to its receiver. */
  close(): Promise<readonly UnusedFile[]>;
}

/** A verified file that an earlier repository's was preferred to. */
export interface UnusedFile {
  readonly repository: string;
  readonly sha256: string | undefined;
}

interface Inquiry {
  readonly controller: AbortController;
  readonly startedMs: number;
  readonly answer: Promise<FetchResult>;
  result: FetchResult | null;
  handedOut: boolean;
  /** Origins asked that have not answered. */
  readonly waitingFor: Map<string, string>;
  /** Mirrors whose bytes arrive just now. */
  readonly delivering: Set<string>;
}

/** Every origin but the last resorts is known to be down: what is left of it may be asked last. */
export function isDown({ mirrors }: Repository, health: Health): boolean {
  const own = mirrors.filter(({ lastResort }) => !lastResort);
  return own.length > 0 && own.every(({ url }) => health.isDemoted(originOf(url)));
}

export function createInquiries(options: InquiriesOptions): Inquiries {
  const { ordered, health, signal } = options;
  const inquiries = new Map<number, Inquiry>();
  const onAbort = (): void => {
    for (const { controller } of inquiries.values()) controller.abort(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });

  const begin = (position: number, candidate: RepositoryCandidate): Inquiry => {
    const known = inquiries.get(position);
    if (known) return known;
    const controller = new AbortController();
    if (signal.aborted) controller.abort(signal.reason);
    const waitingFor = new Map<string, string>();
    const delivering = new Set<string>();
    const emit = (event: ClientEvent): void => {
      if (event.type === 'attempt-started') waitingFor.set(event.mirror, originOf(new URL(event.mirror)));
      else if (event.type === 'bytes') {
        waitingFor.delete(event.mirror);
        delivering.add(event.mirror);
      } else if (event.type === 'attempt-ended') {
        waitingFor.delete(event.mirror);
        delivering.delete(event.mirror);
      }
      options.emit(event);
    };
    const startedMs = health.now();
    const answer = options.ask(candidate, position, emit, controller.signal);
    const inquiry: Inquiry = { controller, startedMs, answer, result: null, handedOut: false, waitingFor, delivering };
    answer.then(
      (result) => (inquiry.result = result),
      () => undefined, // reported to whoever awaits `answer`
    );
    inquiries.set(position, inquiry);
    return inquiry;
  };

  return {
    async answerOf(position) {
      const candidate = ordered[position];
      if (!candidate) throw new RangeError(`no repository at ${position}`);
      const inquiry = begin(position, candidate);
      const next = ordered[position + 1];
      const helped = next !== undefined && next.repository.blocked === undefined && options.canPass(candidate.repository, next);
      const silent = helped ? await givenUp(inquiry, candidate.repository, () => begin(position + 1, next), options) : false;
      if (silent) {
        const asked = [...inquiry.waitingFor.values()];
        inquiry.controller.abort(new Error('passed over'));
        // Told to health, so that the next files do not wait for it again.
        for (const origin of asked) health.outrun(origin, inquiry.startedMs);
        return 'silent';
      }
      const result = await inquiry.answer;
      inquiry.handedOut = true;
      return result;
    },
    async close() {
      signal.removeEventListener('abort', onAbort);
      for (const inquiry of inquiries.values()) {
        if (inquiry.result === null) inquiry.controller.abort(new Error('no longer needed'));
      }
      const unused: UnusedFile[] = [];
      for (const [position, { answer, handedOut }] of inquiries) {
        if (handedOut) continue;
        const result = await answer.catch(() => null);
        if (result?.kind !== 'fetched') continue;
        unused.push({ repository: ordered[position]?.repository.id ?? '', sha256: result.file.digests.sha256 });
        await result.file.temporary.discard();
      }
      return unused;
    },
  };
}

/** Waits for the answer; true when it did not come and the next repository's verified file waited long enough. */
async function givenUp(
  inquiry: Inquiry,
  repository: Repository,
  askNext: () => Inquiry,
  { health, ahead }: InquiriesOptions,
): Promise<boolean> {
  const answered = inquiry.answer.then(
    () => true,
    () => true,
  );
  const isSilent = (): boolean => inquiry.delivering.size === 0;
  const delayMs = Math.max(aheadMs, ...[...inquiry.waitingFor.values()].map((origin) => health.hedgeDelay(origin)));
  do {
    if (await settlesWithin(answered, delayMs)) return false;
  } while (!isSilent() || (ahead.running >= mostAhead && !isDown(repository, health)));
  ahead.running += 1;
  try {
    const hasFile = askNext().answer.then(
      ({ kind }) => kind === 'fetched',
      () => false,
    );
    if (!(await Promise.race([answered.then(() => false), hasFile]))) return false;
    do {
      if (await settlesWithin(answered, isDown(repository, health) ? 0 : patienceMs)) return false;
    } while (!isSilent());
    return true;
  } finally {
    ahead.running -= 1;
  }
}
