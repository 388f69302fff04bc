/** V8, as the command line sets it up. A library must not: flags apply to the whole process. */

/** A version of V8, and how its flags are set. */
export interface Engine {
  readonly version: string;
  readonly setFlags: (flags: string) => void;
}

/** Loads `node:v8` only when flags are set: it takes 2 ms. */
export function thisEngine(): Engine {
  return { version: process.versions.v8, setFlags: (flags) => process.getBuiltinModule('node:v8').setFlagsFromString(flags) };
}
