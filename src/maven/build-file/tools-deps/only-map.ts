/** Reads the map that an EDN file holds. */
import { readForms } from '../clojure/clojure-reader.js';
import { type Collection, isCollection } from '../clojure/form.js';
import type { Findings } from '../model/findings.js';

/**
 * Returns the single map of an EDN file; an empty map if the file is empty.
 * @param isEdn as for {@link readForms}: whether the tool reads it with Clojure's reader of EDN. Some files are called EDN, and hold code
 * @throws ClojarsFetchError `ERR_CONFIG`, `ERR_LIMIT`
 */
export function onlyMap(text: string, findings: Findings, isEdn: boolean): Collection {
  const [map, second] = readForms(text, findings.file, { isEdn });
  // tools.deps and babashka read an empty file as an empty map.
  if (map === undefined) return { kind: 'map', items: [], line: 1, column: 1 };
  if (!isCollection(map, 'map')) findings.refuse(map, 'it must hold one map: {…}');
  // The tools refuse a second form, or ignore what its author cannot have meant.
  if (second !== undefined) findings.refuse(second, 'a second form follows the map; all must stand in one');
  return map;
}
