/** V8, as the command line sets it up. A library must not: flags apply to the whole process. */

/** A version of V8, and how its flags are set. */
export interface Engine {
  readonly version: string;
  readonly setFlags: (flags: string) => void;
  /** Bytes of memory for new objects, of which V8 uses one half at a time. */
  readonly youngBytes: () => number;
  /** Calls the listener after collections of garbage until the result is called. */
  readonly onCollected: (listener: () => void) => () => void;
}

/** Loads `node:v8` only when flags are set: it takes 2 ms. */
export function thisEngine(): Engine {
  return {
    version: process.versions.v8,
    setFlags: (flags) => process.getBuiltinModule('node:v8').setFlagsFromString(flags),
    youngBytes: () => {
      const spaces = process.getBuiltinModule('node:v8').getHeapSpaceStatistics();
      return spaces.find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
    },
    onCollected: (listener) => {
      const observer = new PerformanceObserver(listener);
      observer.observe({ entryTypes: ['gc'] });
      return () => observer.disconnect();
    },
  };
}
