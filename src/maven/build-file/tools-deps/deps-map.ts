/** Reads the `:deps` map of deps.edn and bb.edn: libraries and their coordinates. Source of the rule: tools.deps. */
import { escapeForDisplay } from '../../../base/escape.js';
import type { Dependency } from '../../coordinate/coordinate.js';
import { type Collection, type Form, isCollection, isSymbol, pairsOf, valueOf } from '../clojure/form.js';
import { readExclusions, splitLibrary } from '../model/dependency-vector.js';
import type { Findings } from '../model/findings.js';

/** A library of the map. If its coordinate is null, `:default-deps` must supply one. */
export interface DepsEntry {
  readonly library: Form;
  readonly coordinate: Collection | null;
}

/** By name, in the order written. */
export type DepsMap = ReadonlyMap<string, DepsEntry>;

/** @throws ClojarsFetchError `ERR_CONFIG` */
export function readDepsMap(form: Form | undefined, key: string, findings: Findings): DepsMap {
  const entries = new Map<string, DepsEntry>();
  if (form === undefined) return entries;
  if (!isCollection(form, 'map')) findings.refuse(form, `${key} must be a map from libraries to coordinates`);
  for (const { key: library, value } of pairsOf(form)) {
    if (library.kind !== 'symbol') findings.refuse(library, `${key} must have symbols as keys: group/artifact`);
    if (isSymbol(value, 'nil')) entries.set(library.text, { library, coordinate: null });
    else if (isCollection(value, 'map')) entries.set(library.text, { library, coordinate: value });
    else findings.refuse(value, `the coordinate of ${escapeForDisplay(library.text, 120)} must be a map`);
  }
  return entries;
}

/** Returns the libraries from Maven repositories, and notes git and local ones. @throws ClojarsFetchError */
export function toDependencies(entries: DepsMap, defaults: DepsMap, overrides: DepsMap, findings: Findings): readonly Dependency[] {
  return [...entries].flatMap(([name, entry]): readonly Dependency[] => {
    const coordinate = overrides.get(name)?.coordinate ?? entry.coordinate ?? defaults.get(name)?.coordinate ?? null;
    const { library } = entry;
    if (coordinate === null) {
      findings.noteProblem(`${escapeForDisplay(name, 120)} has no coordinate, and :default-deps have none either`, library);
      return [];
    }
    const version = valueOf(coordinate, 'mvn/version');
    if (version === undefined) {
      findings.noteNotOurs(name, kindOf(coordinate), library);
      return [];
    }
    if (version.kind !== 'string') findings.refuse(version, `:mvn/version of ${escapeForDisplay(name, 120)} must be a string`);
    const [full = '', classifier] = name.split('$');
    const extension = valueOf(coordinate, 'extension');
    const exclusions = readExclusions(valueOf(coordinate, 'exclusions'), findings);
    return [
      findings.checked(
        {
          ...splitLibrary(full),
          version: version.text,
          classifier,
          extension: extension?.kind === 'string' ? extension.text : undefined,
          exclusions: exclusions.length === 0 ? undefined : exclusions,
        },
        library,
      ),
    ];
  });
}

function kindOf(coordinate: Collection): 'git' | 'local' | 'opaque' {
  const has = (...keywords: string[]): boolean => keywords.some((keyword) => valueOf(coordinate, keyword) !== undefined);
  if (has('local/root')) return 'local';
  return has('git/url', 'git/sha', 'git/tag', 'sha', 'tag') ? 'git' : 'opaque';
}

/** Merges maps. Later entries replace earlier ones but keep their place. */
export function mergeDepsMaps(...maps: readonly DepsMap[]): DepsMap {
  return new Map(maps.flatMap((map) => [...map]));
}
