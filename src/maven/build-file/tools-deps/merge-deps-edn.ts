/** Merges deps.edn files: the one of the installation, the user's, and the project's. Source of the rule: tools.deps `create-basis`. */
import { type Collection, type Form, isCollection, pairsOf, valueOf } from '../clojure/form.js';

/** The keys that are merged as a whole. `:deps` are merged as maps of libraries, whose order counts. */
const mergedKeys = ['mvn/repos', 'mvn/local-repo'] as const;

/**
 * Returns the project's map with the entries of a weaker file before its own. If both have an entry of one key, the
 * project's replaces it; of an alias that both have, each key. Findings about the weaker file's entries point to the start
 * of the project's map.
 */
export function mergeDepsEdn(weaker: Collection, project: Collection): Collection {
  const items = [...mergedKeys.flatMap((key) => entry(key, mergedValue(weaker, project, key))), ...aliases(weaker, project)];
  const own = valueOf(project, 'deps');
  return { ...project, items: [...entry('deps', own), ...items] };
}

function mergedValue(weaker: Collection, project: Collection, key: string): Form | undefined {
  const [earlier, later] = [moved(weaker, project, key), valueOf(project, key)];
  return isCollection(earlier, 'map') && isCollection(later, 'map') ? mergeMaps(earlier, later) : (later ?? earlier);
}

function aliases(weaker: Collection, project: Collection): readonly Form[] {
  const [earlier, later] = [moved(weaker, project, 'aliases'), valueOf(project, 'aliases')];
  if (!isCollection(earlier, 'map') || !isCollection(later, 'map')) return entry('aliases', later ?? earlier);
  const known = new Map(pairsOf(earlier).map(({ key, value }) => [nameOf(key), value]));
  const items = pairsOf(later).flatMap(({ key, value }) => {
    const before = known.get(nameOf(key));
    return [key, isCollection(before, 'map') && isCollection(value, 'map') ? mergeMaps(before, value) : value];
  });
  return entry('aliases', mergeMaps(earlier, { ...later, items }));
}

function mergeMaps(earlier: Collection, later: Collection): Collection {
  const own = new Set(pairsOf(later).map(({ key }) => nameOf(key)));
  const kept = pairsOf(earlier).filter(({ key }) => !own.has(nameOf(key)));
  return { ...later, items: [...kept.flatMap(({ key, value }) => [key, value]), ...later.items] };
}

function entry(key: string, value: Form | undefined): readonly Form[] {
  return value === undefined ? [] : [{ kind: 'keyword', text: key, line: value.line, column: value.column }, value];
}

function moved(weaker: Collection, project: Collection, key: string): Form | undefined {
  const value = valueOf(weaker, key);
  return value === undefined ? undefined : movedTo(project, value);
}

function nameOf(key: Form): string {
  return 'text' in key ? `${key.kind} ${key.text}` : '';
}

/** Returns the form with all its positions set to one place: a line of the weaker file means nothing in the project's. */
export function movedTo(place: Pick<Form, 'line' | 'column'>, form: Form): Form {
  const { line, column } = place;
  if ('items' in form) return { ...form, line, column, items: form.items.map((item) => movedTo(place, item)) };
  if ('form' in form) return { ...form, line, column, form: movedTo(place, form.form) };
  return { ...form, line, column };
}
