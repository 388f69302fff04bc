/** The part of a repository that a mirror copies, as options of `mirror sync`. */
import { ClojarsFetchError } from '../../base/error.js';
import { type FilterOptions, filterProblem } from '../mirror/filter/filter-options.js';

/** The kinds of values that a file of values may contain. */
export const filterKinds: Readonly<Record<keyof FilterOptions, 'text' | 'texts' | 'boolean' | 'number'>> = {
  groups: 'texts',
  since: 'text',
  snapshots: 'boolean',
  latest: 'number',
  metadata: 'text',
};

/** Returns the words for a command line. @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value` */
export function filterWords({ groups, since, snapshots, latest, metadata }: FilterOptions): readonly string[] {
  const problem = filterProblem({ groups, since, latest, metadata });
  if (problem !== null)
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `${problem.name}: ${problem.problem}`,
      hint: 'See "A part of a repository" in docs/run-a-mirror.md.',
      setting: problem.name,
    });
  return [
    (groups ?? []).flatMap((group) => ['--group', group]),
    since === undefined ? [] : ['--since', since],
    snapshots === false ? ['--no-snapshots'] : [],
    latest === undefined ? [] : ['--latest', String(latest)],
    metadata === undefined ? [] : ['--metadata', metadata],
  ].flat();
}

/** Whether a value of a file has the kind that it must have. */
export function isOfKind(value: unknown, kind: (typeof filterKinds)[keyof FilterOptions]): boolean {
  if (kind === 'texts') return Array.isArray(value) && value.every((one) => typeof one === 'string');
  return typeof value === (kind === 'text' ? 'string' : kind);
}
