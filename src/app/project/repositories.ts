/** From the repositories a build file names to those a client asks. */
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ClientOptions } from '../../local/settings/client-options.js';
import type { ProjectMirror, ProjectModel, ProjectRepository } from '../../maven/build-file/model/model.js';
import { builtInRepositories, type BuiltInRepository } from '../../network/mirrors/built-in.js';
import type { AuthOptions, MirrorOptions, RepositoryOptions } from '../../network/mirrors/repository-options.js';
import { compileRegularExpression } from '../../proof/key-map/model/regular-expression.js';

/** Schemes of plugins that Leiningen and Maven load for them. */
const foreign = /^(?!https?:|file:)[a-z][a-z0-9+.-]*:/i;
/** Names under which build files still know Clojars; they redirect. */
const oldUrls: Readonly<Record<string, string>> = {
  'https://clojars.org/repo/': 'https://repo.clojars.org/',
  'http://clojars.org/repo/': 'https://repo.clojars.org/',
};

/** Whether a repository is of a scheme that this program cannot speak. */
export function isForeign({ url }: ProjectRepository): boolean {
  return foreign.test(url);
}

/** What is told of a file before its repositories are known. */
export type BuildEnvironment = Pick<ProjectModel, 'file' | 'tool' | 'onlyThese' | 'mirrors'>;

/**
 * The options of a client for a project. Repositories that the caller gives stand alone; else the file's are added as
 * its tool adds them, with their mirrors. Plain `http:` stays refused, and bindings of groups hold.
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
  // One that is named as the built-in one is adds nothing; its snapshots are then the built-in one's.
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
  const named = model.onlyThese
    ? only
    : [...builtInRepositories, ...added].map(({ id, url }) => ({ id, url, written: toolName(model, id) }));
  return { ...options, ...effective, ...trackedAs(model, named) };
}

/** A repository of the client, and its name in the file or in the tool. */
interface NamedRepository {
  readonly id: string;
  readonly url: string;
  readonly written: string;
}

/**
 * What the tool calls a repository that it adds itself.
 *
 * Source of the rule: Boot 2.8 `boot.core/default-repos`; tools.deps `standard-repos` and Leiningen
 * `default-repositories` have our names.
 */
function toolName({ tool }: BuildEnvironment, id: string): string {
  return tool === 'boot' && id === 'central' ? 'maven-central' : id;
}

/**
 * Under which names the tool will look for what is fetched. Maven knows the mirrors of settings.xml by their own
 * ids; the others look for the repository's, settings.xml or not, and for that of the file's own mirror.
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
 * A built-in repository under another name, as the only one of its kind, is the built-in one here: what the user
 * configured for it counts, and its built-in mirrors are asked.
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
    // Under another id the built-in places of that repository would be lost, in the middle of an outage.
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
  const name = typeof username === 'string' ? username : process.env[username.env];
  return name === undefined ? {} : { auth: { username: name, password } };
}

/** `file:repo`, `file://repo` and paths are meant relative to the project. */
function absolute(url: string, file: string): string {
  const relative = /^file:(?:\/\/)?(?!\/)(.*)$/i.exec(url)?.[1] ?? (/^[a-z][a-z0-9+.-]+:/i.test(url) ? undefined : url);
  if (relative === undefined) return withSlash(url);
  return withSlash(new URL(relative, pathToFileURL(`${dirname(file)}/`)).href);
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

function isCovered({ id, url }: BuiltInRepository, model: BuildEnvironment): boolean {
  return mirrorOf({ id, url, written: toolName(model, id) }, model) !== undefined;
}

/**
 * A repository as a mirror of the file has it. The mirror is a boundary, as `<mirrorOf>` in settings.xml is: it takes the
 * place of the repository, whose own places are not asked any more, unless our own configuration adds some. Its word is
 * that of the canonical operator.
 */
function behindMirror(
  { written, ...repository }: RepositoryOptions & { readonly written: string },
  model: BuildEnvironment,
): RepositoryOptions {
  const { id, url, releases, snapshots } = repository;
  const mirror = mirrorOf({ id, url, written }, model);
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

function mirrorOf({ url, written }: NamedRepository, { mirrors }: BuildEnvironment): ProjectMirror | undefined {
  return mirrors.find((mirror) => matches(mirror, written) || matches(mirror, url) || matches(mirror, url.replace(/\/$/, '')));
}

function matches({ match }: ProjectMirror, text: string): boolean {
  return match.kind === 'text' ? match.text === text : compileRegularExpression(match.text, { ignoreCase: false })(text);
}
