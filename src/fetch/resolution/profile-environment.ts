/** What POM profiles may ask about this machine. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { release, userInfo } from 'node:os';
import { join } from 'node:path';

import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import { systemProperties } from './system-properties.js';

/** @param given replaces the properties of this machine */
export async function readProfileEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  homeFolder: string,
  given?: Readonly<Record<string, string>>,
): Promise<ProfileEnvironment> {
  const fileExists = existsSync;
  if (given !== undefined) return { systemProperties: new Map(Object.entries(given)), fileExists };
  const javaHome = env['JAVA_HOME'] ?? '';
  return {
    fileExists,
    systemProperties: systemProperties({
      env,
      homeFolder,
      userName: userName(env),
      workingFolder: process.cwd(),
      platform: process.platform,
      architecture: process.arch,
      release: release(),
      javaRelease: javaHome === '' ? null : await readFile(join(javaHome, 'release'), 'utf8').catch(() => null),
    }),
  };
}

/** A container may run as a user that the system has no name for. */
function userName(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username;
  } catch {
    return env['USER'] ?? env['USERNAME'] ?? '?';
  }
}
