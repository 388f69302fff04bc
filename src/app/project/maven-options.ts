/** Reads the options that a Maven project keeps in its folder `.mvn`, and that Maven adds to every command line and to its JVM. */
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { escapeForDisplay } from '../../base/escape.js';
import { emptyMavenConfig, type MavenConfig, parseJvmConfig, parseMavenConfig } from '../../maven/build-file/maven/maven-config.js';
import type { ProjectProblem } from '../../maven/build-file/model/model.js';

/** The options in a project's `.mvn`. */
export interface MavenOptions extends MavenConfig {
  /** System properties of `jvm.config`. Those of `maven.config` take precedence. */
  readonly systemProperties: ReadonlyMap<string, string>;
  /** Absolute path of `maven.repo.local`. */
  readonly localRepository: string | undefined;
  readonly problems: readonly ProjectProblem[];
}

const none: MavenOptions = { ...emptyMavenConfig, systemProperties: new Map(), localRepository: undefined, problems: [] };

/**
 * Reads `.mvn/maven.config` and `.mvn/jvm.config` of the nearest folder above the file that has a folder `.mvn`.
 * @param readText returns null for a file that does not exist
 */
export async function readMavenOptions(file: string, readText: (file: string) => string | null): Promise<MavenOptions> {
  const root = findRoot(dirname(file));
  if (root === null) return none;
  const configFile = join(root, '.mvn', 'maven.config');
  const [config, jvm] = [readText(configFile), readText(join(root, '.mvn', 'jvm.config'))];
  const parsed = config === null ? emptyMavenConfig : parseMavenConfig(config);
  const systemProperties = jvm === null ? none.systemProperties : parseJvmConfig(jvm);
  const written = parsed.properties.get('maven.repo.local') ?? systemProperties.get('maven.repo.local');
  return {
    ...parsed,
    systemProperties,
    localRepository: written === undefined || written === '' ? undefined : resolve(root, written),
    problems: parsed.settings.map((settings) => notUsed(settings, configFile, root)),
  };
}

/** A settings.xml can send variables of the environment to any host, so a project must not choose it. */
function notUsed(settings: string, configFile: string, root: string): ProjectProblem {
  const path = escapeForDisplay(resolve(root, settings), 300);
  const message = `${escapeForDisplay(configFile, 300)} names the settings file ${path}, which is not used, because it could send environment variables to any host; if you trust it, add --settings ${path}`;
  return { message, line: 1, column: 1 };
}

function findRoot(start: string): string | null {
  for (let folder = start; ; folder = dirname(folder)) {
    if (isFolder(join(folder, '.mvn'))) return folder;
    if (folder === dirname(folder)) return null;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
