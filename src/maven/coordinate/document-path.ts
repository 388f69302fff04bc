/** The files of a repository that are neither artifacts nor metadata. Any other path is answered without asking a mirror. */

const documents: ReadonlySet<string> = new Set([
  // Archetypes, for `mvn archetype:generate`.
  'archetype-catalog.xml',
  // The groups that a repository has: Maven 3.10 and later ask for no others.
  '.meta/prefixes.txt',
  // The indexes of Clojars: every POM, every jar, and the feed of releases.
  'all-poms.txt',
  'all-poms.txt.gz',
  'all-jars.clj',
  'all-jars.clj.gz',
  'feed.clj.gz',
]);

/** Whether a path, without the suffix of a checksum, is one of the documents. */
export function isDocument(path: string): boolean {
  return documents.has(path);
}
