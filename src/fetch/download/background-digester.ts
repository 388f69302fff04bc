/**
 * Hashes a large body beside the event loop: a worker thread computes while the next bytes arrive, which took a fifth
 * off the time of a gigabyte where a processor core was free. Loaded for large bodies only; starting a thread costs more than hashing a small
 * one.
 */
import { Worker } from 'node:worker_threads';

import type { ChecksumAlgorithm, Digests } from '../../proof/checksum/claim.js';
import type { BodyDigester } from './body-digester.js';

const slotBytes = 256 * 1024;
/** Bounds what is waiting to be hashed to 1 MiB. */
const slotCount = 4;

/** Text, not a file: it works from every form that this package is built in. Plain CommonJS for Node 20. */
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

/** A digester that no reference leads to any more (an abandoned download) must not leave its thread behind. */
const abandoned = new FinalizationRegistry<Worker>((worker) => void worker.terminate());

/**
 * Creates a digester with a thread of its own, which ends with {@link BodyDigester.digests}. That gives null where the
 * thread failed (no memory, threads forbidden): then hash the file instead.
 */
export function createBackgroundDigester(algorithms: readonly ChecksumAlgorithm[]): BodyDigester {
  const memory = new SharedArrayBuffer(slotBytes * slotCount);
  const free = Array.from({ length: slotCount }, (_, slot) => slot);
  const state: State = { failed: false, result: null, carried: null, wake: null };
  let worker: Worker | null = null;
  try {
    worker = start(memory, algorithms, free, state);
  } catch {
    state.failed = true;
  }
  let slot = free.pop() ?? 0;
  let used = 0;

  const post = (): void => {
    worker?.postMessage({ slot, length: used });
    used = 0;
    slot = free.pop() ?? -1;
  };
  /** Copies as far as there is room; the offset it came to. */
  const take = (chunk: Uint8Array, from: number): number => {
    let at = from;
    while (at < chunk.length && slot >= 0) {
      const part = chunk.subarray(at, at + slotBytes - used);
      new Uint8Array(memory, slot * slotBytes + used, part.length).set(part);
      at += part.length;
      used += part.length;
      if (used === slotBytes) post();
    }
    return at;
  };
  const waitForWorker = async (): Promise<void> => {
    worker?.ref(); // nothing else may keep the process alive by now
    await new Promise<void>((resolve) => {
      state.wake = resolve;
    });
    worker?.unref();
  };
  const takeRest = async (chunk: Uint8Array, from: number): Promise<void> => {
    for (let at = from; at < chunk.length && !state.failed; at = take(chunk, at)) {
      while (free.length === 0 && !state.failed) await waitForWorker();
      slot = free.pop() ?? -1;
    }
  };
  const digester: BodyDigester = {
    update(chunk) {
      if (state.failed) return undefined;
      const at = take(chunk, 0);
      return at === chunk.length ? undefined : takeRest(chunk, at);
    },
    async digestWith(hash, suffix) {
      if (state.failed || state.result !== null || worker === null) return null;
      if (used > 0) post();
      state.carried = null;
      worker.postMessage({ carry: hash, suffix });
      while (state.carried === null && !state.failed) await waitForWorker();
      return state.carried === null || state.carried === '' ? null : Buffer.from(state.carried, 'hex');
    },
    async digests() {
      if (state.failed) return null;
      if (state.result === null) {
        if (used > 0) post();
        worker?.postMessage({ slot: -1, length: 0 });
        while (state.result === null && !state.failed) await waitForWorker();
        void worker?.terminate();
      }
      return state.result;
    },
  };
  if (worker) abandoned.register(digester, worker);
  return digester;
}

interface State {
  failed: boolean;
  result: Digests | null;
  /** The last digest with a suffix, as hex; empty where that hash is not computed. */
  carried: string | null;
  /** Set while somebody waits for a message. */
  wake: (() => void) | null;
}

/** Its listeners know the state and not the digester, so that an abandoned digester can be collected. */
function start(memory: SharedArrayBuffer, algorithms: readonly ChecksumAlgorithm[], free: number[], state: State): Worker {
  const worker = new Worker(workerCode, {
    eval: true,
    workerData: { memory, slotBytes, algorithms },
    // Nothing of the host program's (loaders, inspectors, its NODE_OPTIONS) is wanted in there.
    execArgv: [],
    env: {},
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, stackSizeMb: 1 },
  });
  const wake = (): void => {
    const waiting = state.wake;
    state.wake = null;
    waiting?.();
  };
  const fail = (): void => {
    if (state.result === null) state.failed = true;
    wake();
  };
  worker.on('message', (message: unknown) => {
    if (isObject(message)) {
      if (typeof message['slot'] === 'number') free.push(message['slot']);
      if (typeof message['carried'] === 'string') state.carried = message['carried'];
      if (isObject(message['digests'])) state.result = readDigests(message['digests'], algorithms);
    }
    wake();
  });
  worker.on('error', fail);
  worker.on('exit', fail);
  worker.unref();
  return worker;
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
