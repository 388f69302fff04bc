/** The package, packed and unpacked into a project of its own. */
export interface Consumer {
  readonly folder: string;
  /** Where the package lies. */
  readonly package: string;
  /** All files that were packed, relative to the package. */
  readonly files: readonly string[];
  remove(): void;
}

export interface SmokeResult {
  readonly name: string;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Packs what is built, and unpacks it beside the declared dependencies alone. */
export function createConsumer(): Consumer;
/** Imports it, requires it and runs its command, each in a process of its own. */
export function smoke(consumer: Consumer): SmokeResult[];
