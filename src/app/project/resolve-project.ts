/** Reads a build file and resolves what it needs. The caller creates the clients, as `lock` gives them a lockfile. */
import { dirname, resolve } from 'node:path';

import { readBounded } from '../../base/disk/read-bounded.js';
import { escapeForDisplay } from '../../base/escape.js';
import { isAbsent } from '../../fetch/resolution/absent.js';
import type { DependencyOptions, Resolution } from '../../fetch/resolution/resolution.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import { type UserEnvironment, userEnvironment } from '../../local/settings/machine/user-environment.js';
import type { Reactor } from '../../maven/build-file/maven/reactor.js';
import type { ProjectModel, ProjectRepository, ReadOptions } from '../../maven/build-file/model/model.js';
import { formatLabel } from '../../maven/pom/label.js';
import { parsePom } from '../../maven/pom/parse.js';
import type { PomSource } from '../../maven/pom/pom-source.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import type { Client } from '../client/client.js';
import { projectLockfile } from './project-lockfile.js';
import { readProject as readFileAndReactor } from './read-project.js';
import { type BuildEnvironment, clientOptionsFor, isForeign } from './repositories.js';

/** Options of `readProject`: the parts of a file that count, and the user's own files that are read with it. */
export interface ProjectReadOptions extends ReadOptions {
  /** Folder of Leiningen's user-wide profiles. Default: `LEIN_HOME`, else `~/.lein`; false reads none, not even the system's. */
  readonly leiningenHome?: string | false | undefined;
  /** As {@link DependencyOptions.systemProperties}; for a pom.xml. */
  readonly systemProperties?: Readonly<Record<string, string>> | undefined;
}

/** Options of `resolveProject`: what is fetched, and how the graph is built. */
export interface ProjectOptions extends ProjectReadOptions, Pick<DependencyOptions, 'download' | 'scopes' | 'conflicts' | 'attachments'> {
  /** Also fetch the plugins that the tool itself loads. Default true. */
  readonly plugins?: boolean | undefined;
}

/** A project with its closure. */
export interface ProjectResolution {
  readonly model: ProjectModel;
  /** The closure of its dependencies; null if it has none. */
  readonly resolution: Resolution | null;
  /** The closure of its plugins; null if it has none, or if `plugins` was false. */
  readonly plugins: Resolution | null;
  /** Modules of a Maven reactor, in the order written; empty for other tools. */
  readonly modules: readonly ProjectResolution[];
}

/** Leiningen, Boot and Maven load every scope of the direct dependencies; tools.deps knows no scopes. */
const everyScope: readonly string[] = ['compile', 'runtime', 'provided', 'test'];

/** Creates a client, which the call closes at its end. */
export type CreateClient = (options: ClientOptions) => Client;

/** Does as `readProject` of project.ts, with the caller's clients. */
export async function readProjectWith(
  create: CreateClient,
  file: string,
  options: ProjectReadOptions & ClientOptions,
): Promise<ProjectModel> {
  const { model, close } = await read(create, file, options);
  await close();
  return model;
}

/** Does as `resolveProject` of project.ts, with the caller's clients. */
export async function resolveProjectWith(
  create: CreateClient,
  file: string,
  options: ProjectOptions & ClientOptions,
): Promise<ProjectResolution> {
  const { model, reactor, clientFor, close } = await read(create, file, options);
  try {
    const resolveOne = async (one: ProjectModel, client: () => Client): Promise<ProjectResolution> => ({
      model: one,
      resolution: one.roots.length === 0 ? null : await client().resolveDependencies(one.roots, dependencyOptions(one, reactor, options)),
      plugins: await resolvePlugins(one),
      modules: await inTurn(one.modules, (module) => resolveOne(module, client)),
    });
    const resolvePlugins = async (one: ProjectModel): Promise<Resolution | null> => {
      if (options.plugins === false || one.plugins.length === 0) return null;
      const { managed: _managed, ...rest } = dependencyOptions(one, null, options);
      // A file may list one repository for both.
      const further = one.pluginRepositories.filter(({ id }) => !one.repositories.some((known) => known.id === id));
      return clientFor([...one.repositories, ...further]).resolveDependencies(one.plugins, rest);
    };
    return await resolveOne(model, () => clientFor(model.tool === 'maven' ? allRepositories(model) : model.repositories));
  } finally {
    await close();
  }
}

interface Opened {
  readonly model: ProjectModel;
  readonly reactor: Reactor | null;
  readonly clientFor: (repositories: readonly ProjectRepository[]) => Client;
  readonly close: () => Promise<void>;
}

async function read(create: CreateClient, file: string, options: ProjectOptions & ClientOptions): Promise<Opened> {
  const {
    profiles,
    aliases,
    leiningenHome,
    systemProperties,
    download: _d,
    scopes: _s,
    conflicts: _c,
    attachments: _a,
    plugins: _p,
    ...givenOptions
  } = options;
  const clientOptions =
    givenOptions.frozen === true && givenOptions.lockfile === undefined
      ? { ...givenOptions, lockfile: projectLockfile(file) }
      : givenOptions;
  const clients = new Map<string, Client>();
  // Only a pom.xml needs a client before its model is known.
  let about: BuildEnvironment = { file, tool: 'maven', onlyThese: true, mirrors: [] };
  let place: string | undefined;
  const clientFor = (repositories: readonly ProjectRepository[]): Client => {
    const key = JSON.stringify(repositories);
    let client = clients.get(key);
    if (client === undefined)
      clients.set(
        key,
        (client = create(
          clientOptionsFor(about, repositories, { ...clientOptions, localRepository: place ?? clientOptions.localRepository }),
        )),
      );
    return client;
  };
  const close = async (): Promise<void> => {
    await Promise.all([...clients.values()].map((client) => client.close()));
  };
  try {
    const { model, reactor } = await readFileAndReactor(file, {
      profiles,
      aliases,
      leiningenHome,
      environment: () => profileEnvironment(clientOptions, systemProperties),
      poms: (repositories, localRepository) => {
        place = projectLocalRepository({ file, tool: 'maven', localRepository }, clientOptions, userEnvironment());
        return pomsOf(() => clientFor(repositories));
      },
    });
    about = model;
    place = projectLocalRepository(model, clientOptions, userEnvironment());
    return { model: { ...model, problems: [...model.problems, ...placeProblems(model, place)] }, reactor, clientFor, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Tells which repositories are skipped, and which local repository the project chose. */
function placeProblems(model: ProjectModel, localRepository: string | undefined): ProjectModel['problems'] {
  const skipped = [...model.repositories, ...model.pluginRepositories].filter(isForeign);
  const key = model.tool === 'maven' ? 'maven.repo.local' : 'local-repo';
  return [
    ...skipped.map(({ id, url }) => `skipping repository ${id}: ${url.replace(/:.*/, ':')} URLs are not supported`),
    ...(localRepository === undefined
      ? []
      : [`files go to ${escapeForDisplay(localRepository, 300)}, the local repository of the project (${key})`]),
  ].map((message) => ({ message, line: 1, column: 1 }));
}

/** Returns the local repository that the project or Boot's environment names, unless the user set one for this program. */
function projectLocalRepository(
  { file, tool, localRepository }: Pick<ProjectModel, 'file' | 'tool' | 'localRepository'>,
  options: ClientOptions,
  { env }: UserEnvironment,
): string | undefined {
  if (options.localRepository !== undefined || (env['CLOJARS_FETCH_LOCAL_REPO'] ?? '') !== '') return undefined;
  const written = tool === 'boot' ? env['BOOT_LOCAL_REPO'] : localRepository;
  return written === undefined || written === '' ? undefined : resolve(dirname(file), written);
}

async function profileEnvironment(
  options: ClientOptions,
  systemProperties: ProjectReadOptions['systemProperties'],
): Promise<ProfileEnvironment> {
  const [{ readProfileEnvironment }, { loadConfiguration }] = await Promise.all([
    import('../../fetch/resolution/profile-environment.js'),
    import('../../local/settings/effective.js'),
  ]);
  const user = userEnvironment();
  const { pomEnvironment } = await loadConfiguration({ options: { ...options, offline: true }, ...user });
  return readProfileEnvironment(user, { systemProperties, pomEnvironment });
}

/** 64 MiB. The parser has limits of its own; this one only bounds the memory. */
const pomMaxBytes = 64 * 1024 * 1024;

/** Reads parents and BOMs from the repositories, through the local one. */
function pomsOf(client: () => Client): PomSource {
  const orNull = async <T>(work: Promise<T>): Promise<T | null> => {
    try {
      return await work;
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  };
  return {
    async read(group, artifact, version) {
      const found = await orNull(client().resolveArtifact({ group, artifact, version, extension: 'pom' }));
      const bytes = found === null ? null : readBounded(found.path, pomMaxBytes);
      return bytes === null ? null : parsePom(bytes, formatLabel(group, artifact, version));
    },
    async versions(group, artifact) {
      return (await orNull(client().resolveVersions({ group, artifact })))?.versions ?? [];
    },
    resolveVersion: (_group, _artifact, version) => Promise.resolve(version),
  };
}

function dependencyOptions(
  model: ProjectModel,
  reactor: Reactor | null,
  { download, scopes, conflicts, attachments, systemProperties }: ProjectOptions,
): DependencyOptions {
  return {
    managed: model.managed,
    scopes: scopes ?? (model.conflicts === 'tools-deps' ? ['compile', 'runtime'] : everyScope),
    conflicts: conflicts ?? model.conflicts,
    localPoms: reactor === null ? undefined : new Map([...reactor.byLabel].map(([label, pom]) => [label, pom.bytes])),
    download,
    attachments,
    systemProperties,
  };
}

function allRepositories(model: ProjectModel): readonly ProjectRepository[] {
  const all = [...model.repositories, ...model.modules.flatMap(({ repositories }) => repositories)];
  // Central is last in each list, and stays last.
  const unique = [...new Map(all.map((repository) => [repository.id, repository])).values()];
  return [...unique.filter(({ id }) => id !== 'central'), ...unique.filter(({ id }) => id === 'central')];
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
