/**
 * Problems of POMs. As in Maven, collecting dependencies tolerates two kinds by default, a missing POM and an invalid
 * one (the artifact stays, without dependencies). The others fail the resolution.
 */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { variableHint } from '../coordinate/variable-hint.js';

export type PomProblemKind =
  /** The POM itself is absent. */
  | 'missing'
  /** The POM, a parent or a BOM cannot be read or breaks a rule. */
  | 'invalid'
  /** A parent or an imported BOM is absent. */
  | 'unresolvable'
  /** The metadata does not resolve `RELEASE` or `LATEST`. */
  | 'version-unresolvable';

export interface PomProblem {
  readonly kind: PomProblemKind;
  /** For `invalid`: `malformed`, `too-large`, `too-deep`, `parent-cycle`, `import-cycle`, `relocation-cycle`, `parent-is-self`, `parent-packaging-not-pom`, `version-missing`, `element-missing`, `value`, `interpolation-cycle`, `profile`. For `unresolvable`: `absent`, `no-match`. */
  readonly reason: string;
  /** Label of the POM concerned, which may be a parent or BOM of the requested one. */
  readonly pom: string;
  /** The message without the POM's name and without the place. */
  readonly detail: string;
  /** Where in the file, if known, from 1. */
  readonly place?: { readonly line: number; readonly column: number | null } | undefined;
  readonly message: string;
  /** `group:artifact:version` of the absent POM. */
  readonly absent?: string | undefined;
  /** For `no-match`: the parent that has no version in the range. */
  readonly unsatisfied?: { readonly group: string; readonly artifact: string } | undefined;
}

/**
 * Creates a problem and its message, `POM <pom>: line …: <detail>`.
 * @param pom label of the POM concerned, unescaped
 * @param detail must escape any foreign text it quotes
 */
export function createProblem(
  kind: PomProblemKind,
  reason: string,
  pom: string,
  detail: string,
  { place, absent, unsatisfied }: Pick<PomProblem, 'place' | 'absent' | 'unsatisfied'> = {},
): PomProblem {
  const message = `POM ${escapeForDisplay(pom, 300)}: ${placedDetail({ place, detail })}`;
  return { kind, reason, pom, detail, place, absent, unsatisfied, message };
}

/** Formats the detail after its place, if that is known: `line 3, column 5: …`. */
export function placedDetail({ place, detail }: Pick<PomProblem, 'place' | 'detail'>): string {
  if (place === undefined) return detail;
  return place.column === null ? `line ${place.line}: ${detail}` : `line ${place.line}, column ${place.column}: ${detail}`;
}

/** Problems are collected while a model is built, and thrown at the end, or at once if the build cannot continue. */
export class PomProblemError extends Error {
  override readonly name = 'PomProblemError';
  constructor(readonly problems: readonly PomProblem[]) {
    super(problems[0]?.message ?? 'invalid POM');
  }
}

/** The least informative reasons. */
const vague: ReadonlySet<string> = new Set(['value', 'interpolation-cycle', 'profile']);

/**
 * Returns the problem that decides what Maven does: a missing parent or BOM is fatal whatever else is wrong. Otherwise
 * the first problem with an informative reason.
 */
export function decisiveProblem(problems: readonly PomProblem[]): PomProblem | undefined {
  return (
    problems.find((problem) => problem.kind === 'unresolvable') ?? problems.find((problem) => !vague.has(problem.reason)) ?? problems[0]
  );
}

/**
 * Converts a problem to the package's error.
 * @param ownPom label of the POM of `coordinate`: a problem in another POM must name the artifact that needed it
 */
export function toError(problem: PomProblem, coordinate: string, ownPom: string): ClojarsFetchError {
  const message = problem.pom === ownPom ? problem.message : `${coordinate}: ${problem.message}`;
  if (problem.kind === 'missing') {
    return new ClojarsFetchError('ERR_NOT_FOUND', { reason: 'absent', coordinate, message });
  }
  if (problem.kind === 'unresolvable') {
    return problem.reason === 'no-match'
      ? new ClojarsFetchError('ERR_RANGE', {
          reason: 'no-match',
          coordinate,
          message,
          unsatisfied: problem.unsatisfied,
          hint: 'The POM names its parent by a version range that no known version satisfies.',
        })
      : new ClojarsFetchError('ERR_POM', {
          reason: 'unresolvable',
          coordinate,
          message,
          hint: variableHint(message) ?? `Add a repository that has ${problem.absent ?? 'it'}, or exclude the dependency.`,
        });
  }
  if (problem.kind === 'version-unresolvable') {
    return new ClojarsFetchError('ERR_RANGE', {
      reason: 'no-match',
      coordinate,
      message,
      hint: 'Name a version: the metadata of the repositories does not say which one is newest.',
    });
  }
  if (problem.reason === 'too-large' || problem.reason === 'too-deep') {
    return new ClojarsFetchError('ERR_LIMIT', { reason: problem.reason, coordinate, message });
  }
  return new ClojarsFetchError('ERR_POM', { reason: problem.reason, coordinate, message, hint: variableHint(message) });
}
