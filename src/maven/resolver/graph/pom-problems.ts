/** The POMs that decided a graph: their files, and the problems that were tolerated. */
import type { ClojarsFetchError } from '../../../base/error.js';
import type { Descriptor, GraphArtifact } from '../../pom/descriptor.js';
import { formatLabel } from '../../pom/label.js';
import { toError } from '../../pom/problem.js';
import type { GraphProblem } from './graph.js';

/** Which problems of a dependency's POM end the resolution: only a missing parent or BOM, or every problem. */
export type DescriptorPolicy = 'lenient' | 'strict';

export class PomProblems {
  readonly #problems = new Map<string, GraphProblem>();
  readonly #sources = new Set<string>();
  readonly #judged = new Set<Descriptor>();
  readonly #policy: DescriptorPolicy;

  constructor(policy: DescriptorPolicy) {
    this.#policy = policy;
  }

  /** Returns the error that ends the resolution, or null. Records a tolerated problem. */
  judge(artifact: GraphArtifact, descriptor: Descriptor): ClojarsFetchError | null {
    const { problem } = descriptor;
    if (!this.#judged.has(descriptor)) {
      this.#judged.add(descriptor);
      for (const source of descriptor.sources) this.#sources.add(source);
    }
    if (problem === null) return null;
    if (this.#policy === 'strict' || problem.kind === 'unresolvable' || problem.kind === 'version-unresolvable')
      return toError(problem, artifact.toString(), formatLabel(artifact.group, artifact.artifact, artifact.version));
    // After relocations, the problem belongs to the target.
    const at = descriptor.problemAt;
    // By name: the same artifact may be asked for by coordinate and by type, which differ in their keys.
    const name = at.toString();
    if (!this.#problems.has(name)) this.#problems.set(name, { artifact: at, problem });
    return null;
  }

  list(): readonly GraphProblem[] {
    return [...this.#problems.values()];
  }

  /** `group:artifact:version` of every POM file that was used, sorted. */
  sources(): readonly string[] {
    return [...this.#sources].sort();
  }
}
