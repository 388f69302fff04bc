/** Resolves the effective POM of one artifact, as Maven's artifact descriptor. */
import type { Coordinate } from '../../maven/coordinate/coordinate.js';
import { formatLabel } from '../../maven/pom/label.js';
import { toError } from '../../maven/pom/problem.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import { createGraphResolver } from '../../maven/resolver/resolve-graph.js';
import type { Context } from '../context.js';
import { formatArtifact, toDependency } from './graph-dependency.js';
import { RepositoryPomSource } from './pom-source.js';
import type { ResolvedDescriptor } from './resolution.js';
import { pomsOf } from './resolve-dependencies.js';
import { readRequest } from './roots.js';

/**
 * @throws ClojarsFetchError ERR_NOT_FOUND (the POM is absent), ERR_POM (a parent or BOM is absent), ERR_RANGE, ERR_LIMIT,
 * and any error of a single file. An invalid POM is not an error: its descriptor lists the problems.
 */
export async function resolveDescriptor(
  context: Context,
  wanted: string | Coordinate,
  environment: ProfileEnvironment,
): Promise<ResolvedDescriptor> {
  const { root } = await readRequest(context, [], { root: wanted });
  if (root === null) throw new TypeError('no root');
  const source = new RepositoryPomSource(context);
  const descriptor = await createGraphResolver(source, environment)
    .descriptor(root.artifact)
    .finally(() => source.end());
  const { artifact, relocations, problem, problems } = descriptor;
  if (problem !== null && (problem.kind !== 'invalid' || problem.reason === 'too-large' || problem.reason === 'too-deep'))
    throw toError(problem, formatArtifact(artifact), formatLabel(artifact.group, artifact.artifact, artifact.version));
  const coordinate = formatArtifact(artifact);
  return {
    coordinate,
    relocatedFrom: relocations.map(formatArtifact),
    dependencies: descriptor.dependencies.map(toDependency),
    managedDependencies: descriptor.managed().map(toDependency),
    problems: [...(problem === null ? [] : [problem]), ...problems.filter((other) => other !== problem)].map(({ reason, message }) => ({
      coordinate,
      kind: 'invalid',
      reason,
      message,
    })),
    poms: pomsOf(descriptor.sources, source),
  };
}
