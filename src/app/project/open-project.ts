/** Opens a build file: its model, and the clients that ask its repositories. */
import { dirname, resolve } from 'node:path';

import { readBounded } from '../../base/disk/read-bounded.js';
import { escapeForDisplay } from '../../base/escape.js';
import { isAbsent } from '../../fetch/resolution/absent.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import { type UserEnvironment, userEnvironment } from '../../local/settings/machine/user-environment.js';
import type { Reactor } from '../../maven/build-file/maven/reactor.js';
import type { ProjectModel, ProjectRepository } from '../../maven/build-file/model/model.js';
import { formatLabel } from '../../maven/pom/label.js';
import { parsePom } from '../../maven/pom/parse.js';
import type { PomSource } from '../../maven/pom/pom-source.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import type { Client } from '../client/client.js';
import type { ProjectOptions, ProjectReadOptions } from './options.js';
import { projectLockfile } from './project-lockfile.js';
import { readProject as readFileAndReactor } from './read-project.js';
import { type BuildEnvironment, clientOptionsFor, isForeign } from './repositories.js';

/** Creates a client, which the call closes at its end. */
export type CreateClient = (options: ClientOptions) => Client;

/** No build tool verifies what is in the local repository, and none reads our lockfile. */
const asBuildTool: ClientOptions = {
  offline: true,
  trust: { level: 'none', checksums: 'ignore', signatures: 'off' },
  lockfile: undefined,
  frozen: undefined,
  paranoid: undefined,
  onEvent: undefined,
};

/** A build file that was read, and the clients over its repositories. */
export interface OpenProject {
  readonly model: ProjectModel;
  readonly reactor: Reactor | null;
  /** Creates each client once. One that is `offline` sees the local repository as the build tool will: it verifies nothing. */
  readonly clientFor: (repositories: readonly ProjectRepository[], network: 'online' | 'offline') => Client;
  readonly close: () => Promise<void>;
}

/** Reads a build file. The caller closes the project. Errors as `readProject` of project.ts. */
export async function openProject(create: CreateClient, file: string, options: ProjectOptions & ClientOptions): Promise<OpenProject> {
  const {
    profiles,
    aliases,
    clojure,
    leiningenHome,
    systemProperties,
    download: _d,
    scopes: _s,
    conflicts: _c,
    attachments: _a,
    plugins: _p,
    check: _k,
    ...givenOptions
  } = options;
  const clientOptions =
    givenOptions.frozen === true && givenOptions.lockfile === undefined
      ? { ...givenOptions, lockfile: projectLockfile(file) }
      : givenOptions;
  const clients = new ProjectClients(create, file, clientOptions);
  const close = (): Promise<void> => clients.close();
  try {
    const { model, reactor } = await readFileAndReactor(file, {
      profiles,
      aliases,
      clojure,
      leiningenHome,
      environment: () => profileEnvironment(clientOptions, systemProperties),
      poms: (built) => {
        clients.use(built);
        return pomsOf(() => clients.clientFor(built.repositories, 'online'));
      },
    });
    const place = clients.use(model);
    return {
      model: { ...model, problems: [...model.problems, ...placeProblems(model, place)] },
      reactor,
      clientFor: (repositories, network) => clients.clientFor(repositories, network),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The clients over the repositories of one build file. Each is created once. */
class ProjectClients {
  readonly #create: CreateClient;
  readonly #options: ClientOptions;
  readonly #clients = new Map<string, Client>();
  /** Only POMs on this disk need a client before the model is known. */
  #about: BuildEnvironment;
  #localRepository: string | undefined;

  constructor(create: CreateClient, file: string, options: ClientOptions) {
    this.#create = create;
    this.#options = options;
    this.#about = { file, tool: 'maven', onlyThese: true, mirrors: [] };
  }

  /** Creates further clients for this build. Returns the local repository that it uses, if it or the options name one. */
  use(built: BuildEnvironment & Parameters<typeof projectLocalRepository>[0]): string | undefined {
    this.#about = built;
    this.#localRepository = projectLocalRepository(built, this.#options, userEnvironment());
    return this.#localRepository;
  }

  clientFor(repositories: readonly ProjectRepository[], network: 'online' | 'offline'): Client {
    const key = JSON.stringify([network, repositories]);
    let client = this.#clients.get(key);
    if (client === undefined) {
      const placed = { ...this.#options, localRepository: this.#localRepository ?? this.#options.localRepository };
      const built = clientOptionsFor(this.#about, repositories, placed);
      this.#clients.set(key, (client = this.#create(network === 'online' ? built : { ...built, ...asBuildTool })));
    }
    return client;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
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
  const written = localRepository ?? (tool === 'boot' ? env['BOOT_LOCAL_REPO'] : undefined);
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
      const found = await orNull(client().resolveArtifact({ group, artifact, version, plainVersion: true, extension: 'pom' }));
      const bytes = found === null ? null : readBounded(found.path, pomMaxBytes);
      return bytes === null ? null : parsePom(bytes, formatLabel(group, artifact, version));
    },
    async versions(group, artifact) {
      return (await orNull(client().resolveVersions({ group, artifact })))?.versions ?? [];
    },
    resolveVersion: (_group, _artifact, version) => Promise.resolve(version),
  };
}
