/** The defaults that Leiningen adds to a project. Source: Leiningen 2.10.0 `leiningen.core.project`. */

/**
 * The `:base` profile: `lein -o` does not start without its dependencies. A dependency of the project replaces each.
 * Other releases of Leiningen have other versions.
 */
export const baseProfile = `{:dependencies [^:displace [nrepl/nrepl "1.0.0" :exclusions [org.clojure/clojure]]
 ^:displace [org.nrepl/incomplete "0.1.0" :exclusions [org.clojure/clojure]]]}`;

/** Active unless `:default` says otherwise, in the order in which they are applied. */
export const defaultProfiles = ['base', 'system', 'user', 'provided', 'dev'] as const;

/** Profiles that may be chosen even if no file defines them; their contents do not matter here. */
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

/** The scope of a profile's dependencies that have none of their own. Source: `default-profile-metadata`. */
export const profileScopes: ReadonlyMap<string, string> = new Map([
  ['dev', 'test'],
  ['test', 'test'],
  ['provided', 'provided'],
]);
