/**
 * Asks one mirror for small files, politely: a few requests at once, none after it has asked for peace or has failed several times in a
 * row, and none beyond the time for one mirror.
 */
import { Gate } from '../../base/async/gate.js';
import { encodePath } from '../../maven/coordinate/path.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import { parseHttpDate } from '../../network/transport/contract/retry-after.js';
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
  /** A mirror that takes longer than this in all is left alone, in milliseconds. Default 90,000. */
  readonly budgetMs?: number | undefined;
}

const parallel = 4;
/** After so many failures in a row, the mirror is not asked again. */
const maxFailures = 5;
const standardBudgetMs = 90_000;

export class MirrorQuestions {
  readonly mirror: Mirror;
  /** Times to the first byte, in milliseconds. */
  readonly timesMs: number[] = [];
  readonly #options: QuestionsOptions;
  readonly #gate = new Gate(parallel);
  readonly #elsewhere = new Set<string>();
  readonly #startedMs = performance.now();
  #answered = 0;
  #failuresInRow = 0;
  #firstFailure: string | null = null;
  #wantsPeace = false;
  #clockMs: number | null = null;

  constructor(options: QuestionsOptions) {
    this.mirror = options.mirror;
    this.#options = options;
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
    return this.#clockMs;
  }

  /** Asks for a path beneath the mirror, or for a URL of the same operator. */
  async ask(where: string | URL, maxBytes: number): Promise<MirrorAnswer> {
    const { signal } = this.#options;
    return this.#gate.run(async () => {
      if (this.#isGivenUp()) return { kind: 'failed', detail: 'not asked: the mirror failed too often', isTooLarge: false };
      try {
        return await this.#ask(where, maxBytes);
      } catch (error) {
        signal.throwIfAborted();
        if (!isTransportError(error)) throw error;
        return this.#fail(error.message, error.outcome === 'too-large');
      }
    }, signal);
  }

  #isGivenUp(): boolean {
    const { budgetMs = standardBudgetMs } = this.#options;
    return this.#wantsPeace || this.#failuresInRow >= maxFailures || performance.now() - this.#startedMs > budgetMs;
  }

  async #ask(where: string | URL, maxBytes: number): Promise<MirrorAnswer> {
    const { mirror, transport, signal } = this.#options;
    const url = typeof where === 'string' ? new URL(encodePath(where), mirror.url) : where;
    const credentials = url.origin === mirror.url.origin ? mirror.credentials : undefined;
    let writtenMs = performance.now();
    const onWritten = (): void => void (writtenMs = performance.now());
    const answer = await transport.get({ url, maxBytes, signal, credentials, onWritten });
    const firstByteMs = performance.now() - writtenMs;
    const other = this.#answeredElsewhere(url, answer);
    if (other !== null) {
      answer.cancel();
      this.#elsewhere.add(other);
      return this.#fail(`it redirects to ${other}`, false);
    }
    const result = await this.#receive(answer);
    if (result.kind !== 'failed') this.timesMs.push(firstByteMs);
    return result;
  }

  async #receive(answer: TransportAnswer): Promise<MirrorAnswer> {
    const { status, headers } = answer;
    const date = parseHttpDate(headers['date'] ?? '', Date.now());
    if (date !== null) this.#clockMs ??= date - Date.now();
    if (status === 200) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      this.#succeed();
      return { kind: 'file', bytes: Buffer.concat(chunks), headers };
    }
    answer.cancel();
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
