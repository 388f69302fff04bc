/**
 * Where a file's signature file (`.asc`) can be had. It needs no checksum: a signature proves itself. So it may come from
 * any mirror, and the first that has it is used. That there is none is believed from the canonical operator alone: no
 * other can strip a signature.
 */
import { wait } from '../../base/async/wait.js';
import type { Attempt } from '../../base/error.js';
import type { EventListener } from '../../base/event.js';
import { originOf } from '../../network/mirrors/order.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import { getSmall, type Network } from '../../network/mirrors/request.js';
import { isTransient } from '../../network/mirrors/transient.js';
import { speakerOf } from '../../network/mirrors/witness.js';
import { signatureMaxBytes } from '../../network/transport/limits.js';
import { createSignatureRound, type SignatureRound } from './signature-round.js';

/** What was answered. */
export type SignatureAnswer =
  | {
      readonly kind: 'found';
      readonly bytes: Uint8Array;
      /** Null for a file of the local repository. */
      readonly mirror: Mirror | null;
      /** Whether it is the canonical operator's word. */
      readonly canonical: boolean;
    }
  /** The canonical operator has none. */
  | { readonly kind: 'missing' }
  /** None of those that were asked has one, and the canonical operator was not among them, or did not answer. */
  | { readonly kind: 'unknown'; readonly attempts: readonly Attempt[] };

export interface SignatureSources {
  /** Asks the repository's mirrors, those that are quickest first, once; `holder`, which has the file, at once. */
  begin(holder: Mirror | null): void;
  /** The file came from this mirror, and its checksum is good: who has not answered by now is late. */
  bodyVerified(mirror: Mirror): void;
  /** Whoever answered first. */
  first(): Promise<SignatureAnswer>;
  /** What the canonical operator says. */
  canonical(): Promise<SignatureAnswer>;
  /** Signature stores, one after the other, those that have one. */
  stores(): AsyncIterable<SignatureAnswer>;
  /** The repository's mirrors that were not heard yet, all at the same time; those that have one. */
  others(): Promise<readonly SignatureAnswer[]>;
  /** Requests that failed so far, for the error's list. */
  attempts(): readonly Attempt[];
}

export interface SignatureSourceOptions {
  readonly network: () => Promise<Network>;
  readonly repository: Repository;
  /** Repository path of the signature file. */
  readonly path: string;
  readonly stores: readonly Mirror[];
  /** Wait for mirrors that are known to be down, too: where without an answer the file is refused. */
  readonly patient: boolean;
  readonly signal: AbortSignal;
  readonly emit: EventListener;
}

/** Rounds after the first, for mirrors that failed in a way that passes. */
const retries = 2;
const firstWaitMs = 200;

export function createSignatureSources(options: SignatureSourceOptions): SignatureSources {
  const { repository, path, signal, emit } = options;
  const attempts: Attempt[] = [];
  /** Mirrors that gave an answer. */
  const heard = new Set<string>();
  let first: Promise<SignatureAnswer> | null = null;
  let canonical: Promise<SignatureAnswer> | null = null;
  let others: Promise<readonly SignatureAnswer[]> | null = null;
  /** The round that `first` is in. */
  let current: SignatureRound | null = null;
  let holder: Mirror | null = null;
  let arrived: Mirror | null = null;

  /**
   * Asks these until one answers; mirrors that may recover are asked again. Who waits for nobody but hosts that are
   * known to be down stops waiting: most files have no signature, and each would pay for the dead host again.
   */
  const ask = async (mirrors: readonly Mirror[], isFirst: boolean): Promise<SignatureAnswer> => {
    const network = await options.network();
    const isDown = (mirror: Mirror): boolean => network.health.isDemoted(originOf(mirror.url));
    let asked = options.patient ? mirrors : mirrors.filter((mirror) => !isDown(mirror));
    for (const mirror of mirrors) if (!asked.includes(mirror)) attempts.push(skipped(mirror, path));
    for (let round = 0; asked.length > 0; round += 1) {
      const running = createSignatureRound({ network, repository, path, mirrors: asked, patient: options.patient, signal, emit });
      if (isFirst) {
        current = running;
        if (holder !== null) running.prefer(holder);
        if (arrived !== null) running.bodyVerified(arrived);
      }
      const result = await running.ended;
      for (const mirror of result.heard) heard.add(mirror.url.href);
      attempts.push(...result.attempts, ...result.skipped.map((mirror) => skipped(mirror, path)));
      if (result.answer !== null) {
        const { bytes, mirror, canonical: isCanonical } = result.answer;
        return bytes === null ? { kind: 'missing' } : { kind: 'found', bytes, mirror, canonical: isCanonical };
      }
      asked = result.failed.filter(isTransient).map(({ mirror }) => mirror);
      if (round === retries || asked.length === 0) break;
      await wait(firstWaitMs * 2 ** round, signal);
    }
    return { kind: 'unknown', attempts: [...attempts] };
  };
  const ordered = async (mirrors: readonly Mirror[]): Promise<readonly Mirror[]> => {
    const { health } = await options.network();
    return health.inOrder(mirrors);
  };
  const quietly = <T>(promise: Promise<T>): Promise<T> => {
    promise.catch(() => undefined); // who awaits it gets the error; a lost attempt no longer does
    return promise;
  };
  const begin = (found: Mirror | null): void => {
    if (found !== null && holder === null) {
      holder = found;
      current?.prefer(found);
    }
    first ??= quietly(
      ordered(repository.mirrors).then((mirrors) =>
        ask(found === null ? mirrors : [found, ...mirrors.filter((mirror) => mirror !== found)], true),
      ),
    );
  };

  return {
    begin,
    first() {
      begin(null);
      return first ?? Promise.reject(new Error('begin() makes it'));
    },
    bodyVerified(mirror) {
      arrived ??= mirror;
      current?.bodyVerified(mirror);
    },
    canonical: () =>
      (canonical ??= quietly(ordered(repository.mirrors.filter((mirror) => mirror.canonical)).then((mirrors) => ask(mirrors, false)))),
    async *stores() {
      for (const store of options.stores) {
        const answer = await ask([store], false);
        if (answer.kind === 'found') yield answer;
      }
    },
    others: () => (others ??= quietly(askOthers())),
    attempts: () => attempts,
  };

  async function askOthers(): Promise<readonly SignatureAnswer[]> {
    const network = await options.network();
    const rest = repository.mirrors.filter((mirror) => !heard.has(mirror.url.href) && !network.health.isDemoted(originOf(mirror.url)));
    const answers = await Promise.all(
      rest.map(async (mirror): Promise<readonly SignatureAnswer[]> => {
        const answer = await getSmall(network, mirror, path, { maxBytes: signatureMaxBytes, signal });
        heard.add(mirror.url.href);
        if (answer.kind !== 'ok') return [];
        const speaker = speakerOf(mirror, path, answer.answer, repository.mirrors);
        return [{ kind: 'found', bytes: answer.bytes, mirror, canonical: speaker.canonical }];
      }),
    );
    return answers.flat();
  }
}

function skipped(mirror: Mirror, path: string): Attempt {
  return { mirror: mirror.url.href, outcome: 'timeout', status: null, ms: 0, path, detail: 'not waited for: it failed a moment ago' };
}
