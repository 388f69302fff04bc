/**
 * What is wrong with a POM. Two kinds are tolerated by default, as Maven does while it collects dependencies: a
 * missing POM and an invalid one (the artifact stays, without dependencies). The others fail the resolution.
 */
import { ClojarsFetchError } from '../../base/error.js';

export type PomProblemKind =
  /** The POM itself is not there. */
  | 'missing'
  /** It, a parent or a BOM cannot be read or breaks a rule. */
  | 'invalid'
  /** A parent or an imported BOM is not there. */
  | 'unresolvable'
  /** `RELEASE` or `LATEST` that the metadata does not resolve. */
  | 'version-unresolvable';

export interface PomProblem {
  readonly kind: PomProblemKind;
  /** For `invalid`: `malformed`, `too-large`, `too-deep`, `parent-cycle`, `import-cycle`, `relocation-cycle`, `parent-is-self`, `parent-packaging-not-pom`, `version-missing`, `element-missing`, `value`, `interpolation-cycle`, `profile`. For `unresolvable`: `absent`, `no-match`. */
  readonly reason: string;
  /** Names the POM concerned, which may be a parent or BOM of the one asked for. */
  readonly message: string;
  /** `group:artifact:version` of the POM that is not there. */
  readonly absent?: string | undefined;
}

/** Collected while a model is built; thrown once at the end, or at once where going on has no sense. */
export class PomProblemError extends Error {
  override readonly name = 'PomProblemError';
  constructor(readonly problems: readonly PomProblem[]) {
    super(problems[0]?.message ?? 'invalid POM');
  }
}

/** Reasons that say less about a POM than any other. */
const vague: ReadonlySet<string> = new Set(['value', 'interpolation-cycle', 'profile']);

/**
 * The problem that decides what Maven does: a missing parent or BOM is fatal whatever else is wrong. Of the others the
 * first that says more than that some value is bad.
 */
export function decisiveProblem(problems: readonly PomProblem[]): PomProblem | undefined {
  return (
    problems.find((problem) => problem.kind === 'unresolvable') ?? problems.find((problem) => !vague.has(problem.reason)) ?? problems[0]
  );
}

/** A problem as the package's error. */
export function toError(problem: PomProblem, coordinate: string): ClojarsFetchError {
  const [group, artifact, ...rest] = coordinate.split(':');
  // Its own POM is named in the message already; a parent's says nothing of who needed it.
  const isOwn = problem.message.includes(`POM ${group ?? ''}:${artifact ?? ''}:${rest.at(-1) ?? ''}:`);
  const message = isOwn ? problem.message : `${coordinate}: ${problem.message}`;
  if (problem.kind === 'missing') {
    return new ClojarsFetchError('ERR_NOT_FOUND', { reason: 'absent', coordinate, message });
  }
  if (problem.kind === 'unresolvable') {
    return problem.reason === 'no-match'
      ? new ClojarsFetchError('ERR_RANGE', {
          reason: 'no-match',
          coordinate,
          message,
          hint: 'The parent of this POM is asked for by a range that no known version satisfies.',
        })
      : new ClojarsFetchError('ERR_POM', {
          reason: 'unresolvable',
          coordinate,
          message,
          hint: `Add a repository that has ${problem.absent ?? 'it'}, or exclude the dependency.`,
        });
  }
  if (problem.kind === 'version-unresolvable') {
    return new ClojarsFetchError('ERR_RANGE', {
      reason: 'no-match',
      coordinate,
      message,
      hint: 'Name a version: the repositories have no metadata that says which one is newest.',
    });
  }
  if (problem.reason === 'too-large' || problem.reason === 'too-deep') {
    return new ClojarsFetchError('ERR_LIMIT', { reason: problem.reason, coordinate, message });
  }
  return new ClojarsFetchError('ERR_POM', { reason: problem.reason, coordinate, message });
}
