/**
 * Asks one mirror for small files, politely: a few requests at once, none after it has asked for peace or has failed several times in a
 * row, and none beyond the time and the bytes for one mirror. So a mirror that trickles or never ends cannot hold up the others.
 */
import { Gate } from '../../base/async/gate.js';
import { linkedAbort } from '../../base/async/linked-abort.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import { fileUrl } from '../../network/mirrors/request.js';
import { ServerClock } from '../../network/transport/contract/server-clock.js';
import { isTransportError, type Transport, type TransportAnswer } from '../../network/transport/contract/transport.js';

export type MirrorAnswer =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'missing'; readonly status: number }
  | { readonly kind: 'failed'; readonly detail: string; readonly isTooLarge: boolean };

export interface QuestionsOptions {
  readonly mirror: Mirror;
  /** All mirrors of the repository: an answer that comes from another of them is not this mirror's. */
  readonly mirrors: readonly Mirror[];
  readonly transport: Transport;
  readonly signal: AbortSignal;
  /** Default: {@link standardLimits}. */
  readonly limits?: Partial<QuestionLimits> | undefined;
}

/** Limits for one mirror. Beyond them, the mirror is left alone, and what it was not asked is unknown. */
export interface QuestionLimits {
  /** For one answer with its body. */
  readonly answerMs: number;
  readonly totalMs: number;
  readonly totalBytes: number;
}

const standardLimits: QuestionLimits = { answerMs: 15_000, totalMs: 90_000, totalBytes: 64 * 1024 * 1024 };
const parallel = 4;
/** After so many failures in a row, the mirror is not asked again. */
const maxFailures = 5;
/** Files that are only looked for may have any size: their bytes are not read. */
const anySize = Number.MAX_SAFE_INTEGER;

interface Question {
  readonly maxBytes: number;
  readonly isLook: boolean;
}

export class MirrorQuestions {
  readonly mirror: Mirror;
  /** Times to the first byte, in milliseconds. */
  readonly timesMs: number[] = [];
  readonly #options: QuestionsOptions;
  readonly #limits: QuestionLimits;
  readonly #gate = new Gate(parallel);
  readonly #elsewhere = new Set<string>();
  readonly #startedMs = performance.now();
  #answered = 0;
  #bytes = 0;
  #failuresInRow = 0;
  #firstFailure: string | null = null;
  #wantsPeace = false;
  readonly #clock = new ServerClock();

  constructor(options: QuestionsOptions) {
    this.mirror = options.mirror;
    this.#options = options;
    this.#limits = { ...standardLimits, ...options.limits };
  }

  /** Whether any request got an answer. */
  get hasAnswered(): boolean {
    return this.#answered > 0;
  }

  /** Why the first request that failed did; null if none failed. */
  get firstFailure(): string | null {
    return this.#firstFailure;
  }

  /** The other mirrors of the repository that it redirected to. */
  get elsewhere(): readonly string[] {
    return [...this.#elsewhere];
  }

  /** The server's time minus this machine's, in milliseconds; null if it does not tell the time. */
  get clockMs(): number | null {
    return this.#clock.aheadMs;
  }

  /** Asks for a path beneath the mirror, or for a URL of the same operator. */
  ask(where: string | URL, maxBytes: number): Promise<MirrorAnswer> {
    return this.#inTurn(where, { maxBytes, isLook: false });
  }

  /** Asks whether a file is there, and does not read it. As a range, so that no server counts it as a download. */
  look(path: string): Promise<MirrorAnswer> {
    return this.#inTurn(path, { maxBytes: anySize, isLook: true });
  }

  #inTurn(where: string | URL, question: Question): Promise<MirrorAnswer> {
    const { signal } = this.#options;
    return this.#gate.run(async () => {
      if (this.#isGivenUp())
        return { kind: 'failed', detail: 'not asked: the mirror failed too often, or took too long', isTooLarge: false };
      const patience = linkedAbort(signal);
      const timer = setTimeout(() => patience.abort(), this.#limits.answerMs);
      try {
        return await this.#ask(where, question, patience.signal);
      } catch (error) {
        signal.throwIfAborted();
        if (patience.signal.aborted) return this.#fail(`no answer within ${this.#limits.answerMs} ms`, false);
        if (!isTransportError(error)) throw error;
        return this.#fail(error.message, error.outcome === 'too-large');
      } finally {
        clearTimeout(timer);
        patience.release();
      }
    }, signal);
  }

  #isGivenUp(): boolean {
    const { totalMs, totalBytes } = this.#limits;
    const isCostly = performance.now() - this.#startedMs > totalMs || this.#bytes > totalBytes;
    return this.#wantsPeace || this.#failuresInRow >= maxFailures || isCostly;
  }

  async #ask(where: string | URL, { maxBytes, isLook }: Question, signal: AbortSignal): Promise<MirrorAnswer> {
    const { mirror, transport } = this.#options;
    const url = typeof where === 'string' ? fileUrl(mirror.url, where) : where;
    const credentials = url.origin === mirror.url.origin ? mirror.credentials : undefined;
    let writtenMs = performance.now();
    const onWritten = (): void => void (writtenMs = performance.now());
    const rangeFrom = isLook ? 1 : undefined;
    const answer = await transport.get({ url, maxBytes, signal, credentials, onWritten, rangeFrom, isCanonical: mirror.canonical });
    const firstByteMs = performance.now() - writtenMs;
    const other = this.#answeredElsewhere(url, answer);
    if (other !== null) {
      answer.cancel();
      this.#elsewhere.add(other);
      return this.#fail(`it redirects to ${other}`, false);
    }
    const result = await this.#receive(answer, isLook);
    if (result.kind !== 'failed') this.timesMs.push(firstByteMs);
    return result;
  }

  async #receive(answer: TransportAnswer, isLook: boolean): Promise<MirrorAnswer> {
    const { status, headers } = answer;
    if (this.#clock.aheadMs === null) this.#clock.learn(answer);
    if (status === 200 && !isLook) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) {
        this.#bytes += chunk.length;
        chunks.push(chunk);
      }
      this.#succeed();
      return { kind: 'file', bytes: Buffer.concat(chunks), headers };
    }
    answer.cancel();
    if (isLook && (status === 200 || status === 206 || status === 416)) {
      this.#succeed();
      return { kind: 'file', bytes: new Uint8Array(), headers };
    }
    if (status === 404 || status === 410) {
      this.#succeed();
      return { kind: 'missing', status };
    }
    if (status === 429 || status === 503) this.#wantsPeace = true;
    return this.#fail(`HTTP status ${status}`, false);
  }

  /** Returns the base URL of the other mirror that answered; null if it was this one, or a host that no mirror of the list has. */
  #answeredElsewhere(asked: URL, { url }: TransportAnswer): string | null {
    if (url.origin === asked.origin || url.protocol === 'file:') return null;
    const { mirror, mirrors } = this.#options;
    const others = mirrors.filter((other) => other.url.origin === url.origin);
    const isOwn = others.some(({ operator }) => operator !== null && operator === mirror.operator);
    return isOwn ? null : (others[0]?.url.href ?? null);
  }

  #succeed(): void {
    this.#answered += 1;
    this.#failuresInRow = 0;
  }

  #fail(detail: string, isTooLarge: boolean): MirrorAnswer {
    this.#failuresInRow += 1;
    this.#firstFailure ??= detail;
    return { kind: 'failed', detail, isTooLarge };
  }
}
