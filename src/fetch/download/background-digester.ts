/**
 * Hashes a large body in a worker thread while the next bytes arrive: a gigabyte takes a fifth less time if a processor core is free.
 * Loaded for large bodies only: starting a thread costs more than hashing a small one.
 */
import { Worker } from 'node:worker_threads';

import type { ChecksumAlgorithm, Digests } from '../../proof/checksum/claim.js';
import type { SignatureHash } from '../../proof/openpgp/packet/signed-document.js';
import type { BodyDigester } from './body-digester.js';

const slotBytes = 256 * 1024;
/** Limits the bytes waiting to be hashed to 1 MiB. */
const slotCount = 4;

/** Source text rather than a file, so that it works in every form in which this package is built. Plain CommonJS for Node 20. */
const workerCode = `
const { parentPort, workerData: { memory, slotBytes, algorithms } } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const hashes = algorithms.map((algorithm) => createHash(algorithm));
parentPort.on('message', ({ slot, length, carry, suffix }) => {
  if (carry !== undefined) {
    const at = algorithms.indexOf(carry);
    parentPort.postMessage({ carried: at < 0 ? '' : hashes[at].copy().update(suffix).digest('hex') });
    return;
  }
  if (slot === -1) {
    parentPort.postMessage({ digests: Object.fromEntries(hashes.map((hash, at) => [algorithms[at], hash.digest('hex')])) });
    parentPort.close();
    return;
  }
  const bytes = new Uint8Array(memory, slot * slotBytes, length);
  for (const hash of hashes) hash.update(bytes);
  parentPort.postMessage({ slot });
});
`;

/** Ends the thread of a digester that was dropped before its end (an abandoned download). */
const abandoned = new FinalizationRegistry<HashThread>((thread) => thread.end());

/**
 * Hashes in a separate thread, which ends with {@link BodyDigester.digests}. That returns null if the thread failed (no memory, threads
 * forbidden): then hash the file instead.
 */
export class BackgroundDigester implements BodyDigester {
  readonly #thread: HashThread;
  /** The slot that is being filled; -1 if all of them wait to be hashed. */
  #slot: number;
  /** Bytes in that slot. */
  #used = 0;

  constructor(algorithms: readonly ChecksumAlgorithm[]) {
    this.#thread = new HashThread(algorithms);
    this.#slot = this.#thread.takeSlot();
    abandoned.register(this, this.#thread);
  }

  update(chunk: Uint8Array): void | Promise<void> {
    if (this.#thread.hasFailed) return;
    const taken = this.#take(chunk, 0);
    if (taken < chunk.length) return this.#takeRest(chunk, taken);
  }

  async digestWith(hash: SignatureHash, suffix: Uint8Array): Promise<Uint8Array | null> {
    if (this.#thread.hasFailed || this.#thread.result !== null) return null;
    this.#postRest();
    return this.#thread.digestWith(hash, suffix);
  }

  async digests(): Promise<Digests | null> {
    if (this.#thread.hasFailed) return null;
    if (this.#thread.result !== null) return this.#thread.result;
    this.#postRest();
    return this.#thread.finish();
  }

  /** Copies as many bytes as there is room for. Returns the offset reached. */
  #take(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && this.#slot >= 0) {
      const part = chunk.subarray(at, at + slotBytes - this.#used);
      this.#thread.bytes.set(part, this.#slot * slotBytes + this.#used);
      at += part.length;
      this.#used += part.length;
      if (this.#used === slotBytes) this.#post();
    }
    return at;
  }

  async #takeRest(chunk: Uint8Array, from: number): Promise<void> {
    for (let at = from; at < chunk.length && !this.#thread.hasFailed; at = this.#take(chunk, at)) {
      this.#slot = await this.#thread.waitForSlot();
    }
  }

  #post(): void {
    this.#thread.hash(this.#slot, this.#used);
    this.#used = 0;
    this.#slot = this.#thread.takeSlot();
  }

  #postRest(): void {
    if (this.#used > 0) this.#post();
  }
}

/** The worker and the memory that it shares. Its listeners do not know the digester, so an abandoned digester can be collected. */
class HashThread {
  readonly bytes: Uint8Array;
  readonly #algorithms: readonly ChecksumAlgorithm[];
  readonly #free = Array.from({ length: slotCount }, (_, slot) => slot);
  readonly #worker: Worker | null;
  #hasFailed = false;
  #result: Digests | null = null;
  /** The last digest with a suffix, as hex; empty if that hash is not computed. */
  #carried: string | null = null;
  /** Set while a caller waits for a message. */
  #wake: (() => void) | null = null;

  constructor(algorithms: readonly ChecksumAlgorithm[]) {
    const memory = new SharedArrayBuffer(slotBytes * slotCount);
    this.bytes = new Uint8Array(memory);
    this.#algorithms = algorithms;
    this.#worker = this.#start(memory);
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Null until {@link finish} has the digests. */
  get result(): Digests | null {
    return this.#result;
  }

  /** Returns a slot that may be filled, or -1. */
  takeSlot(): number {
    return this.#free.pop() ?? -1;
  }

  async waitForSlot(): Promise<number> {
    while (this.#free.length === 0 && !this.#hasFailed) await this.#nextMessage();
    return this.takeSlot();
  }

  /** Hashes the first bytes of a slot, then frees it. */
  hash(slot: number, length: number): void {
    this.#worker?.postMessage({ slot, length });
  }

  async digestWith(hash: SignatureHash, suffix: Uint8Array): Promise<Uint8Array | null> {
    this.#carried = null;
    this.#worker?.postMessage({ carry: hash, suffix });
    let carried: string | null = null;
    while ((carried = this.#carried) === null && !this.#hasFailed) await this.#nextMessage();
    return carried === null || carried === '' ? null : Buffer.from(carried, 'hex');
  }

  async finish(): Promise<Digests | null> {
    this.hash(-1, 0);
    while (this.#result === null && !this.#hasFailed) await this.#nextMessage();
    this.end();
    return this.#result;
  }

  end(): void {
    void this.#worker?.terminate();
  }

  async #nextMessage(): Promise<void> {
    this.#worker?.ref(); // nothing else may keep the process alive at this point
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#worker?.unref();
  }

  #start(memory: SharedArrayBuffer): Worker | null {
    let worker: Worker;
    try {
      worker = new Worker(workerCode, {
        eval: true,
        workerData: { memory, slotBytes, algorithms: this.#algorithms },
        // The thread needs nothing of the host program: no loaders, inspectors or NODE_OPTIONS.
        execArgv: [],
        env: {},
        resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, stackSizeMb: 1 },
      });
    } catch {
      this.#hasFailed = true;
      return null;
    }
    const onFailure = (): void => this.#fail();
    worker.on('message', (message: unknown) => this.#receive(message));
    worker.on('error', onFailure);
    worker.on('exit', onFailure);
    worker.unref();
    return worker;
  }

  #receive(message: unknown): void {
    if (isObject(message)) {
      if (typeof message['slot'] === 'number') this.#free.push(message['slot']);
      if (typeof message['carried'] === 'string') this.#carried = message['carried'];
      if (isObject(message['digests'])) this.#result = readDigests(message['digests'], this.#algorithms);
    }
    this.#continue();
  }

  #fail(): void {
    if (this.#result === null) this.#hasFailed = true;
    this.#continue();
  }

  #continue(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

function readDigests(found: Readonly<Record<string, unknown>>, algorithms: readonly ChecksumAlgorithm[]): Digests {
  const digests: Partial<Record<ChecksumAlgorithm, string>> = {};
  for (const algorithm of algorithms) {
    const digest = found[algorithm];
    if (typeof digest === 'string') digests[algorithm] = digest;
  }
  return digests;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
