/** The repositories that every project of Leiningen, Boot and tools.deps has. */

/**
 * Their names and URLs, in the order in which they are asked. Source: Leiningen `default-repositories`, tools.deps
 * `standard-repos`.
 */
export const standardRepositories = [
  { id: 'central', url: 'https://repo1.maven.org/maven2/', snapshots: false },
  { id: 'clojars', url: 'https://repo.clojars.org/' },
] as const;
