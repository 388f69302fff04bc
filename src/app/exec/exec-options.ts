/** Options and result of `runWithProxy()`: types of the public API. */
import type { ProxyOptions } from '../proxy/proxy-options.js';

/**
 * Sets how the proxy fetches and verifies, and where the command runs. The port is always a free one, and the cache is never the local
 * repository.
 */
export interface RunOptions extends Omit<ProxyOptions, 'port' | 'useLocalRepository' | 'signal'> {
  /** Profiles of the project, in addition to the active ones, for what to fetch ahead. They do not change the command. */
  readonly profiles?: readonly string[] | undefined;
  /** Aliases of a deps.edn, for what to fetch ahead. They do not change the command. */
  readonly aliases?: readonly string[] | undefined;
  /** Folder in which the command runs, and whose project is fetched ahead. Default: the working folder. */
  readonly workingFolder?: string | undefined;
  /** Environment of the command, before the variables for the proxy are added. Default: that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** The user's home folder, where tools look for their files. Default: that of this process's user. */
  readonly homeFolder?: string | undefined;
}

/** How a command ended. */
export interface RunResult {
  /** Its exit code; 128 + the number of the signal that ended it. */
  readonly exitCode: number;
  /** The signal that ended it; null if it ended by itself. */
  readonly signal: NodeJS.Signals | null;
}
