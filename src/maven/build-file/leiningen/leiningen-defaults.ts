/** The defaults that Leiningen adds to a project. Source: Leiningen 2.10.0 `leiningen.core.project`. */

/**
 * The `:base` profile: `lein -o` does not start without its dependencies. The project may replace each of them. Other releases of Leiningen
 * use other versions.
 */
export const baseProfile = `{:dependencies [^:displace [nrepl/nrepl "1.0.0" :exclusions [org.clojure/clojure]]
 ^:displace [org.nrepl/incomplete "0.1.0" :exclusions [org.clojure/clojure]]]}`;

/** Active unless `:default` says otherwise, in the order of application. */
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

/** The scope for dependencies of a profile that set none. Source: `default-profile-metadata`. */
export const profileScopes: ReadonlyMap<string, string> = new Map([
  ['dev', 'test'],
  ['test', 'test'],
  ['provided', 'provided'],
]);
