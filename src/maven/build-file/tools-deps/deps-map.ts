/** Reads the maps of deps.edn and bb.edn from libraries to coordinates. Source of the rule: tools.deps.edn 0.9. */
import { escapeForDisplay } from '../../../base/escape.js';
import { type Collection, type Form, isCollection, isSymbol, pairsOf } from '../clojure/form.js';
import { SymbolMap } from '../clojure/map-order.js';
import type { Findings } from '../model/findings.js';
import { checkExclusions, readCoordinate } from './coordinate.js';

/** A library of the map. If its coordinate is null, `:default-deps` must supply one. */
export interface DepsEntry {
  readonly library: Form;
  readonly coordinate: Collection | null;
}

export type DepsMap = SymbolMap<DepsEntry>;

/** Reads the map of an alias. Coordinates are checked when they are used. @throws ClojarsFetchError `ERR_CONFIG` */
export function readDepsMap(form: Form | undefined, key: string, findings: Findings): DepsMap {
  const entries: DepsMap = new SymbolMap();
  if (form === undefined) return entries;
  if (!isCollection(form, 'map')) findings.refuse(form, `${key} must be a map from libraries to coordinates`);
  for (const { key: library, value } of inMapOrder(form, key, findings)) {
    if (isSymbol(value, 'nil')) entries.set(library.text, { library, coordinate: null });
    else if (isCollection(value, 'map')) entries.set(library.text, { library, coordinate: value });
    else findings.refuse(value, `the coordinate of ${escapeForDisplay(library.text, 120)} must be a map`);
  }
  return entries;
}

/** Reads `:deps` of a file, all of which must be right. @throws ClojarsFetchError `ERR_CONFIG` */
export function readOwnDeps(form: Form | undefined, findings: Findings): DepsMap {
  const entries = readDepsMap(form, ':deps', findings);
  for (const [name, { coordinate }] of entries) {
    if (coordinate === null) continue;
    readCoordinate(name, coordinate, findings);
    checkExclusions(name, coordinate, findings);
  }
  return entries;
}

/** Reads `:classpath-overrides`: paths by library, empty if the library is taken off the class path. */
export function readPathMap(form: Form | undefined, key: string, findings: Findings): SymbolMap<string> {
  const entries = new SymbolMap<string>();
  if (form === undefined) return entries;
  if (!isCollection(form, 'map')) findings.refuse(form, `${key} must be a map from libraries to paths`);
  for (const { key: library, value } of inMapOrder(form, key, findings)) {
    if (value.kind === 'string') entries.set(library.text, value.text);
    else if (isSymbol(value, 'nil')) entries.set(library.text, '');
    else findings.refuse(value, `the path of ${escapeForDisplay(library.text, 120)} must be a string`);
  }
  return entries;
}

/**
 * The entries in the order in which Clojure iterates the map that it reads: that is the order in which tools.deps then
 * builds its own, with a namespace for every library.
 */
function inMapOrder(form: Collection, key: string, findings: Findings): readonly { readonly key: QualifiedSymbol; readonly value: Form }[] {
  const written = new SymbolMap<{ readonly key: QualifiedSymbol; readonly value: Form }>();
  for (const { key: library, value } of pairsOf(form)) {
    if (library.kind !== 'symbol') findings.refuse(library, `${key} must have symbols as keys: group/artifact`);
    if (written.has(library.text)) findings.refuse(library, `${key} has ${escapeForDisplay(library.text, 120)} twice`);
    const { text } = library;
    written.set(text, { key: { ...library, kind: 'symbol', text: text.includes('/') ? text : `${text}/${text}` }, value });
  }
  return [...written].map(([, entry]) => entry);
}

type QualifiedSymbol = Form & { readonly kind: 'symbol'; readonly text: string };
