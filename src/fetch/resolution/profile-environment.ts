/** Reads the machine's properties and files that profiles of POMs can test. */
import { existsSync } from 'node:fs';

import { readSystemProperties } from '../../local/settings/machine/system-properties.js';
import type { UserEnvironment } from '../../local/settings/machine/user-environment.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';

export interface ProfileOptions {
  /** Replaces the properties of this machine. */
  readonly systemProperties?: Readonly<Record<string, string>> | undefined;
  /** Environment variables that POMs may read, besides JAVA_HOME. */
  readonly pomEnvironment: readonly string[];
}

/** Reads the properties of this machine, unless the caller supplies others. */
export async function readProfileEnvironment(
  user: UserEnvironment,
  { systemProperties, pomEnvironment }: ProfileOptions,
): Promise<ProfileEnvironment> {
  return {
    fileExists: existsSync,
    systemProperties:
      systemProperties === undefined ? readSystemProperties(user, pomEnvironment) : new Map(Object.entries(systemProperties)),
  };
}
