/** The local repository of the tool that the command runs: it does not ask for what is there. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { readRegularFile } from '../../../base/disk/regular-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import { pomParser } from '../../../fetch/resolution/pom-parser.js';
import { completeCoordinate, type Dependency } from '../../../maven/coordinate/coordinate.js';
import { artifactPath } from '../../../maven/coordinate/path.js';
import { formatLabel } from '../../../maven/pom/label.js';
import type { PomModel } from '../../../maven/pom/model.js';
import type { PomSource } from '../../../maven/pom/pom-source.js';
import { metadataMaxBytes } from '../../../network/transport/contract/limits.js';

/** Variables whose words reach Maven, or the JVM that runs a tool. */
const variables = ['MAVEN_ARGS', 'MAVEN_OPTS', 'LEIN_JVM_OPTS', 'JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS'] as const;

/** Returns the folder that the command line or its environment names as the local repository; undefined if they name none. */
export function namedRepository(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  workingFolder: string,
): string | undefined {
  const words = [...variables.flatMap((name) => (env[name] ?? '').split(/\s+/)), ...command];
  const option = '-Dmaven.repo.local=';
  const last = words.findLast((word) => word.startsWith(option) && word.length > option.length);
  return last === undefined ? undefined : resolve(workingFolder, last.slice(option.length));
}

export class ToolRepository {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Whether the dependency and its POM are there. */
  has(dependency: Dependency): boolean {
    const { group, artifact, extension, classifier, version } = completeCoordinate(dependency);
    return [
      { extension: 'pom', classifier: '' },
      { extension, classifier },
    ].every((file) => this.#find({ group, artifact, version, ...file }) !== null);
  }

  /** Reads the POMs that are there from it, and all others from the given source. */
  before(source: PomSource): PomSource {
    return {
      read: async (group, artifact, version) => {
        const file = this.#find({ group, artifact, version, extension: 'pom', classifier: '' });
        const model = file === null ? null : await parseLocal(file, formatLabel(group, artifact, version));
        return model ?? source.read(group, artifact, version);
      },
      versions: (group, artifact) => source.versions(group, artifact),
      resolveVersion: (group, artifact, version) => source.resolveVersion(group, artifact, version),
    };
  }

  #find(coordinate: Parameters<typeof artifactPath>[0]): string | null {
    try {
      const file = join(this.#root, artifactPath(coordinate));
      return existsSync(file) ? file : null;
    } catch (error) {
      // A range, or a version without a value.
      if (isClojarsFetchError(error)) return null;
      throw error;
    }
  }
}

/** Null if the file cannot be read: what is fetched ahead is only a guess, and the tool will say what is wrong. */
async function parseLocal(file: string, label: string): Promise<PomModel | null> {
  const parse = await pomParser();
  try {
    return parse(readRegularFile(file, metadataMaxBytes), label);
  } catch {
    return null;
  }
}
