/** Merges the user's deps.edn under that of a project. Source of the rule: tools.deps `merge-edns`. */
import { type Collection, type Form, isCollection, pairsOf, valueOf } from '../clojure/form.js';

/** The keys that matter here. */
const mergedKeys = ['deps', 'mvn/repos', 'mvn/local-repo', 'aliases'] as const;

/**
 * Returns the project's map with the user's entries before its own. If both have an entry of one key, the
 * project's replaces the user's as a whole, aliases included. Findings about the user's entries point to the start of the project's map.
 */
export function mergeDepsEdn(user: Collection, project: Collection): Collection {
  const items = mergedKeys.flatMap((key): readonly Form[] => {
    const written = valueOf(user, key);
    const [earlier, later] = [written === undefined ? undefined : movedTo(project, written), valueOf(project, key)];
    const value = isCollection(earlier, 'map') && isCollection(later, 'map') ? mergeMaps(earlier, later) : (later ?? earlier);
    return value === undefined ? [] : [{ kind: 'keyword', text: key, line: value.line, column: value.column }, value];
  });
  return { ...project, items };
}

function mergeMaps(earlier: Collection, later: Collection): Collection {
  const own = new Set(pairsOf(later).map(({ key }) => nameOf(key)));
  const kept = pairsOf(earlier).filter(({ key }) => !own.has(nameOf(key)));
  return { ...later, items: [...kept.flatMap(({ key, value }) => [key, value]), ...later.items] };
}

function nameOf(key: Form): string {
  return 'text' in key ? `${key.kind} ${key.text}` : '';
}

/** Returns the form with all its positions set to one place: a line of the user's file means nothing in the project's. */
function movedTo(place: Collection, form: Form): Form {
  const { line, column } = place;
  if ('items' in form) return { ...form, line, column, items: form.items.map((item) => movedTo(place, item)) };
  if ('form' in form) return { ...form, line, column, form: movedTo(place, form.form) };
  return { ...form, line, column };
}
