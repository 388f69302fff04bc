/** Names libraries as tools.deps does. */
import { formatLibrary } from '../../coordinate/format.js';
import type { GraphDependency } from '../../pom/descriptor.js';

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
