/** Reads a build file from disk into its model, with the other files that count for it. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { userEnvironment } from '../../local/settings/machine/user-environment.js';
import { readBuildBoot } from '../../maven/build-file/build-boot.js';
import type { Platform } from '../../maven/build-file/clojure/known-values.js';
import { type ProfileFile, readProjectClj } from '../../maven/build-file/leiningen/project-clj.js';
import { reactorRepositories, readPomProject, switchProfiles } from '../../maven/build-file/maven/pom-xml.js';
import { type Reactor, type ReactorFiles, readReactor } from '../../maven/build-file/maven/reactor.js';
import type { ProjectModel, ReadOptions } from '../../maven/build-file/model/model.js';
import { readShadowCljsEdn } from '../../maven/build-file/shadow-cljs-edn.js';
import type { PomSource } from '../../maven/pom/pom-source.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import { type MavenOptions, readMavenOptions } from './maven-options.js';
import { decode, firstOf, projectFileNames, readBytes, readTextFile, unreadable } from './project-text.js';
import { readDepsFile } from './read-deps-file.js';
import { leiningenProfileFolders, shadowCljsConfigFiles } from './user-files.js';

/** Options of {@link readProject}. */
export interface ReadProjectOptions extends ReadOptions {
  /** Folder of Leiningen's user-wide profiles. Default `LEIN_HOME`, else `~/.lein`; false reads none. */
  readonly leiningenHome?: string | false | undefined;
  /** Creates the source of parents and BOMs that are not on this disk, over the repositories of the build file. Default: none are found. */
  readonly poms?: ((place: PomPlace) => PomSource) | undefined;
  /** Reads the properties that profiles of POMs can test. Default: `java.version` 17 and nothing else. */
  readonly environment?: (() => Promise<ProfileEnvironment>) | undefined;
}

/** The facts about a build file that decide where its POMs come from. */
export type PomPlace = Pick<ProjectModel, 'file' | 'tool' | 'onlyThese' | 'mirrors' | 'repositories' | 'localRepository'>;

const nowhere: PomSource = {
  read: () => Promise.resolve(null),
  versions: () => Promise.resolve([]),
  resolveVersion: (_group, _artifact, version) => Promise.resolve(version),
};
const bareEnvironment: ProfileEnvironment = { systemProperties: new Map([['java.version', '17']]), fileExists: () => false };

/** A model; for a pom.xml, also the part of its reactor that is on this disk. */
export interface ReadProject {
  readonly model: ProjectModel;
  readonly reactor: Reactor | null;
}

/**
 * Reads a build file, or the first one of a folder, without evaluating it.
 * @param path file or folder. The file's name decides how it is read; for an unknown name, its ending does: `.clj`, `.boot`, `.edn`, `.xml` or `.pom`.
 * @throws {ClojarsFetchError} ERR_CONFIG: `unreadable`, `malformed` with line and column, an unknown profile or alias;
 * ERR_LIMIT; ERR_COORDINATE; ERR_POM
 */
export async function readProject(path: string, options: ReadProjectOptions = {}): Promise<ReadProject> {
  const file = await findFile(resolve(path));
  const bytes = readBytes(file);
  if (bytes === null) throw unreadable(file, 'no such file');
  const name = basename(file);
  if (name.endsWith('.xml') || name.endsWith('.pom')) {
    const given = await readMavenOptions(file, readTextFile);
    const environment = switchProfiles(withProperties((await options.environment?.()) ?? bareEnvironment, given), [
      ...given.profiles,
      ...(options.profiles ?? []),
    ]);
    const reactor = await readReactor(file, bytes, files, environment);
    const { localRepository } = given;
    const repositories = reactorRepositories(reactor);
    const source = options.poms?.({ file, tool: 'maven', onlyThese: true, mirrors: [], repositories, localRepository }) ?? nowhere;
    const model = await readPomProject(reactor, { source, environment });
    return { reactor, model: { ...model, localRepository, problems: [...model.problems, ...given.problems] } };
  }
  const text = decode(bytes, file);
  return { reactor: null, model: await readText(name, text, file, options) };
}

/** Profiles test the properties of the command line before those of the system. */
function withProperties(environment: ProfileEnvironment, { properties, systemProperties }: MavenOptions): ProfileEnvironment {
  if (properties.size === 0 && systemProperties.size === 0) return environment;
  return {
    ...environment,
    userProperties: properties,
    systemProperties: new Map([...environment.systemProperties, ...systemProperties, ...properties]),
  };
}

async function readText(name: string, text: string, file: string, options: ReadProjectOptions): Promise<ProjectModel> {
  if (name === 'shadow-cljs.edn') return readShadowCljsEdn(text, file, firstOf(shadowCljsConfigFiles(userEnvironment())));
  if (name.endsWith('.edn')) {
    return readDepsFile({ file, text }, options, {
      source: (model) => options.poms?.(model) ?? nowhere,
      environment: async () => (await options.environment?.()) ?? bareEnvironment,
      files,
    });
  }
  if (name.endsWith('.boot')) return readBuildBoot(text, file);
  if (!name.endsWith('.clj')) throw unreadable(file, `not a build file; these are ${projectFileNames.join(', ')}`);
  const own = readBytes(join(dirname(file), 'profiles.clj'));
  const ownFile = join(dirname(file), 'profiles.clj');
  return readProjectClj(text, file, {
    ...options,
    platform: hostPlatform(),
    outerProfiles:
      options.leiningenHome === false ? [] : await outerProfiles(leiningenProfileFolders(userEnvironment(), options.leiningenHome)),
    ...(own === null ? {} : { ownProfiles: { file: ownFile, text: decode(own, ownFile) } }),
  });
}

/** Names this machine as Leiningen does. Source: `leiningen.core.utils/native-names`, over Java's `os.name` and `os.arch`. */
function hostPlatform(): Platform {
  const [os = process.platform, arch = process.arch] = [systemNames.get(process.platform), architectureNames.get(process.arch)];
  return { os, arch };
}

const systemNames: ReadonlyMap<string, string> = new Map([
  ['darwin', 'macosx'],
  ['win32', 'windows'],
  ['sunos', 'solaris'],
]);
const architectureNames: ReadonlyMap<string, string> = new Map([
  ['x64', 'x86_64'],
  ['ia32', 'x86'],
  ['arm64', 'aarch_64'],
]);

/** Reads the profiles of the system, then of the user: `profiles.clj` and the files in `profiles.d`, if they exist. */
async function outerProfiles(folders: readonly string[]): Promise<readonly ProfileFile[]> {
  const found: ProfileFile[] = [];
  for (const folder of folders) {
    const named = (await readdir(join(folder, 'profiles.d')).catch(() => [])).filter((entry) => entry.endsWith('.clj')).sort();
    for (const [entry, profile] of [
      ['profiles.clj', undefined],
      ...named.map((entry) => [join('profiles.d', entry), basename(entry, '.clj')] as const),
    ] as const) {
      const file = join(folder, entry);
      const bytes = readBytes(file);
      if (bytes !== null) found.push({ file, text: decode(bytes, file), profile });
    }
  }
  return found;
}

async function findFile(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) return path;
  for (const name of projectFileNames) {
    const file = join(path, name);
    if (
      await stat(file).then(
        (entry) => entry.isFile(),
        () => false,
      )
    )
      return file;
  }
  throw unreadable(path, `the folder has none of ${projectFileNames.join(', ')}`);
}

const files: ReactorFiles = {
  read: (file) => Promise.resolve(readBytes(file)),
  async resolve(fromFile, path) {
    const target = resolve(dirname(fromFile), path);
    const isFolder = await stat(target).then(
      (entry) => entry.isDirectory(),
      () => false,
    );
    return isFolder ? join(target, 'pom.xml') : target;
  },
};
