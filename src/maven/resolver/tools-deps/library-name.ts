/** Names libraries as tools.deps does. */
import { formatLibrary } from '../../coordinate/format.js';
import type { GraphArtifact, GraphDependency } from '../../pom/descriptor.js';

/** The name of a dependency's library: `group/artifact` or `group/artifact$classifier`. Its extension is not part of it. */
export function libraryName({ artifact }: GraphDependency): string {
  return formatLibrary(artifact);
}

/** The libraries that a dependency excludes, by name; null if it excludes none. `*` has no special meaning. */
export function excludedNames({ exclusions }: GraphDependency): ReadonlySet<string> | null {
  if (exclusions.length === 0) return null;
  return new Set(
    exclusions.map(({ group, artifact, classifier }) =>
      formatLibrary({ group, artifact, classifier: classifier === '*' ? '' : classifier }),
    ),
  );
}

/**
 * The file of a library. tools.deps finds it by the library's name, and takes the classifier to be what is between the
 * first two `$`: of `a$${os.detected.classifier}`, that is nothing, so a property without a value gives the plain jar.
 *
 * Source of the rule: tools.deps `util.maven/lib->names`.
 */
export function fileOf(artifact: GraphArtifact): GraphArtifact {
  const end = artifact.classifier.indexOf('$');
  return end < 0 ? artifact : artifact.withClassifier(artifact.classifier.slice(0, end));
}
