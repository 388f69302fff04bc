/** Random questions to a resolver over one random repository: graphs of several dependencies, graphs of one root, and effective POMs. */
import type { CaseDependency, ResolveCase } from '../../conformance/support/case.js';
import type { Chance } from '../../support/chance.js';
import type { Library } from '../random-libraries.js';
import { RandomPoms } from './random-poms.js';

export interface MavenCase {
  /** POMs and metadata, by path in the repository. */
  readonly files: ReadonlyMap<string, string>;
  readonly requests: readonly ResolveCase['request'][];
  /** `g:a:v` of POMs whose effective form is asked for. */
  readonly descriptors: readonly string[];
}

/** Returns a case whose groups begin with `id`; the same chance gives the same case. */
export function createMavenCase(chance: Chance, id: string): MavenCase {
  const poms = new RandomPoms(chance, id);
  const coordinate = (library: Library): string => `${library.group}:${library.artifact}:${chance.pick(library.versions)}`;
  return {
    files: poms.files,
    requests: Array.from({ length: 6 }, () => createRequest(chance, poms)),
    descriptors: Array.from({ length: 4 }, () => coordinate(chance.pick(poms.libraries))),
  };
}

function createRequest(chance: Chance, poms: RandomPoms): ResolveCase['request'] {
  const several = (count: number, direct: boolean): CaseDependency[] =>
    Array.from({ length: count }, () => createDependency(chance, poms, direct));
  if (chance.happens(0.4)) return { mode: 'root', dependencies: several(1, true), managed: several(chance.happens(0.2) ? 2 : 0, false) };
  const dependencies = several(chance.pick([1, 1, 2, 3, 5, 8]), true);
  return { mode: 'deps', dependencies, managed: several(chance.happens(0.3) ? 1 + chance.below(4) : 0, false) };
}

function createDependency(chance: Chance, poms: RandomPoms, isDirect: boolean): CaseDependency {
  const library = chance.pick(poms.libraries);
  const version = chance.happens(0.9) ? chance.pick(library.versions) : poms.version(library) || chance.pick(library.versions);
  const kind = chance.happens(0.05) ? chance.pick([':jar:linux', ':zip', ':jar:tests', ':war', ':pom']) : '';
  const exclusions = poms.exclusions(isDirect ? 0.2 : 0.15).map((names) => names.join(':'));
  const scope = chance.happens(isDirect ? 0.25 : 0.15)
    ? chance.pick(['runtime', 'test', 'provided', 'compile', 'system', 'import'])
    : undefined;
  const optional = chance.happens(0.1) ? chance.happens(0.7) : undefined;
  return {
    coord: `${library.group}:${library.artifact}${kind}:${version}`,
    ...(scope === undefined ? {} : { scope }),
    ...(optional === undefined ? {} : { optional }),
    ...(exclusions.length === 0 ? {} : { exclusions }),
  };
}
