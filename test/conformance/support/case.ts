/** The cases of the corpus: their shape, and this package's answers in that shape. */
import { createHash } from 'node:crypto';

import { isClojarsFetchError } from '../../../src/base/error.js';
import { type Descriptor, GraphArtifact, type GraphDependency, type GraphExclusion } from '../../../src/maven/pom/descriptor.js';
import type { PomProblem } from '../../../src/maven/pom/problem.js';
import type { FlatNode } from '../../../src/maven/resolver/graph/flatten.js';
import type { CollectRequest } from '../../../src/maven/resolver/graph/request.js';
import { isOnClassPath } from '../../../src/maven/resolver/maven/scope.js';
import type { GraphResolver } from '../../../src/maven/resolver/resolve-graph.js';

export interface CaseDependency {
  readonly coord: string;
  readonly scope?: string;
  readonly optional?: boolean;
  readonly exclusions?: readonly string[];
}

export interface CaseError {
  readonly ok: false;
  readonly errors: readonly { readonly type: string; readonly reason: string }[];
}

export interface CaseSuccess {
  readonly ok: true;
  readonly order: readonly string[];
  readonly problems?: readonly { readonly artifact: string; readonly kind: string; readonly reason?: string }[];
  readonly strict?: 'same' | CaseSuccess | CaseError;
}

export interface ResolveCase {
  readonly id: string;
  readonly kind: string;
  readonly request: {
    readonly mode: 'deps' | 'root';
    readonly dependencies: readonly CaseDependency[];
    readonly managed?: readonly CaseDependency[];
  };
  readonly expect: CaseSuccess | CaseError;
}

export interface DescriptorCase {
  readonly id: string;
  readonly coord: string;
  readonly expect:
    | { readonly ok: false; readonly reason: string }
    | {
        readonly ok: true;
        readonly artifact: string;
        readonly relocations?: readonly string[];
        readonly dependencies: readonly CaseDependency[];
        readonly managedCount: number;
        readonly managed?: readonly CaseDependency[];
        readonly managedCoordsSha256?: string;
      };
}

/** `g:a[:ext[:classifier]]:version`. */
export function parseCaseArtifact(text: string): GraphArtifact {
  const parts = text.split(':');
  const [group = '', artifact = '', third = '', fourth = ''] = parts;
  if (parts.length === 3) return new GraphArtifact(group, artifact, 'jar', '', third);
  if (parts.length === 4) return new GraphArtifact(group, artifact, third, '', fourth);
  return new GraphArtifact(group, artifact, third, fourth, parts.slice(4).join(':'));
}

function parseExclusion(text: string): GraphExclusion {
  const [group = '*', artifact = '*', classifier = '*', extension = '*'] = text.split(':');
  return { group, artifact, classifier, extension };
}

function toDependency({ coord, scope, optional, exclusions = [] }: CaseDependency, defaultScope: string): GraphDependency {
  return { artifact: parseCaseArtifact(coord), scope: scope ?? defaultScope, optional, exclusions: exclusions.map(parseExclusion) };
}

export function toRequest({ mode, dependencies, managed = [] }: ResolveCase['request']): CollectRequest {
  const declared = dependencies.map((dependency) => toDependency(dependency, 'compile'));
  const managing = managed.map((dependency) => toDependency(dependency, ''));
  return mode === 'root'
    ? { root: declared[0] ?? null, dependencies: [], managed: managing }
    : { root: null, dependencies: declared, managed: managing };
}

/** The corpus's words for problems of a POM. */
export function reasonOf(problem: PomProblem): string {
  if (problem.kind === 'missing') return 'missing';
  if (problem.kind === 'version-unresolvable') return 'version-unresolvable';
  if (problem.kind === 'unresolvable')
    return problem.reason === 'no-match'
      ? 'parent-or-import-range-unsatisfied'
      : `unresolvable-parent-or-import-pom ${problem.absent ?? ''}`;
  if (problem.reason === 'value') return `other: ERROR ${problem.detail}`;
  return (
    { malformed: 'malformed-xml', 'version-missing': 'dependency-version-missing', 'element-missing': 'required-element-missing' }[
      problem.reason
    ] ?? problem.reason
  );
}

/** The code and reason of this package for a corpus reason. */
export function errorFor(reason: string): string {
  const [word = ''] = reason.split(/[ :]/);
  const known: Record<string, string> = {
    'no-version-in-range': 'ERR_RANGE no-match',
    'invalid-range': 'ERR_RANGE malformed',
    'unsolvable-version-conflict': 'ERR_RANGE conflict',
    'version-unresolvable': 'ERR_RANGE no-match',
    'parent-or-import-range-unsatisfied': 'ERR_RANGE no-match',
    missing: 'ERR_NOT_FOUND absent',
    'unresolvable-parent-or-import-pom': 'ERR_POM unresolvable',
    'malformed-xml': 'ERR_POM malformed',
    other: 'ERR_POM value',
    'dependency-version-missing': 'ERR_POM version-missing',
    'required-element-missing': 'ERR_POM element-missing',
  };
  return known[word] ?? `ERR_POM ${word}`;
}

const nameOf = ({ node }: FlatNode): string => `${String(node.artifact)}:${node.scope}`;

/** This package's answer in the shape of the corpus, and the expected one made comparable: `[ours, expected]`. */
export async function answer(
  resolver: GraphResolver,
  request: CollectRequest,
  expected: CaseSuccess | CaseError,
  descriptors: 'lenient' | 'strict',
): Promise<[unknown, unknown]> {
  const wanted = expected.ok ? comparable(expected) : errorFor(expected.errors[0]?.reason ?? '');
  try {
    const graph = await resolver.resolve(request, { descriptors });
    const indexes = (of: (flat: FlatNode) => boolean): number[] => graph.nodes.flatMap((flat, index) => (of(flat) ? [index] : []));
    const optional = indexes(({ node }) => node.optional);
    const relocated = indexes(({ node }) => node.relocations.length > 0).map((node) => ({
      node,
      from: graph.nodes[node]?.node.relocations.map(String),
    }));
    const classPath = (path: 'compile' | 'runtime'): string[] =>
      graph.nodes
        .filter(({ node }) => isOnClassPath(node.scope, path))
        .map(nameOf)
        .sort();
    const problems = graph.problems.map(({ artifact, problem }) => ({
      artifact: artifact.toString(),
      kind: problem.kind,
      ...(problem.kind === 'invalid' ? { reason: reasonOf(problem) } : {}),
    }));
    const ours = {
      ok: true as const,
      order: graph.nodes.map(nameOf),
      depth: graph.nodes.map(({ depth }) => depth),
      ...(optional.length > 0 ? { optional } : {}),
      ...(relocated.length > 0 ? { relocated } : {}),
      runtime: classPath('runtime'),
      compile: classPath('compile'),
      ...(graph.cycles.length > 0 ? { cycles: graph.cycles.length } : {}),
      ...(problems.length > 0 ? { problems } : {}),
    };
    return [comparable(ours), wanted];
  } catch (error) {
    if (!isClojarsFetchError(error)) throw error;
    return [`${error.code} ${error.reason}`, wanted];
  }
}

/** Without `strict`, and with the problems in a fixed order: Maven's is that of its events. */
function comparable(success: CaseSuccess): unknown {
  const { strict: _strict, problems = [], ...rest } = success;
  return { ...rest, problems: problems.map((problem) => JSON.stringify(problem)).sort() };
}

function describeDependency({ artifact, scope, optional, exclusions }: GraphDependency): CaseDependency {
  return {
    coord: artifact.toString(),
    ...(scope === '' ? {} : { scope }),
    ...(optional === undefined ? {} : { optional }),
    ...(exclusions.length === 0 ? {} : { exclusions: exclusions.map(({ group, artifact: name }) => `${group}:${name}`) }),
  };
}

export function describeDescriptor(descriptor: Descriptor, expected: DescriptorCase['expect']): unknown {
  if (descriptor.problem !== null) return { ok: false, reason: reasonOf(descriptor.problem) };
  const managed = descriptor.managed();
  return {
    ok: true,
    artifact: descriptor.artifact.toString(),
    ...(descriptor.relocations.length === 0 ? {} : { relocations: descriptor.relocations.map(String) }),
    dependencies: descriptor.dependencies.map(describeDependency),
    managedCount: managed.length,
    ...(expected.ok && expected.managed !== undefined ? { managed: managed.map(describeDependency) } : {}),
    ...(expected.ok && expected.managedCoordsSha256 !== undefined
      ? {
          managedCoordsSha256: createHash('sha256')
            .update(managed.map(({ artifact }) => `${artifact.toString()}\n`).join(''))
            .digest('hex'),
        }
      : {}),
  };
}
