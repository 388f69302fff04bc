/** Turns the repositories of a build file into those that a client asks. */
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { ProjectModel, ProjectRepository, SecretVariable } from '../../maven/build-file/model/model.js';
import { builtInRepositories, type BuiltInRepository } from '../../network/mirrors/built-in.js';
import type { AuthOptions, MirrorOptions, RepositoryOptions } from '../../network/mirrors/repository-options.js';
import { mirrorOf } from './project-mirrors.js';

/** URLs that Leiningen and Maven can only read with a plugin. */
const foreign = /^(?!https?:|file:)[a-z][a-z0-9+.-]*:/i;
/** Old URLs of Clojars, which many build files still have; they redirect. */
const oldUrls: Readonly<Record<string, string>> = {
  'https://clojars.org/repo/': 'https://repo.clojars.org/',
  'http://clojars.org/repo/': 'https://repo.clojars.org/',
};

/** Whether the scheme of a repository's URL is not supported. */
export function isForeign({ url }: ProjectRepository): boolean {
  return foreign.test(url);
}

/** The facts about a build file that determine how its repositories are asked. */
export type BuildEnvironment = Pick<ProjectModel, 'file' | 'tool' | 'onlyThese' | 'mirrors'>;

/**
 * Returns the options of a client for a project. Repositories that the caller gives replace those of the file; otherwise
 * the file's are added as its tool adds them, with their mirrors. Plain `http:` stays refused, and group bindings apply.
 */
export function clientOptionsFor(
  model: BuildEnvironment,
  repositories: readonly ProjectRepository[],
  options: ClientOptions,
): ClientOptions {
  if (options.repositories !== undefined)
    return {
      ...options,
      ...trackedAs(
        model,
        options.repositories.map(({ id, url }) => ({ id, url, written: model.onlyThese ? id : toolName(model, id) })),
      ),
    };
  const asked = repositories.filter((repository) => !isForeign(repository)).map((repository) => toOptions(repository, model.file));
  // A repository with the id and URL of a built-in one adds nothing; the built-in one's snapshot setting applies.
  const added = asked.filter(
    ({ id, url }) => !builtInRepositories.some((builtIn) => builtIn.id === id && canonicalUrls(builtIn).includes(url)),
  );
  const only = asked.map((repository) => ({ ...ownName(repository, asked, model), written: repository.id }));
  const coveredBuiltIns = builtInRepositories.filter((builtIn) => isCovered(builtIn, model) && !added.some(({ id }) => id === builtIn.id));
  const more = [...coveredBuiltIns, ...added].map((repository) =>
    behindMirror({ ...repository, written: toolName(model, repository.id) }, model),
  );
  const effective = model.onlyThese
    ? { repositories: only.map((repository) => behindMirror(repository, model)) }
    : more.length === 0
      ? {}
      : { moreRepositories: more };
  if (model.onlyThese && only.length === 0) throw noRepository(model.file);
  const named = model.onlyThese
    ? only
    : [...builtInRepositories, ...added].map(({ id, url }) => ({ id, url, written: toolName(model, id) }));
  return { ...options, ...effective, ...trackedAs(model, named) };
}

/** Builds the error for a file that leaves no repository to fetch from. */
function noRepository(file: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    setting: 'repositories',
    path: file,
    message: `${escapeForDisplay(file, 300)}: no repository is left to fetch from: each one is nil, left out or not supported`,
    hint: 'Name a repository in the file, or with `--repo ID=URL`.',
  });
}

/** A repository of the client, and its name in the file or in the tool. */
interface NamedRepository {
  readonly id: string;
  readonly url: string;
  readonly written: string;
}

/**
 * Returns the tool's name for a repository that it adds by itself.
 *
 * Source of the rule: Boot 2.8 `boot.core/default-repos`; tools.deps `standard-repos` and Leiningen
 * `default-repositories` have our names.
 */
function toolName({ tool }: BuildEnvironment, id: string): string {
  return tool === 'boot' && id === 'central' ? 'maven-central' : id;
}

/**
 * Returns the names under which the tool will look for fetched files. Maven uses the ids of the mirrors in settings.xml; the
 * other tools use the id of the repository, or the name of the build file's own mirror.
 *
 * Source of the rule: Resolver's EnhancedLocalRepositoryManager; pomegranate 1.1 `mirror-selector`; tools.deps
 * `util.maven/remote-repo`.
 */
function trackedAs(model: BuildEnvironment, named: readonly NamedRepository[]): Pick<ClientOptions, 'trackingIds'> {
  if (model.tool === 'maven') return {};
  return {
    trackingIds: Object.fromEntries(named.map((repository) => [repository.id, mirrorOf(repository, model)?.name ?? repository.written])),
  };
}

/**
 * Gives a built-in repository its own id if the file knows it by another one, unless the file names it twice. The user's
 * configuration for it then applies, and its built-in mirrors are asked.
 */
function ownName(repository: RepositoryOptions, all: readonly RepositoryOptions[], { tool }: BuildEnvironment): RepositoryOptions {
  const builtIn = builtInRepositories.find((candidate) => canonicalUrls(candidate).includes(repository.url));
  if (
    tool === 'maven' ||
    builtIn === undefined ||
    all.some(({ id }) => id === builtIn.id) ||
    all.find(({ url }) => canonicalUrls(builtIn).includes(url)) !== repository
  )
    return repository;
  const { mirrors: _places, ...rest } = repository;
  return { ...rest, id: builtIn.id };
}

function toOptions({ id, url: written, releases, snapshots, username, password }: ProjectRepository, file: string): RepositoryOptions {
  const url = oldUrls[withSlash(written)] ?? absolute(written, file);
  const builtIn = builtInRepositories.find((candidate) => canonicalUrls(candidate).includes(url));
  return {
    id,
    url,
    operator: builtIn === undefined ? undefined : builtIn.operator,
    // Under another id, the repository would lose its built-in mirrors just when they are needed.
    mirrors: builtIn === undefined || builtIn.id === id ? undefined : placesOf(builtIn, url),
    releases,
    snapshots,
    ...authOf(username, password),
  };
}

function placesOf(builtIn: BuiltInRepository, url: string): readonly MirrorOptions[] {
  return [{ url: builtIn.url, operator: builtIn.operator, canonical: true }, ...builtIn.mirrors]
    .filter((place) => place.url !== url)
    .map(({ url: place, operator, canonical }) => ({ url: place, operator, trusted: canonical, priority: canonical ? 10 : 20 }));
}

function canonicalUrls(builtIn: BuiltInRepository): readonly string[] {
  return [builtIn.url, ...builtIn.mirrors.filter(({ canonical }) => canonical).map(({ url }) => url)];
}

function authOf(
  username: ProjectRepository['username'],
  password: ProjectRepository['password'],
): { readonly auth?: AuthOptions | undefined } {
  if (username === undefined || password === undefined) return {};
  const [user, secret] = [firstSet(username), firstSet(password)];
  const name = typeof user === 'string' ? user : process.env[user.env];
  return name === undefined ? {} : { auth: { username: name, password: typeof secret === 'string' ? secret : { env: secret.env } } };
}

/** Returns the first place that has a value, or the last one. */
function firstSet(secret: string | SecretVariable): string | SecretVariable {
  if (typeof secret === 'string' || secret.otherwise === undefined || process.env[secret.env] !== undefined) return secret;
  return firstSet(secret.otherwise);
}

/** Resolves `file:repo`, `file://repo` and paths against the project's folder. */
function absolute(url: string, file: string): string {
  const relative = /^file:(?:\/\/)?(?!\/)(.*)$/i.exec(url)?.[1] ?? (/^[a-z][a-z0-9+.-]+:/i.test(url) ? undefined : url);
  if (relative === undefined) return withSlash(url);
  return withSlash(new URL(relative, pathToFileURL(`${dirname(file)}/`)).href);
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

function isCovered({ id, url }: BuiltInRepository, model: BuildEnvironment): boolean {
  return mirrorOf({ url, written: toolName(model, id) }, model) !== undefined;
}

/**
 * Replaces a repository with the build file's mirror of it, if there is one. The mirror is a boundary, as `<mirrorOf>` in
 * settings.xml is: the repository itself and its mirrors are no longer asked, unless our own configuration adds some. The
 * mirror counts as the canonical operator.
 */
function behindMirror(
  { written, ...repository }: RepositoryOptions & { readonly written: string },
  model: BuildEnvironment,
): RepositoryOptions {
  const { id, url, releases, snapshots } = repository;
  const mirror = mirrorOf({ url, written }, model);
  if (mirror === undefined) return repository;
  return {
    id,
    url: absolute(mirror.url, model.file),
    operator: `mirror:${mirror.name ?? id}`,
    releases,
    snapshots,
    ...authOf(mirror.username, mirror.password),
  };
}
