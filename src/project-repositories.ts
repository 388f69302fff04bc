/** From the repositories a build file names to those a client asks. */
import type { ProjectMirror, ProjectModel, ProjectRepository } from './project/model.js';
import { builtInRepositories, type BuiltInRepository } from './repository/built-in.js';
import type { AuthOptions, MirrorOptions, RepositoryOptions } from './repository/repository-options.js';
import type { ClientOptions } from './settings/client-options.js';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Schemes of plugins that Leiningen and Maven load for them. */
const foreign = /^(?!https?:|file:)[a-z][a-z0-9+.-]*:/i;
/** Names under which build files still know Clojars; they redirect. */
const oldUrls: Readonly<Record<string, string>> = { 'https://clojars.org/repo/': 'https://repo.clojars.org/', 'http://clojars.org/repo/': 'https://repo.clojars.org/' };

/** Whether a repository is of a scheme that this program cannot speak. */
export function isForeign({ url }: ProjectRepository): boolean {
  return foreign.test(url);
}

/**
 * The options of a client for a project. Repositories that the caller gives stand alone; else the file's are added as
 * its tool adds them, with their mirrors. Plain `http:` stays refused, and bindings of groups hold.
 */
export function clientOptionsFor(model: Pick<ProjectModel, 'file' | 'onlyThese' | 'mirrors'>, repositories: readonly ProjectRepository[], options: ClientOptions): ClientOptions {
  if (options.repositories !== undefined) return options;
  const asked = repositories.filter((repository) => !isForeign(repository)).map((repository) => toOptions(repository, model.file));
  // One that is named as the built-in one is adds nothing; its snapshots are then the built-in one's.
  const added = asked.filter(({ id, url }) => !builtInRepositories.some((builtIn) => builtIn.id === id && canonicalUrls(builtIn).includes(url)));
  const effective = model.onlyThese ? { repositories: asked } : added.length === 0 ? {} : { moreRepositories: added };
  const ids = model.onlyThese ? asked : [...builtInRepositories.map(({ id, url }) => ({ id, url })), ...added];
  const mirrors = mirrorsFor(ids, model);
  return { ...options, ...effective, ...(Object.keys(mirrors).length === 0 ? {} : { mirrors: joinMirrors(mirrors, options.mirrors ?? {}) }) };
}

function toOptions({ id, url: written, releases, snapshots, username, password }: ProjectRepository, file: string): RepositoryOptions {
  const url = oldUrls[withSlash(written)] ?? absolute(written, file);
  const builtIn = builtInRepositories.find((candidate) => canonicalUrls(candidate).includes(url));
  return {
    id,
    url,
    ...(builtIn === undefined ? {} : { operator: builtIn.operator }),
    // Under another id the built-in places of that repository would be lost, in the middle of an outage.
    ...(builtIn === undefined || builtIn.id === id ? {} : { mirrors: placesOf(builtIn, url) }),
    ...(releases === undefined ? {} : { releases }),
    ...(snapshots === undefined ? {} : { snapshots }),
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

function authOf(username: ProjectRepository['username'], password: ProjectRepository['password']): { readonly auth?: AuthOptions } {
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

/** A mirror stands in for every repository it matches; the canonical one is then asked after it. */
function mirrorsFor(repositories: readonly { readonly id: string; readonly url: string }[], { mirrors, file }: Pick<ProjectModel, 'mirrors' | 'file'>): Record<string, readonly MirrorOptions[]> {
  const found: Record<string, readonly MirrorOptions[]> = {};
  for (const { id, url } of repositories) {
    const matching = mirrors.find((mirror) => matches(mirror, id) || matches(mirror, url) || matches(mirror, url.replace(/\/$/, '')));
    if (matching !== undefined) found[id] = [{ url: absolute(matching.url, file), priority: -1 }];
  }
  return found;
}

function matches({ match }: ProjectMirror, text: string): boolean {
  return match.kind === 'text' ? match.text === text : new RegExp(`^(?:${match.text})$`).test(text);
}

function joinMirrors(first: Record<string, readonly MirrorOptions[]>, second: NonNullable<ClientOptions['mirrors']>): NonNullable<ClientOptions['mirrors']> {
  const joined: Record<string, readonly (string | MirrorOptions)[]> = { ...second };
  for (const [id, list] of Object.entries(first)) joined[id] = [...list, ...(second[id] ?? [])];
  return joined;
}
