/** What Leiningen adds to every project. */

/**
 * The dependencies of its `:base` profile: without them `lein -o` does not start. Each gives way to one that the
 * project names.
 *
 * Source of the rule: Leiningen 2.10.0 `leiningen.core.project/default-profiles`. Other releases have other versions.
 */
export const baseDependencies = `[^:displace [nrepl/nrepl "1.0.0" :exclusions [org.clojure/clojure]]
 ^:displace [org.nrepl/incomplete "0.1.0" :exclusions [org.clojure/clojure]]]`;

/** Active unless `:default` says otherwise, in the order in which they are applied. */
export const defaultProfiles = ['base', 'system', 'user', 'provided', 'dev'] as const;

/** The scope of a profile's dependencies that name none. Source: `default-profile-metadata`. */
export const profileScopes: Readonly<Record<string, string>> = { dev: 'test', test: 'test', provided: 'provided' };
