/** Turns the user's roots into a request to the resolver. */
import { ClojarsFetchError } from '../../base/error.js';
import { completeCoordinate, type Dependency } from '../../maven/coordinate/coordinate.js';
import { namesFile } from '../../maven/coordinate/parse.js';
import { toDependency } from '../../maven/coordinate/to-coordinate.js';
import type { CollectRequest } from '../../maven/resolver/graph/request.js';
import { classifyVersion } from '../../maven/version/request.js';
import type { Context } from '../context.js';
import { toGraph } from './graph-dependency.js';
import type { RootPoms } from './packaging.js';
import type { DependencyOptions } from './resolution.js';

/**
 * Reads roots and management. Selectors (`^1.2`), which POMs do not have, and omitted versions are resolved to versions. `RELEASE`,
 * `LATEST` and ranges are left to the resolver.
 * @param poms finds the extensions of roots written without one. Default: they are jars
 * @throws ClojarsFetchError ERR_COORDINATE, ERR_RANGE, ERR_CONFIG (no roots), and as resolveVersion
 */
export async function readRequest(
  context: Context,
  roots: readonly (string | Dependency)[],
  options: Pick<DependencyOptions, 'root' | 'managed'>,
  poms?: RootPoms,
): Promise<CollectRequest> {
  const { root, managed = [] } = options;
  if (roots.length === 0 && root === undefined) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: 'no root was given',
      hint: 'Name at least one coordinate, for example org.clojure:clojure:1.11.1.',
    });
  }
  const resolveRoot = async (wanted: string | Dependency): Promise<Dependency> => {
    const resolved = await resolveRootVersion(wanted);
    if (poms === undefined || typeof wanted !== 'string' || namesFile(wanted)) return resolved;
    return { ...resolved, extension: await poms.extensionOf(resolved.group, resolved.artifact, resolved.version) };
  };
  const resolveRootVersion = async (wanted: string | Dependency): Promise<Dependency> => {
    const dependency = toDependency(wanted);
    if ('localRoot' in dependency && dependency.localRoot !== undefined) return dependency;
    const kind = classifyVersion(dependency.version);
    const leftOut = typeof wanted === 'string' && kind === 'RELEASE' && !wanted.includes('RELEASE');
    if (kind !== 'selector' && !leftOut) return dependency;
    const { resolveVersion } = await import('../versions/resolve-version.js');
    const { coordinate } = await resolveVersion(context, completeCoordinate(dependency));
    return { ...dependency, version: coordinate.version };
  };
  const [top, ...dependencies] = await Promise.all([root === undefined ? null : resolveRoot(root), ...roots.map(resolveRoot)]);
  return {
    root: top ? toGraph(top, 'compile') : null,
    dependencies: dependencies.flatMap((dependency) => (dependency ? [toGraph(dependency, 'compile')] : [])),
    managed: managed.map((dependency) => toGraph(dependency, '')),
  };
}
