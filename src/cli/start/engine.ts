/** V8, as the command line sets it up. A library must not: flags apply to the whole process. */

import type { PerformanceEntry } from 'node:perf_hooks';

/** A version of V8, and how its flags are set. */
export interface Engine {
  readonly version: string;
  readonly setFlags: (flags: string) => void;
  readonly memory: () => HeapMemory;
  /**
   * Calls the listener after collections of garbage until the result is called.
   * @param listener told whether old objects were collected, too
   */
  readonly onCollected: (listener: (isWhole: boolean) => void) => () => void;
}

/** Memory of the heap, in bytes. */
export interface HeapMemory {
  /** For new objects. V8 uses one half at a time. */
  readonly young: number;
  /** For old objects. */
  readonly old: number;
  /** Bytes of it that old objects take. */
  readonly oldUsed: number;
}

const observedAfterMs = 150;

/** Loads `node:v8` only when flags are set: it takes 2 ms. */
export function thisEngine(): Engine {
  return {
    version: process.versions.v8,
    setFlags: (flags) => process.getBuiltinModule('node:v8').setFlagsFromString(flags),
    memory: () => {
      const spaces = process.getBuiltinModule('node:v8').getHeapSpaceStatistics();
      const [young, old] = ['new_space', 'old_space'].map((wanted) => spaces.find(({ space_name: name }) => name === wanted));
      return { young: young?.space_size ?? 0, old: old?.space_size ?? 0, oldUsed: old?.space_used_size ?? 0 };
    },
    onCollected: (listener) => {
      let end = (): void => clearTimeout(timer);
      // Loading the class takes 6 ms, for which the first answer of a proxy need not wait.
      const timer = setTimeout(() => {
        const observer = new PerformanceObserver((list) => listener(list.getEntries().some(isWhole)));
        observer.observe({ entryTypes: ['gc'] });
        end = () => observer.disconnect();
      }, observedAfterMs).unref();
      return () => end();
    },
  };
}

function isWhole(collection: PerformanceEntry): boolean {
  const detail: unknown = 'detail' in collection ? collection.detail : null;
  return typeof detail === 'object' && detail !== null && 'kind' in detail && detail.kind === majorCollection;
}

/** `NODE_PERFORMANCE_GC_MAJOR` of node:perf_hooks. */
const majorCollection = 4;
