/**
 * Maps a dependency's type to the extension and classifier of its file.
 *
 * Source of the rule: Maven 3.8.7 `MavenRepositorySystemUtils.newSession()`, the session's `ArtifactTypeRegistry`.
 */
export interface ArtifactType {
  readonly extension: string;
  /** Used if the dependency names no classifier. */
  readonly classifier: string;
  /** Whether the file contains its dependencies, as a war does. They are not followed. */
  readonly includesDependencies: boolean;
}

const type = (extension: string, classifier = '', includesDependencies = false): ArtifactType => ({
  extension,
  classifier,
  includesDependencies,
});

const types: ReadonlyMap<string, ArtifactType> = new Map([
  ['pom', type('pom')],
  ['maven-plugin', type('jar')],
  ['jar', type('jar')],
  ['ejb', type('jar')],
  ['ejb-client', type('jar', 'client')],
  ['test-jar', type('jar', 'tests')],
  ['javadoc', type('jar', 'javadoc')],
  ['java-source', type('jar', 'sources')],
  ['war', type('war', '', true)],
  ['ear', type('ear', '', true)],
  ['rar', type('rar', '', true)],
  ['par', type('par', '', true)],
]);

/** Returns the mapping of a type. An unregistered type (`bundle`, `aar`) is its own extension. */
export function artifactType(name: string): ArtifactType {
  return types.get(name) ?? type(name);
}
