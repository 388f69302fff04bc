/**
 * How scopes combine.
 *
 * Source of the rule: Maven Resolver 1.6.3 `JavaScopeDeriver`, `JavaScopeSelector`, `DependencyFilterUtils`.
 */

/** Returns the scope of a dependency below a parent with the given (derived) scope. */
export function deriveScope(parentScope: string, childScope: string): string {
  if (childScope === 'system' || childScope === 'test') return childScope;
  if (parentScope === '' || parentScope === 'compile') return childScope;
  if (parentScope === 'test' || parentScope === 'runtime') return parentScope;
  if (parentScope === 'system' || parentScope === 'provided') return 'provided';
  return 'runtime';
}

/** Returns the widest scope among the occurrences of one artifact; empty if no scope is known. */
export function widestScope(scopes: ReadonlySet<string>): string {
  const considered = scopes.size > 1 ? [...scopes].filter((scope) => scope !== 'system') : [...scopes];
  const [only] = considered;
  if (considered.length === 1 && only !== undefined) return only;
  for (const scope of ['compile', 'runtime', 'provided', 'test']) if (scopes.has(scope)) return scope;
  return '';
}

/** The scopes missing from each class path. */
const leftOut = {
  compile: new Set(['runtime', 'test']),
  runtime: new Set(['provided', 'system', 'test']),
  test: new Set<string>(),
} as const;

/** Whether a node with that scope is on a class path. As in Maven, an unknown scope is on every class path. */
export function isOnClassPath(scope: string, classPath: 'compile' | 'runtime' | 'test'): boolean {
  return !leftOut[classPath].has(scope);
}
