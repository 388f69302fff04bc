/** The aliases of deps.edn that are switched on, as one. Source of the rule: tools.deps.edn 0.9 `merge-alias-maps`. */
import { escapeForDisplay } from '../../../base/escape.js';
import { type Collection, type Form, isCollection, pairsOf, valueOf } from '../clojure/form.js';
import { SymbolMap } from '../clojure/map-order.js';
import type { Findings } from '../model/findings.js';
import { type DepsMap, readDepsMap, readPathMap } from './deps-map.js';

/** The parts of aliases that decide which libraries there are. */
export interface CombinedAliases {
  /** `:replace-deps`, also by the old name `:deps`; null if no alias has them. */
  readonly replaced: DepsMap | null;
  readonly extra: DepsMap;
  readonly overrides: DepsMap;
  readonly defaults: DepsMap;
  readonly classPath: SymbolMap<string>;
}

/** Aliases that every installation has, and that name no libraries. */
const installedAliases: ReadonlySet<string> = new Set(['test']);

/** Combines the aliases; like tools.deps, ignores a name that no file has. @throws ClojarsFetchError `ERR_CONFIG` */
export function combineAliases(map: Collection, names: readonly string[], findings: Findings): CombinedAliases {
  const maps = names.length === 0 ? [] : findAliases(map, names, findings);
  const merged = (key: string): DepsMap => {
    const result: DepsMap = new SymbolMap();
    for (const alias of maps) result.add(readDepsMap(valueOf(alias, key), `:${key}`, findings));
    return result;
  };
  const classPath = new SymbolMap<string>();
  for (const alias of maps) classPath.add(readPathMap(valueOf(alias, 'classpath-overrides'), ':classpath-overrides', findings));
  const isReplaced = maps.some((alias) => valueOf(alias, 'deps') !== undefined || valueOf(alias, 'replace-deps') !== undefined);
  return {
    replaced: isReplaced ? merged('deps').merge(merged('replace-deps')) : null,
    extra: merged('extra-deps'),
    overrides: merged('override-deps'),
    defaults: merged('default-deps'),
    classPath,
  };
}

function findAliases(map: Collection, names: readonly string[], findings: Findings): readonly Collection[] {
  const written = valueOf(map, 'aliases');
  const all = new Map<string, Form>();
  if (isCollection(written, 'map')) for (const { key, value } of pairsOf(written)) if (key.kind === 'keyword') all.set(key.text, value);
  return names.flatMap((name): readonly Collection[] => {
    const wanted = name.replace(/^:/, '');
    const alias = all.get(wanted);
    if (isCollection(alias, 'map')) return [alias];
    if (alias !== undefined || !installedAliases.has(wanted)) {
      const known = [...all.keys()].slice(0, 20).map((other) => escapeForDisplay(other, 60));
      const shown = `${known.length === 0 ? 'none' : known.join(', ')}${all.size > known.length ? ', …' : ''}`;
      const why = alias === undefined ? 'does not exist' : 'is not a map';
      findings.noteProblem(
        `the alias '${escapeForDisplay(wanted, 60)}' ${why} and changes nothing; aliases: ${shown}`,
        alias ?? written ?? map,
      );
    }
    return [];
  });
}
