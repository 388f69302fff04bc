/**
 * Hashes a large body in worker threads while the next bytes arrive, each algorithm in its own if there are cores for
 * them. Loaded for large bodies only: starting a thread costs more than hashing a small one.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import type { ChecksumAlgorithm, Digests } from '../../proof/checksum/claim.js';
import type { SignatureHash } from '../../proof/openpgp/packet/signed-document.js';
import type { BodyDigester } from './body-digester.js';

const slotBytes = 256 * 1024;
/** Slots for each thread: one that is hashed and one that waits. Two more are being filled and on their way. */
const slotsOfThread = 2;

/**
 * Source text rather than a file, so that it works in every form in which this package is built. Plain CommonJS for Node 20.
 *
 * Slots are handed over and back, not shared: V8 copies to shared memory word by word, which takes five times as long.
 */
const workerCode = `
const { parentPort, workerData: { algorithms } } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const hashes = algorithms.map((algorithm) => createHash(algorithm));
parentPort.on('message', ({ slot, length, carry, suffix }) => {
  if (carry !== undefined) {
    const at = algorithms.indexOf(carry);
    parentPort.postMessage({ carried: hashes[at].copy().update(suffix).digest('hex') });
    return;
  }
  if (slot === undefined) {
    parentPort.postMessage({ digests: Object.fromEntries(hashes.map((hash, at) => [algorithms[at], hash.digest('hex')])) });
    parentPort.close();
    return;
  }
  const bytes = new Uint8Array(slot, 0, length);
  for (const hash of hashes) hash.update(bytes);
  parentPort.postMessage({ slot, length }, [slot]);
});
`;

/** Ends the threads of a digester that was dropped before its end (an abandoned download). */
const abandoned = new FinalizationRegistry<HashThreads>((threads) => threads.end());

/**
 * Hashes in separate threads, which end with {@link BodyDigester.digests}. That returns null if one failed (no memory,
 * threads forbidden): then hash the file instead.
 */
export class BackgroundDigester implements BodyDigester {
  /** They are copied: threads share no memory. */
  readonly keepsChunks = false;
  readonly #threads: HashThreads;
  /** The slot that is being filled; null if all of them wait to be hashed. */
  #slot: Uint8Array<ArrayBuffer> | null;
  /** Bytes in that slot. */
  #used = 0;

  /** @param threads at most one for each algorithm; by default, as many as there are cores besides this thread's */
  constructor(algorithms: readonly ChecksumAlgorithm[], threads: number = Math.max(1, availableParallelism() - 1)) {
    this.#threads = new HashThreads(algorithms, Math.max(1, Math.min(threads, algorithms.length)));
    this.#slot = this.#threads.takeSlot();
    abandoned.register(this, this.#threads, this);
  }

  update(chunk: Uint8Array): void | Promise<void> {
    if (this.#threads.hasFailed) return;
    const taken = this.#take(chunk, 0);
    if (taken < chunk.length) return this.#takeRest(chunk, taken);
  }

  async digestWith(hash: SignatureHash, suffix: Uint8Array): Promise<Uint8Array | null> {
    if (this.#threads.hasFailed || this.#threads.result !== null) return null;
    this.#postRest();
    return this.#threads.digestWith(hash, suffix);
  }

  async digests(): Promise<Digests | null> {
    if (this.#threads.hasFailed) return null;
    if (this.#threads.result !== null) return this.#threads.result;
    this.#postRest();
    // The threads end by themselves now, and a caller that waits for the digests need not keep this object.
    abandoned.unregister(this);
    return this.#threads.finish();
  }

  /** Copies as many bytes as there is room for. Returns the offset reached. */
  #take(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && this.#slot !== null) {
      const part = chunk.subarray(at, at + slotBytes - this.#used);
      this.#slot.set(part, this.#used);
      at += part.length;
      this.#used += part.length;
      if (this.#used === slotBytes) this.#post(this.#slot);
    }
    return at;
  }

  async #takeRest(chunk: Uint8Array, from: number): Promise<void> {
    for (let at = from; at < chunk.length && !this.#threads.hasFailed; at = this.#take(chunk, at)) {
      this.#slot = await this.#threads.waitForSlot();
    }
  }

  #post(slot: Uint8Array<ArrayBuffer>): void {
    this.#threads.hash(slot, this.#used);
    this.#used = 0;
    this.#slot = this.#threads.takeSlot();
  }

  #postRest(): void {
    if (this.#used > 0 && this.#slot !== null) this.#post(this.#slot);
  }
}

/** A worker, and the algorithms that it computes. */
interface HashWorker {
  readonly worker: Worker;
  readonly algorithms: readonly ChecksumAlgorithm[];
  isDone: boolean;
}

/**
 * The workers, and the slots that go from one to the next. Their listeners do not know the digester, so an abandoned digester can
 * be collected.
 */
class HashThreads {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  /** How many slots have yet to come back. */
  #onTheirWay = 0;
  readonly #workers: HashWorker[] = [];
  readonly #digests: Partial<Record<ChecksumAlgorithm, string>> = {};
  #hasFailed = false;
  /** The last digest with a suffix, as hex. */
  #carried: string | null = null;
  /** Set while a caller waits for a message. */
  #wake: (() => void) | null = null;

  constructor(algorithms: readonly ChecksumAlgorithm[], threads: number) {
    for (let slot = 0; slot < slotsOfThread * (threads + 1); slot += 1) this.#free.push(new Uint8Array(slotBytes));
    for (let thread = 0; thread < threads && !this.#hasFailed; thread += 1) {
      this.#start(algorithms.filter((_, at) => at % threads === thread));
    }
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Null until {@link finish} has the digests. */
  get result(): Digests | null {
    return this.#workers.every(({ isDone }) => isDone) ? this.#digests : null;
  }

  /** Returns a slot that may be filled, or null. */
  takeSlot(): Uint8Array<ArrayBuffer> | null {
    return this.#free.pop() ?? null;
  }

  async waitForSlot(): Promise<Uint8Array<ArrayBuffer> | null> {
    while (this.#free.length === 0 && !this.#hasFailed) await this.#nextMessage();
    return this.takeSlot();
  }

  /** Hashes the first bytes of a slot by one worker after the other, then frees it. */
  hash({ buffer }: Uint8Array<ArrayBuffer>, length: number): void {
    this.#onTheirWay += 1;
    this.#workers[0]?.worker.postMessage({ slot: buffer, length }, [buffer]);
  }

  async digestWith(hash: SignatureHash, suffix: Uint8Array): Promise<Uint8Array | null> {
    const computing = this.#workers.find(({ algorithms }) => algorithms.some((algorithm) => algorithm === hash));
    if (computing === undefined) return null;
    await this.#allBack();
    this.#carried = null;
    computing.worker.postMessage({ carry: hash, suffix });
    let carried: string | null = null;
    while ((carried = this.#carried) === null && !this.#hasFailed) await this.#nextMessage();
    return carried === null ? null : Buffer.from(carried, 'hex');
  }

  async finish(): Promise<Digests | null> {
    await this.#allBack();
    for (const { worker } of this.#workers) worker.postMessage({});
    while (this.result === null && !this.#hasFailed) await this.#nextMessage();
    this.end();
    return this.#hasFailed ? null : this.result;
  }

  end(): void {
    for (const { worker } of this.#workers) void worker.terminate();
  }

  async #allBack(): Promise<void> {
    while (this.#onTheirWay > 0 && !this.#hasFailed) await this.#nextMessage();
  }

  async #nextMessage(): Promise<void> {
    for (const { worker } of this.#workers) worker.ref(); // nothing else may keep the process alive at this point
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    for (const { worker } of this.#workers) worker.unref();
  }

  #start(algorithms: readonly ChecksumAlgorithm[]): void {
    let worker: Worker;
    try {
      worker = new Worker(workerCode, {
        eval: true,
        workerData: { algorithms },
        // The thread needs nothing of the host program: no loaders, inspectors or NODE_OPTIONS.
        execArgv: [],
        env: {},
        resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, stackSizeMb: 1 },
      });
    } catch {
      this.#fail();
      return;
    }
    const started: HashWorker = { worker, algorithms, isDone: false };
    const onFailure = (): void => {
      // A worker that is done exits, while others may still have bytes to hash.
      if (!started.isDone) this.#fail();
    };
    worker.on('message', (message: unknown) => this.#receive(started, message));
    worker.on('error', onFailure);
    worker.on('exit', onFailure);
    worker.unref();
    this.#workers.push(started);
  }

  #receive(from: HashWorker, message: unknown): void {
    if (isObject(message)) {
      const { slot, length } = message;
      if (slot instanceof ArrayBuffer && typeof length === 'number') this.#handOn(from, slot, length);
      if (typeof message['carried'] === 'string') this.#carried = message['carried'];
      if (isObject(message['digests'])) {
        for (const algorithm of from.algorithms) {
          const digest = message['digests'][algorithm];
          if (typeof digest === 'string') this.#digests[algorithm] = digest;
        }
        from.isDone = true;
      }
    }
    this.#continue();
  }

  /** To the next worker, or back to the digester. */
  #handOn(from: HashWorker, slot: ArrayBuffer, length: number): void {
    const next = this.#workers[this.#workers.indexOf(from) + 1];
    if (next !== undefined) return next.worker.postMessage({ slot, length }, [slot]);
    this.#onTheirWay -= 1;
    this.#free.push(new Uint8Array(slot));
  }

  /** A worker alone is of no use: all end. */
  #fail(): void {
    this.#hasFailed = true;
    this.end();
    this.#continue();
  }

  #continue(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
