/** The environment and the home folder of the user: both come from the process here, and from a test there. */
import { homedir } from 'node:os';

export interface UserEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path. */
  readonly homeFolder: string;
}

/** Returns those of this process. */
export function userEnvironment(): UserEnvironment {
  return { env: process.env, homeFolder: homedir() };
}
