/** Formats a closure as a class path or a tree. Coordinates come from POMs: escape them for a terminal. */
import { delimiter } from 'node:path';

import { formatLibrary } from '../../maven/coordinate/format.js';
import type { DependencyTreeNode, Resolution, ResolvedDependency } from './resolution.js';

/** Scopes that are not on the runtime class path. As in Maven, an unknown scope is on it. */
const notAtRunTime: ReadonlySet<string> = new Set(['provided', 'system', 'test']);

/**
 * Returns the downloaded jars, and the jars of libraries on this disk, in class path order, joined by Java's separator on this
 * machine (`:`, on Windows `;`).
 *
 * @param scopes to include. Default: those of the runtime class path
 * @param overrides paths that replace a library's jar, by `group/artifact[$classifier]`; an empty path removes it. The
 * `:classpath-overrides` of tools.deps. Default: none
 */
export function formatClassPath(
  { dependencies, localLibraries = [] }: Pick<Resolution, 'dependencies'> & Partial<Pick<Resolution, 'localLibraries'>>,
  scopes?: readonly string[],
  overrides?: ReadonlyMap<string, string>,
): string {
  const isInScope = ({ scope }: ResolvedDependency): boolean => (scopes ? scopes.includes(scope) : !notAtRunTime.has(scope));
  const paths: (string | null)[] = [];
  // An override also gives a place to a library that has none of its own.
  const add = (name: string, path: string | null): number => paths.push(overrides?.get(name) ?? path);
  let next = 0;
  const addLocals = (position: number): void => {
    for (let local = localLibraries[next]; local !== undefined && local.position <= position; local = localLibraries[(next += 1)])
      add(local.name, local.kind === 'jar' ? local.path : null);
  };
  for (const [position, dependency] of dependencies.entries()) {
    addLocals(position);
    if (isInScope(dependency)) add(formatLibrary(dependency), dependency.extension === 'jar' ? dependency.path : null);
  }
  addLocals(dependencies.length);
  return paths.filter((path) => path !== null && path !== '').join(delimiter);
}

/**
 * Draws the tree as `mvn dependency:tree -Dverbose` does: omitted nodes are in parentheses, with the reason. One line per
 * node, each ended by a line feed.
 */
export function formatDependencyTree(root: DependencyTreeNode): string {
  const lines: string[] = [];
  const stack = [{ node: root, first: '', below: '' }];
  if (root.coordinate === '') {
    stack.pop();
    for (const node of [...root.children].reverse()) stack.push({ node, first: '', below: '' });
  }
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const { node, first, below } = place;
    lines.push(`${first}${formatNode(node)}\n`);
    for (let index = node.children.length - 1; index >= 0; index--) {
      const child = node.children[index];
      const isLast = index === node.children.length - 1;
      if (child) stack.push({ node: child, first: `${below}${isLast ? '\\- ' : '+- '}`, below: `${below}${isLast ? '   ' : '|  '}` });
    }
  }
  return lines.join('');
}

function formatNode({ coordinate, scope, optional, omitted, keptInstead, managedFrom }: DependencyTreeNode): string {
  const notes: string[] = [];
  if (managedFrom.version !== undefined) notes.push(`version managed from ${managedFrom.version}`);
  if (managedFrom.scope !== undefined && managedFrom.scope !== scope)
    notes.push(`scope managed from ${managedFrom.scope === '' ? 'none' : managedFrom.scope}`);
  if (managedFrom.optional !== undefined && managedFrom.optional !== optional) notes.push(`optional managed from ${managedFrom.optional}`);
  const name = `${coordinate}${scope === '' ? '' : `:${scope}`}${optional ? ' (optional)' : ''}`;
  if (omitted === null) return notes.length === 0 ? name : `${name} (${notes.join('; ')})`;
  const version = keptInstead?.split(':').at(-1);
  const why = {
    conflict: `omitted for conflict with ${version ?? 'another version'}`,
    duplicate: 'omitted for duplicate',
    excluded: 'excluded',
    cycle: 'omitted for cycle',
    'cut-off': 'omitted with its dependent',
    'use-top': `omitted for the project's ${version ?? 'version'}`,
    'older-version': `omitted for newer ${version ?? 'version'}`,
    superseded: version === undefined ? 'superseded' : `superseded by ${version}`,
    'parent-omitted': 'its dependent was superseded',
  }[omitted];
  return `(${[name, ...notes, why].join(' - ')})`;
}
