/**
 * Finds a file's signature file (`.asc`). A signature proves itself, so it needs no checksum, may come from any mirror, and the first one
 * found is used. Only the canonical operator's answer that there is none is believed, so no other mirror can strip a signature.
 */
import type { Attempt } from '../../base/error.js';
import type { EventListener } from '../../base/event.js';
import { originOf } from '../../network/mirrors/order.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import { getSmall, type Network } from '../../network/mirrors/request.js';
import { isTransient } from '../../network/mirrors/transient.js';
import { speakerOf } from '../../network/mirrors/witness.js';
import { signatureMaxBytes } from '../../network/transport/contract/limits.js';
import { AnotherRound, inRounds } from '../rounds.js';
import { type RoundResult, type SignatureHeard, SignatureRound } from './signature-round.js';

/** The answer to one question. */
export type SignatureAnswer =
  | {
      readonly kind: 'found';
      readonly bytes: Uint8Array;
      /** Null for a file of the local repository. */
      readonly mirror: Mirror | null;
      /** Whether the answer is from the canonical operator. */
      readonly canonical: boolean;
    }
  /** The canonical operator has none. */
  | { readonly kind: 'missing' }
  /** None of the servers asked has one, and the canonical operator was not among them, or did not answer. */
  | { readonly kind: 'unknown'; readonly attempts: readonly Attempt[] };

/** The answer of a server that was slow. */
export interface LateAnswer {
  readonly answer: SignatureAnswer;
  readonly isStore: boolean;
}

export interface SignatureSources {
  /** Asks the repository's mirrors once, the quickest first; `holder`, which has the file, at once. */
  begin(holder: Mirror | null): void;
  /** Notes that the file came from this mirror, with a good checksum: mirrors that have not answered by now are late. */
  bodyVerified(mirror: Mirror): void;
  /** Returns the first answer. */
  first(): Promise<SignatureAnswer>;
  /** Returns the canonical operator's answer. */
  canonical(): Promise<SignatureAnswer>;
  /** Asks the signature stores in turn; yields what they have. */
  stores(): AsyncIterable<SignatureAnswer>;
  /** Asks the repository's remaining mirrors, all at the same time; returns what they have. */
  others(): Promise<readonly SignatureAnswer[]>;
  /**
   * Asks again the servers that were slow; yields their answers as they come. If the file must be signed, it waits for them until the
   * deadline; if it is refused for what a mirror serves as its signature (`isRefused`), for some time; otherwise it asks none.
   */
  late(isRefused: boolean): AsyncIterable<LateAnswer>;
  /** Requests that failed so far, for the list in an error. */
  attempts(): readonly Attempt[];
}

export interface SignatureSourceOptions {
  readonly network: () => Promise<Network>;
  readonly repository: Repository;
  /** Repository path of the signature file. */
  readonly path: string;
  readonly stores: readonly Mirror[];
  /** Wait even for mirrors that are known to be down: set if the file is refused without an answer. */
  readonly patient: boolean;
  readonly signal: AbortSignal;
  readonly emit: EventListener;
}

export function createSignatureSources(options: SignatureSourceOptions): SignatureSources {
  return new RepositorySignatures(options);
}

/** How many first-byte times the last mirror gets if the file need not be signed. */
const someFirstBytes = 3;

/** How a question is asked. */
interface Manner {
  /** Whether other questions speed up the first round. */
  readonly isFirst: boolean;
  /** Whether to wait even for mirrors that are known to be down. */
  readonly patient: boolean;
  /** As in {@link SignatureRoundOptions}. */
  readonly firstBytes: number;
}

/** Asks the servers for one signature file; each question is asked once, whatever attempt needs the answer. */
class RepositorySignatures implements SignatureSources {
  readonly #options: SignatureSourceOptions;
  readonly #attempts: Attempt[] = [];
  /** Mirrors that gave an answer. */
  readonly #heard = new Set<string>();
  #first: Promise<SignatureAnswer> | null = null;
  #canonical: Promise<SignatureAnswer> | null = null;
  #others: Promise<readonly SignatureAnswer[]> | null = null;
  /** The round that `first` is in. */
  #current: SignatureRound | null = null;
  /** The mirror that has the file. */
  #holder: Mirror | null = null;
  /** The mirror that the verified file came from. */
  #arrivedFrom: Mirror | null = null;

  constructor(options: SignatureSourceOptions) {
    this.#options = options;
  }

  begin(holder: Mirror | null): void {
    if (holder !== null && this.#holder === null) {
      this.#holder = holder;
      this.#current?.prefer(holder);
    }
    this.#first ??= handled(this.#askAll(holder));
  }

  bodyVerified(mirror: Mirror): void {
    this.#arrivedFrom ??= mirror;
    this.#current?.bodyVerified(mirror);
  }

  first(): Promise<SignatureAnswer> {
    return (this.#first ??= handled(this.#askAll(null)));
  }

  canonical(): Promise<SignatureAnswer> {
    return (this.#canonical ??= handled(this.#askCanonical()));
  }

  async *stores(): AsyncIterable<SignatureAnswer> {
    for (const store of this.#options.stores) {
      const answer = await this.#ask([store], this.#manner({ isFirst: false, waits: false }));
      if (answer.kind === 'found') yield answer;
    }
  }

  async *late(isRefused: boolean): AsyncIterable<LateAnswer> {
    const { patient, repository, stores } = this.#options;
    if (!patient && !isRefused) return;
    const slow = new Set(this.#attempts.filter(({ outcome }) => outcome === 'timeout').map(({ mirror }) => mirror));
    const servers = [...repository.mirrors, ...stores].filter(({ url }) => slow.has(url.href) && !this.#heard.has(url.href));
    const running = new Map(servers.map((server) => [server, this.#askLate(server)]));
    while (running.size > 0) {
      const { server, answer } = await Promise.race(running.values());
      running.delete(server);
      yield { answer, isStore: stores.includes(server) };
    }
  }

  others(): Promise<readonly SignatureAnswer[]> {
    return (this.#others ??= handled(this.#askOthers()));
  }

  attempts(): readonly Attempt[] {
    return this.#attempts;
  }

  async #askAll(holder: Mirror | null): Promise<SignatureAnswer> {
    const { network, repository } = this.#options;
    const mirrors = (await network()).health.inOrder(repository.mirrors);
    const order = holder === null ? mirrors : [holder, ...mirrors.filter((mirror) => mirror !== holder)];
    return this.#ask(order, this.#manner({ isFirst: true, waits: this.#options.stores.length === 0 }));
  }

  async #askCanonical(): Promise<SignatureAnswer> {
    const { network, repository } = this.#options;
    const mirrors = (await network()).health.inOrder(repository.mirrors.filter(({ canonical }) => canonical));
    const hasOthers = this.#options.stores.length > 0 || repository.mirrors.some((mirror) => !mirror.canonical && !this.#isHeard(mirror));
    return this.#ask(mirrors, this.#manner({ isFirst: false, waits: !hasOthers }));
  }

  /**
   * Asks these until one answers; mirrors that may recover are asked again. Unless patient, it does not wait for hosts
   * that are known to be down: most files have no signature, and each would pay for the dead host again.
   */
  async #ask(mirrors: readonly Mirror[], how: Manner): Promise<SignatureAnswer> {
    const { signal } = this.#options;
    const network = await this.#options.network();
    let asked = how.patient ? mirrors : mirrors.filter((mirror) => !isDown(network, mirror));
    this.#skip(mirrors.filter((mirror) => !asked.includes(mirror)));
    const answer = await inRounds(async () => {
      if (asked.length === 0) return null;
      const round = this.#startRound(network, asked, how);
      const result = await round.ended;
      this.#note(result);
      if (result.answer !== null) return answerOf(result.answer);
      // A slow server was awaited, or is asked again by `late`.
      asked = result.failed.filter((one) => isTransient(one) && one.outcome !== 'timeout').map(({ mirror }) => mirror);
      return asked.length === 0 ? null : new AnotherRound();
    }, signal);
    return answer ?? { kind: 'unknown', attempts: [...this.#attempts] };
  }

  /** @param how.waits whether no other server could answer if this one is slow */
  #manner({ isFirst, waits }: { readonly isFirst: boolean; readonly waits: boolean }): Manner {
    const { patient } = this.#options;
    return { isFirst, patient, firstBytes: patient ? (waits ? Infinity : 1) : someFirstBytes };
  }

  #startRound(network: Network, mirrors: readonly Mirror[], { isFirst, patient, firstBytes }: Manner): SignatureRound {
    const { repository, path, signal, emit } = this.#options;
    const round = new SignatureRound({ network, repository, path, mirrors, patient, firstBytes, signal, emit });
    if (isFirst) {
      this.#current = round;
      if (this.#holder !== null) round.prefer(this.#holder);
      if (this.#arrivedFrom !== null) round.bodyVerified(this.#arrivedFrom);
    }
    return round;
  }

  #note({ heard, attempts, skipped }: RoundResult): void {
    for (const mirror of heard) this.#heard.add(mirror.url.href);
    this.#attempts.push(...attempts);
    this.#skip(skipped);
  }

  #skip(mirrors: readonly Mirror[]): void {
    for (const mirror of mirrors) this.#attempts.push(skipped(mirror, this.#options.path));
  }

  async #askOthers(): Promise<readonly SignatureAnswer[]> {
    const { repository } = this.#options;
    const network = await this.#options.network();
    const rest = repository.mirrors.filter((mirror) => !this.#heard.has(mirror.url.href) && !isDown(network, mirror));
    return (await Promise.all(rest.map((mirror) => this.#askOther(network, mirror)))).flat();
  }

  #isHeard({ url }: Mirror): boolean {
    return this.#heard.has(url.href);
  }

  async #askLate(server: Mirror): Promise<{ readonly server: Mirror; readonly answer: SignatureAnswer }> {
    const firstBytes = this.#options.patient ? Infinity : someFirstBytes;
    return { server, answer: await this.#ask([server], { isFirst: false, patient: true, firstBytes }) };
  }

  async #askOther(network: Network, mirror: Mirror): Promise<readonly SignatureAnswer[]> {
    const { repository, path, signal } = this.#options;
    const startedMs = network.health.now();
    const answer = await getSmall(network, mirror, path, { maxBytes: signatureMaxBytes, signal });
    if (answer.kind === 'failed') {
      const { outcome, status, detail } = answer;
      this.#attempts.push({ mirror: mirror.url.href, outcome, status, ms: Math.round(network.health.now() - startedMs), path, detail });
      return [];
    }
    this.#heard.add(mirror.url.href);
    if (answer.kind !== 'ok') return [];
    const { canonical } = speakerOf(mirror, path, answer.answer, repository.mirrors);
    return [{ kind: 'found', bytes: answer.bytes, mirror, canonical }];
  }
}

/** Marks a rejection as handled: its awaiter gets the error, but an attempt that lost its race no longer awaits it. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function isDown({ health }: Network, mirror: Mirror): boolean {
  return health.isDemoted(originOf(mirror.url));
}

function answerOf({ bytes, mirror, canonical }: SignatureHeard): SignatureAnswer {
  return bytes === null ? { kind: 'missing' } : { kind: 'found', bytes, mirror, canonical };
}

function skipped(mirror: Mirror, path: string): Attempt {
  return { mirror: mirror.url.href, outcome: 'timeout', status: null, ms: 0, path, detail: 'not waited for: it failed a moment ago' };
}
