/** Forms of Clojure text, with their positions. They are never evaluated. */

/** Where a form starts, both from 1; the column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a collection stands, as offsets in UTF-16 units. */
export interface Extent {
  /** Offset of its opening bracket. */
  readonly start: number;
  /** Offset after its last item, also after one that `#_` leaves out; after the opening bracket if it is empty. */
  readonly lastEnd: number;
  /** Offset of its closing bracket. */
  readonly end: number;
  /** The syntax that changes its meaning: `#:name{…}`, or a branch of `#?(…)`; null if it stands alone. */
  readonly prefix: 'namespace' | 'conditional' | null;
}

interface Common extends Position {
  /** Metadata before the form (`^…`), innermost last. Default: none. */
  readonly meta?: readonly Form[] | undefined;
}

/** A name, a literal, or an expression whose value is known only at run time. */
export interface Atom extends Common {
  readonly kind: 'symbol' | 'keyword' | 'string' | 'number' | 'character' | 'regex';
  /** A keyword without its colon; the value of a string or character; any other atom as written. `nil` and `true` are symbols. */
  readonly text: string;
}

export interface Collection extends Common {
  readonly kind: 'list' | 'vector' | 'map' | 'set';
  /** For a map: key, value, key, value … */
  readonly items: readonly Form[];
}

/** A form with a prefix. `eval` is `#=`, `function` is `#(…)`, `tagged` is `#name value`. */
export interface Marked extends Common {
  readonly kind: 'quote' | 'syntax-quote' | 'unquote' | 'unquote-splicing' | 'deref' | 'var' | 'eval' | 'function' | 'tagged';
  readonly form: Form;
  /** The name of a tagged literal. */
  readonly tag?: string | undefined;
}

export type Form = Atom | Collection | Marked;

/** Whether the form is the symbol of that name. */
export function isSymbol(form: Form | null | undefined, name: string): boolean {
  return form?.kind === 'symbol' && form.text === name;
}

/** Whether the form is a collection of one of these kinds. */
export function isCollection<K extends Collection['kind']>(
  form: Form | null | undefined,
  ...kinds: readonly K[]
): form is Collection & { readonly kind: K } {
  return form !== undefined && form !== null && 'items' in form && (kinds as readonly string[]).includes(form.kind);
}

/** Whether `^:name` or `^{:name true}` stands before the form. */
export function hasFlag(form: Form, name: string): boolean {
  return (form.meta ?? []).some((meta) => {
    if (meta.kind === 'keyword') return meta.text === name;
    if (meta.kind !== 'map') return false;
    const value = pairsOf(meta).find(({ key }) => key.kind === 'keyword' && key.text === name)?.value;
    return value !== undefined && !isSymbol(value, 'false') && !isSymbol(value, 'nil');
  });
}

/** Returns the keys and values of a map, or of the rest of a list, in order. Omits a key without a value. */
export function pairsOf(collection: Pick<Collection, 'items'>): readonly { readonly key: Form; readonly value: Form }[] {
  const pairs: { key: Form; value: Form }[] = [];
  for (let index = 0; index + 1 < collection.items.length; index += 2) {
    const [key, value] = [collection.items[index], collection.items[index + 1]];
    if (key !== undefined && value !== undefined) pairs.push({ key, value });
  }
  return pairs;
}

/** Returns the value of a keyword in a map or among `:key value` pairs; undefined if it is missing or nil. */
export function valueOf(collection: Pick<Collection, 'items'>, keyword: string): Form | undefined {
  const found = pairsOf(collection).find(({ key }) => key.kind === 'keyword' && key.text === keyword)?.value;
  return isSymbol(found, 'nil') ? undefined : found;
}

/**
 * Returns the form behind quotes; `~'x` and `~"x"` count as x. Null if the value is known only at run time: an unquoted symbol or call,
 * `#=`, `@x`, a function, an unknown tag.
 */
export function literalOf(form: Form): Form | null {
  switch (form.kind) {
    case 'quote':
    case 'syntax-quote':
      return literalOf(form.form);
    case 'unquote':
      return form.form.kind === 'quote' || form.form.kind === 'string' ? literalOf(form.form) : null;
    case 'unquote-splicing':
    case 'deref':
    case 'eval':
    case 'function':
    case 'var':
    case 'tagged':
      return null;
    default:
      return form;
  }
}
