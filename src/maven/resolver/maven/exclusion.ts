/**
 * Shared sets of exclusions. Equal sets are the same object, so that equal subtrees of a graph are found by identity.
 *
 * Source of the rule: Maven Resolver 1.6.3 `ExclusionDependencySelector`.
 */
import type { GraphArtifact, GraphExclusion } from '../../pom/descriptor.js';

/** The exclusions that apply at one place in the graph. */
export class ExclusionSet {
  readonly #entries: ReadonlyMap<string, GraphExclusion>;
  readonly #sets: ExclusionSets;
  readonly #exact = new Set<string>();
  readonly #patterns: GraphExclusion[] = [];
  readonly #derived = new WeakMap<readonly GraphExclusion[], ExclusionSet>();

  /** @internal use {@link ExclusionSets} */
  constructor(
    readonly id: number,
    entries: ReadonlyMap<string, GraphExclusion>,
    sets: ExclusionSets,
  ) {
    this.#entries = entries;
    this.#sets = sets;
    for (const exclusion of entries.values()) {
      const { group, artifact, classifier, extension } = exclusion;
      if (classifier === '*' && extension === '*' && group !== '*' && artifact !== '*') this.#exact.add(`${group}:${artifact}`);
      else this.#patterns.push(exclusion);
    }
  }

  excludes(artifact: GraphArtifact): boolean {
    if (this.#entries.size === 0) return false;
    if (this.#exact.has(artifact.name)) return true;
    for (const pattern of this.#patterns) if (isExcludedBy(pattern, artifact)) return true;
    return false;
  }

  /** Returns this set extended by a dependency's own exclusions, for the subtree below it. */
  with(exclusions: readonly GraphExclusion[]): ExclusionSet {
    if (exclusions.length === 0) return this;
    let result = this.#derived.get(exclusions);
    if (result === undefined) {
      const entries = new Map(this.#entries);
      for (const exclusion of exclusions) entries.set(keyOf(exclusion), exclusion);
      result = entries.size === this.#entries.size ? this : this.#sets.of(entries);
      this.#derived.set(exclusions, result);
    }
    return result;
  }
}

/** All sets of one resolution. */
export class ExclusionSets {
  readonly #sets = new Map<string, ExclusionSet>();
  readonly empty = this.of(new Map());

  /** @internal */
  of(entries: ReadonlyMap<string, GraphExclusion>): ExclusionSet {
    const key = [...entries.keys()].sort().join('\n');
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = new ExclusionSet(this.#sets.size, entries, this);
      this.#sets.set(key, set);
    }
    return set;
  }
}

/** Whether an exclusion matches the artifact. `*` matches any value of a field. */
function isExcludedBy(exclusion: GraphExclusion, artifact: GraphArtifact): boolean {
  return (
    matches(exclusion.artifact, artifact.artifact) &&
    matches(exclusion.group, artifact.group) &&
    matches(exclusion.extension, artifact.extension) &&
    matches(exclusion.classifier, artifact.classifier)
  );
}

function matches(pattern: string, value: string): boolean {
  return pattern === '*' || pattern === value;
}

function keyOf({ group, artifact, classifier, extension }: GraphExclusion): string {
  return `${group}:${artifact}:${classifier}:${extension}`;
}
