/** Maven with an empty configuration and the dependency plugin from the disk, as Debian packages it. */
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { findProgram, missingPrograms, type ProgramResult, runProgram } from './programs.js';
import { sharedFolder } from './shared-folder.js';

/** A local Maven repository that holds the plugin and all that it needs: by default that of Debian's packages. */
export const pluginRepository = process.env['CLOJARS_FETCH_MAVEN_PLUGINS'] ?? '/usr/share/maven-repo';

/** The installed version of the dependency plugin, null if it is not installed. */
export function pluginVersion(): string | null {
  const folder = join(pluginRepository, 'org', 'apache', 'maven', 'plugins', 'maven-dependency-plugin');
  if (!existsSync(folder)) return null;
  return readdirSync(folder).find((name) => /^\d/.test(name)) ?? null;
}

/** Lists the missing requirements for running Maven without the internet. */
export function missingForMaven(): string[] {
  const plugin =
    pluginVersion() === null ? [`maven-dependency-plugin beneath ${pluginRepository} (Debian: libmaven-dependency-plugin-java)`] : [];
  return [...missingPrograms(['mvn', 'java']), ...plugin];
}

export interface MavenDependency {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly type?: string;
  /** Leaves out everything that this dependency itself needs. */
  readonly alone?: boolean;
}

export interface Maven {
  /** A new local repository that holds only the plugin; returns its folder. */
  createLocalRepository(name: string): Promise<string>;
  /** The class path of the pom.xml in a folder, offline. */
  buildProjectClassPath(localRepository: string, folder: string): Promise<ProgramResult & { readonly paths: readonly string[] | null }>;
  /**
   * The class path of a project with these dependencies. `url` is the repository `central`; without it Maven is offline. `paths` is null if
   * Maven failed. `jvmOptions` are further ones.
   */
  buildClassPath(
    localRepository: string,
    dependencies: readonly MavenDependency[],
    url?: string,
    jvmOptions?: readonly string[],
  ): Promise<ProgramResult & { readonly paths: readonly string[] | null }>;
}

function formatPom(dependencies: readonly MavenDependency[]): string {
  const lines = dependencies.map(
    ({ group, artifact, version, type = 'jar', alone = false }) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version><type>${type}</type>` +
      `${alone ? '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>' : ''}</dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>interop</groupId><artifactId>project</artifactId><version>1</version><packaging>pom</packaging><dependencies>${lines.join('\n')}</dependencies></project>\n`;
}

/** `url` null: the repositories stay Maven's own `central`, which an offline run never asks. */
function formatSettings(url: string | null): string {
  const plugins = `<pluginRepositories><pluginRepository><id>central</id><url>${pathToFileURL(pluginRepository).href}</url></pluginRepository></pluginRepositories>`;
  const repositories = `<repositories><repository><id>central</id><url>${url ?? pathToFileURL(pluginRepository).href}</url><releases><enabled>true</enabled></releases><snapshots><enabled>true</enabled></snapshots></repository></repositories>`;
  return `<settings><profiles><profile><id>interop</id>${repositories}${plugins}</profile></profiles><activeProfiles><activeProfile>interop</activeProfile></activeProfiles></settings>\n`;
}

/** Prepares Maven in a folder. Its local repositories are copies of one that has the plugin, which the first caller of a run makes. */
export async function createMaven(folder: string): Promise<Maven> {
  const program = findProgram('mvn');
  const version = pluginVersion();
  if (program === null || version === null) throw new Error(missingForMaven().join(', '));
  const home = join(folder, 'maven-home');
  let runs = 0;

  const run = async (
    localRepository: string,
    dependencies: readonly MavenDependency[] | string,
    url: string | null,
    offline: boolean,
    jvmOptions: readonly string[] = [],
  ): Promise<ProgramResult & { paths: string[] | null }> => {
    runs += 1;
    const cwd = join(folder, `maven-run-${runs}`);
    await mkdir(cwd, { recursive: true });
    const pom = typeof dependencies === 'string' ? join(dependencies, 'pom.xml') : join(cwd, 'pom.xml');
    if (typeof dependencies !== 'string') await writeFile(pom, formatPom(dependencies));
    await writeFile(join(cwd, 'settings.xml'), formatSettings(url));
    await writeFile(join(cwd, 'global-settings.xml'), '<settings/>\n');
    const classPath = join(cwd, 'class-path.txt');
    const result = await runProgram(
      program,
      [
        ...(offline ? ['-o'] : []),
        ...[
          '-B',
          '-f',
          pom,
          '-gs',
          join(cwd, 'global-settings.xml'),
          '-s',
          join(cwd, 'settings.xml'),
          `-Dmaven.repo.local=${localRepository}`,
        ],
        `-Dmdep.outputFile=${classPath}`,
        `org.apache.maven.plugins:maven-dependency-plugin:${version}:build-classpath`,
      ],
      { home, cwd, env: { MAVEN_OPTS: [`-Duser.home=${home}`, ...jvmOptions].join(' ') } },
    );
    const paths =
      result.code === 0
        ? (await readFile(classPath, 'utf8'))
            .trim()
            .split(':')
            .filter((path) => path !== '')
        : null;
    return { ...result, paths };
  };

  const seed = join(sharedFolder(), 'maven-seed');
  if (!existsSync(seed)) {
    const own = join(folder, 'maven-seed');
    const seeded = await run(own, [], null, false);
    if (seeded.paths === null) throw new Error(`Maven could not copy its plugin: ${seeded.output}`);
    // Another file may have made the same at this moment.
    await rename(own, seed).catch((error: unknown) => {
      if (!existsSync(seed)) throw error;
    });
  }
  return {
    async createLocalRepository(name) {
      const target = join(folder, name);
      await cp(seed, target, { recursive: true });
      return target;
    },
    buildProjectClassPath: (localRepository, projectFolder) => run(localRepository, projectFolder, null, true),
    buildClassPath: (localRepository, dependencies, url, jvmOptions) =>
      run(localRepository, dependencies, url ?? null, url === undefined, jvmOptions),
  };
}
