/** Everything that Leiningen adds to a project. Source: Leiningen 2.10.0 `leiningen.core.project`. */

/**
 * The `:base` profile: without its dependencies `lein -o` does not start. Each gives way to one that the project
 * names. Other releases have other versions.
 */
export const baseProfile = `{:dependencies [^:displace [nrepl/nrepl "1.0.0" :exclusions [org.clojure/clojure]]
 ^:displace [org.nrepl/incomplete "0.1.0" :exclusions [org.clojure/clojure]]]}`;

/** Active unless `:default` says otherwise, in the order in which they are applied. */
export const defaultProfiles = ['base', 'system', 'user', 'provided', 'dev'] as const;

/** Profiles that may be chosen although no file has them: they contain nothing of interest here. */
export const unwrittenProfiles: ReadonlySet<string> = new Set([
  ...defaultProfiles,
  'default',
  'leiningen/default',
  'leiningen/test',
  'test',
  'production',
  'repl',
  'uberjar',
  'update',
  'offline',
  'debug',
]);

/** The scope of a profile's dependencies that name none. Source: `default-profile-metadata`. */
export const profileScopes: ReadonlyMap<string, string> = new Map([
  ['dev', 'test'],
  ['test', 'test'],
  ['provided', 'provided'],
]);

/** Repositories of every project. Source: `default-repositories`. */
export const defaultRepositories = [
  { id: 'central', url: 'https://repo1.maven.org/maven2/', snapshots: false },
  { id: 'clojars', url: 'https://repo.clojars.org/' },
] as const;
