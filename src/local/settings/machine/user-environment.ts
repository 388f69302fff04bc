/** The user's environment and home folder. Tests supply their own. */
import { homedir } from 'node:os';

export interface UserEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path. */
  readonly homeFolder: string;
}

/** Returns the environment and home folder of this process. */
export function userEnvironment(): UserEnvironment {
  return { env: process.env, homeFolder: homedir() };
}
