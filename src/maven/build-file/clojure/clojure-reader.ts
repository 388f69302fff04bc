/**
 * Reads Clojure and EDN text into forms with line and column, without evaluating anything.
 *
 * Build files are Clojure, not EDN: regexes, metadata, unquotes, `#=` and reader conditionals surround the few keys that matter here. So
 * this reader accepts all syntax that Clojure's own reader accepts, and turns executable code into forms marked as such.
 * docs/dependencies.md explains why no EDN package fits.
 *
 * Source of the rule: Clojure 1.11 `clojure.lang.LispReader`, `EdnReader`.
 */
import { ClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';
import type { Atom, Collection, Extent, Form, Marked, Position } from './form.js';
import { kindOfWord } from './word.js';

/** Maximum size of a file, in UTF-16 units: real ones have a few thousand, but generated ones exist. */
const maxLength = 16 * 1024 * 1024;
/** Maximum nesting depth of forms. */
const maxDepth = 200;
/** Maximum number of forms in a file. */
const maxForms = 2_000_000;

// Without groups that repeat: those need stack for each repetition, and a file may have millions.
const blank = /[\s,]+/y;
const comment = /(?:;|#!)[^\n\r]*/y;
const ednComment = /;[^\n\r]*/y;
const word = /[^\s,;"()[\]{}@^`~\\]+/y;
const stringText = /[^"\\]+/y;
const character = /\\(?:[^\s,;"()[\]{}@^`~\\]+|[^])/y;
/** Characters that begin a form in Clojure, or end a name, and that EDN does not have. */
const notEdn = /[`~@]|#["('=?!]|#?::/y;
const closing = { '(': ')', '[': ']', '{': '}' } as const;
const marks = { "'": 'quote', '`': 'syntax-quote', '@': 'deref' } as const;
const letters: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', b: '\b', f: '\f', '"': '"', '\\': '\\' };
const namedCharacters: Readonly<Record<string, string>> = {
  newline: '\n',
  space: ' ',
  tab: '\t',
  backspace: '\b',
  formfeed: '\f',
  return: '\r',
};

export interface ReadFormsOptions {
  /** Receives where each collection stands. */
  readonly extents?: Map<Form, Extent> | undefined;
  /** Refuses what only Clojure's own reader knows: regexes, functions, conditionals and the like. Default false. */
  readonly isEdn?: boolean | undefined;
}

/**
 * Reads every form of the text, in order.
 * @param file names the text in messages
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `malformed`: broken text, with line and column; `ERR_LIMIT`, reason
 * `too-large` or `too-deep`
 */
export function readForms(text: string, file: string, options: ReadFormsOptions = {}): readonly Form[] {
  const reader = new Reader(text, file, options);
  return reader.all();
}

/** The result of one step of reading: a form, the forms a `#?@` splices in, or nothing (`#_`, a conditional without a branch). */
type Step = readonly Form[];

const nothing: Step = [];

class Reader {
  readonly #text: string;
  readonly #file: string;
  readonly #extents: Map<Form, Extent> | undefined;
  readonly #isEdn: boolean;
  #index = 0;
  #forms = 0;
  readonly #lineStarts: number[] = [0];

  constructor(text: string, file: string, { extents, isEdn = false }: ReadFormsOptions) {
    this.#text = text;
    this.#file = file;
    this.#extents = extents;
    this.#isEdn = isEdn;
    if (text.length > maxLength) this.#fail(0, `it is longer than ${maxLength} characters`, 'too-large');
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
    if (text.charCodeAt(0) === 0xfeff) this.#index = 1;
  }

  all(): readonly Form[] {
    const forms: Form[] = [];
    for (this.#skip(); this.#index < this.#text.length; this.#skip()) {
      for (const form of this.#step(0)) forms.push(form);
    }
    return forms;
  }

  /** Returns the next form, skipping steps without one. */
  #one(depth: number, start: number, what: string): Form {
    for (;;) {
      this.#skip();
      if (this.#index >= this.#text.length) this.#fail(start, `${what} has nothing after it: the file ends too early`);
      if (isCloser(this.#text.charAt(this.#index)))
        this.#fail(this.#index, `'${this.#text.charAt(this.#index)}' stands where the form after ${what} should be`);
      const [form] = this.#step(depth);
      if (form !== undefined) return form;
    }
  }

  #step(depth: number): Step {
    const start = this.#index;
    if (depth > maxDepth) this.#fail(start, `forms are nested deeper than ${maxDepth}`, 'too-deep');
    if ((this.#forms += 1) > maxForms) this.#fail(start, `it has more than ${maxForms} forms`, 'too-large');
    if (this.#isEdn) this.#refuseCode(start);
    const first = this.#text.charAt(start);
    if (first === '(' || first === '[' || first === '{') {
      return [this.#collection(first === '(' ? 'list' : first === '[' ? 'vector' : 'map', start, start + 1, closing[first], depth)];
    }
    if (isCloser(first)) this.#fail(start, `'${first}' closes nothing`);
    if (first === '"') return [this.#atom('string', this.#string(start), start)];
    if (first === '\\') return [this.#character(start)];
    if (first === '^') return this.#withMeta(start, 1, depth);
    if (first === '#') return this.#dispatch(start, depth);
    if (first === '~') {
      const splicing = this.#text.charAt(start + 1) === '@';
      return [this.#marked(splicing ? 'unquote-splicing' : 'unquote', start, splicing ? 2 : 1, depth)];
    }
    // In EDN, a quote is a letter.
    if ((first === "'" && !this.#isEdn) || first === '`' || first === '@') return [this.#marked(marks[first], start, 1, depth)];
    return [this.#word(start)];
  }

  #dispatch(start: number, depth: number): Step {
    const second = this.#text.charAt(start + 1);
    switch (second) {
      case '{':
        return [this.#collection('set', start, start + 2, '}', depth)];
      case '(':
        return [{ kind: 'function', form: this.#collection('list', start + 1, start + 2, ')', depth + 1), ...this.#position(start) }];
      case '"':
        return [this.#atom('regex', this.#raw(start + 1), start)];
      case "'":
        return [this.#marked('var', start, 2, depth)];
      case '=':
        return [this.#marked('eval', start, 2, depth)];
      case '^':
        return this.#withMeta(start, 2, depth);
      case '_':
        this.#index = start + 2;
        this.#one(depth + 1, start, "'#_'");
        return nothing;
      case '?':
        return this.#conditional(start, depth);
      case ':':
        return [this.#namespacedMap(start, depth)];
      case '#': {
        this.#index = start + 2;
        return [this.#atom('number', '##' + (this.#match(word) ?? this.#fail(start, "'##' has no name after it")), start)];
      }
      case '<':
        return this.#fail(start, "'#<' cannot be read: it is what a program printed of an object");
      default: {
        this.#index = start + 1;
        const tag = this.#match(word) ?? this.#fail(start, "'#' has nothing after it that can be read");
        return [{ kind: 'tagged', tag, form: this.#one(depth + 1, start, `'#${escapeForDisplay(tag, 40)}'`), ...this.#position(start) }];
      }
    }
  }

  #collection(kind: Collection['kind'], start: number, from: number, close: string, depth: number): Collection {
    this.#index = from;
    const items: Form[] = [];
    let lastEnd = from;
    for (this.#skip(); this.#text.charAt(this.#index) !== close; this.#skip()) {
      if (this.#index >= this.#text.length)
        this.#fail(start, `'${this.#text.slice(start, from)}' is not closed: the file ends before its '${close}'`);
      const here = this.#text.charAt(this.#index);
      if (isCloser(here))
        this.#fail(
          this.#index,
          `'${here}' stands where '${close}' should close the '${this.#text.slice(start, from)}' of ${this.#where(start)}`,
        );
      for (const form of this.#step(depth + 1)) items.push(form);
      lastEnd = this.#index;
    }
    const end = this.#index;
    this.#index += 1;
    if (kind === 'map' && items.length % 2 !== 0) this.#fail(start, 'a map has a key without a value');
    if (kind === 'map' && items.length > 2) this.#checkKeys(items);
    const collection: Collection = { kind, items, ...this.#position(start) };
    this.#extents?.set(collection, { start, lastEnd, end, prefix: null });
    return collection;
  }

  /** Clojure reads no map that has a key twice. Libraries, which are symbols, have an error of their own. */
  #checkKeys(items: readonly Form[]): void {
    const seen = new Set<string>();
    for (const [index, key] of items.entries()) {
      if (index % 2 !== 0 || (key.kind !== 'keyword' && key.kind !== 'string')) continue;
      const shown = key.kind === 'keyword' ? `:${key.text}` : JSON.stringify(key.text);
      if (seen.has(shown)) throw fileError(this.#file, key, `a map has the key ${escapeForDisplay(shown, 120)} twice`);
      seen.add(shown);
    }
  }

  #withMeta(start: number, length: number, depth: number): Step {
    this.#index = start + length;
    const meta = this.#one(depth + 1, start, "'^'");
    const form = this.#one(depth + 1, start, 'metadata');
    return [this.#carryExtent(form, { ...form, meta: [meta, ...(form.meta ?? [])] })];
  }

  /** Reads `#?(:clj a :default b)`: takes the first branch for Clojure, as Clojure does. */
  #conditional(start: number, depth: number): Step {
    const splicing = this.#text.charAt(start + 2) === '@';
    this.#index = start + (splicing ? 3 : 2);
    this.#skip();
    if (this.#text.charAt(this.#index) !== '(') this.#fail(start, "a reader conditional needs a list after it: '#?(:clj …)'");
    const { items } = this.#collection('list', this.#index, this.#index + 1, ')', depth + 1);
    if (items.length % 2 !== 0) this.#fail(start, 'a reader conditional has a feature without a form');
    for (let index = 0; index < items.length; index += 2) {
      const [feature, form] = [items[index], items[index + 1]];
      if (feature?.kind !== 'keyword') this.#fail(start, 'a feature of a reader conditional must be a keyword');
      if ((feature.text !== 'clj' && feature.text !== 'default') || form === undefined) continue;
      if (!splicing) return [this.#carryExtent(form, form, 'conditional')];
      if (form.kind !== 'vector' && form.kind !== 'list') this.#fail(start, "'#?@' needs a list or vector to splice in");
      return form.items;
    }
    return nothing;
  }

  /** Reads `#:mvn{:version "1"}` as `{:mvn/version "1"}`; the key `:_/x` becomes `:x`. */
  #namespacedMap(start: number, depth: number): Form {
    this.#index = start + 2;
    const name = (this.#match(word) ?? '').replace(/^:/, '');
    this.#skip();
    if (this.#text.charAt(this.#index) !== '{') this.#fail(start, "a namespaced map needs a map after it: '#:name{…}'");
    const map = this.#collection('map', this.#index, this.#index + 1, '}', depth + 1);
    const items = map.items.map((item, index): Form => {
      if (index % 2 !== 0 || (item.kind !== 'keyword' && item.kind !== 'symbol')) return item;
      if (item.text.startsWith('_/')) return { ...item, text: item.text.slice(2) };
      return item.text.includes('/') ? item : { ...item, text: `${name}/${item.text}` };
    });
    return this.#carryExtent(map, { ...map, items }, 'namespace');
  }

  /** Gives a changed copy of a form the extent of the original. */
  #carryExtent(original: Form, copy: Form, prefix: Extent['prefix'] = null): Form {
    const extent = this.#extents?.get(original);
    if (extent !== undefined) this.#extents?.set(copy, { ...extent, prefix: prefix ?? extent.prefix });
    return copy;
  }

  #marked(kind: Marked['kind'], start: number, length: number, depth: number): Form {
    this.#index = start + length;
    return { kind, form: this.#one(depth + 1, start, `'${this.#text.slice(start, start + length)}'`), ...this.#position(start) };
  }

  #refuseCode(start: number): void {
    const found = this.#match(notEdn);
    if (found !== undefined) this.#fail(start, `'${found}' cannot be read: it has a meaning in Clojure, but not in EDN`);
  }

  #word(start: number): Form {
    const text = this.#match(word) ?? this.#fail(start, 'a character stands where no form can start');
    if (text === ':' || text === '::') this.#fail(start, 'a colon has no name after it');
    const kind = kindOfWord(text);
    if (kind === null) this.#fail(start, `'${escapeForDisplay(text, 60)}' is neither a name nor a number that Clojure can read`);
    if (this.#isEdn) this.#refuseCode(this.#index);
    // Clojure resolves `::a`, which is never `:a`.
    return this.#atom(kind, kind === 'keyword' ? text.slice(1) : text, start);
  }

  #character(start: number): Form {
    const text = (this.#match(character) ?? this.#fail(start, "'\\' has no character after it")).slice(1);
    const unicode = /^u([0-9A-Fa-f]{4})$/.exec(text)?.[1];
    if (text.length > 1 && unicode === undefined && namedCharacters[text] === undefined && !/^o[0-3]?[0-7]{1,2}$/.test(text))
      this.#fail(start, `'\\${escapeForDisplay(text, 20)}' is not a character that Clojure knows`);
    return this.#atom(
      'character',
      unicode === undefined ? (namedCharacters[text] ?? text) : String.fromCharCode(parseInt(unicode, 16)),
      start,
    );
  }

  #string(start: number): string {
    const body = this.#raw(start);
    if (!body.includes('\\')) return body;
    return body.replace(/\\(u[0-9A-Fa-f]{4}|[0-7]{1,3}|[^])/g, (_, code: string) => {
      const letter = letters[code];
      if (letter !== undefined) return letter;
      if (code.length === 5) return String.fromCharCode(parseInt(code.slice(1), 16));
      if (/^[0-7]+$/.test(code)) return String.fromCharCode(parseInt(code, 8));
      return this.#fail(start, `a string has the escape '\\${escapeForDisplay(code, 10)}', which Clojure does not know`);
    });
  }

  /** Returns the text between quotes, as written. `start` is at the first of them. */
  #raw(start: number): string {
    this.#index = start + 1;
    for (let next = ''; next !== '"'; this.#index += 1) {
      this.#match(stringText);
      next = this.#text.charAt(this.#index);
      if (next === '') this.#fail(start, 'a string is not closed: the file ends before its second quote');
      // The character after it belongs to it, even a quote.
      if (next === '\\') this.#index += 1;
    }
    return this.#text.slice(start + 1, this.#index - 1);
  }

  #atom(kind: Atom['kind'], text: string, start: number): Atom {
    return { kind, text, ...this.#position(start) };
  }

  #skip(): void {
    while (this.#match(blank) !== undefined || this.#match(this.#isEdn ? ednComment : comment) !== undefined);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#index;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#index += found.length;
    return found;
  }

  #position(index: number): Position {
    let [low, high] = [0, this.#lineStarts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: index - (this.#lineStarts[low] ?? 0) + 1 };
  }

  #where(index: number): string {
    const { line, column } = this.#position(index);
    return `line ${line}, column ${column}`;
  }

  #fail(index: number, why: string, limit?: 'too-large' | 'too-deep'): never {
    throw fileError(this.#file, this.#position(index), why, limit);
  }
}

function isCloser(character: string): boolean {
  return character === ')' || character === ']' || character === '}';
}

/** Builds an error about a position in a build file. `why` must escape any foreign text it quotes. */
export function fileError(file: string, { line, column }: Position, why: string, limit?: 'too-large' | 'too-deep'): ClojarsFetchError {
  return new ClojarsFetchError(limit === undefined ? 'ERR_CONFIG' : 'ERR_LIMIT', {
    reason: limit ?? 'malformed',
    path: file,
    message: `${escapeForDisplay(file, 300)}: line ${line}, column ${column}: ${why}`,
    hint:
      limit === undefined
        ? 'Correct the file: the program that builds the project would refuse it too.'
        : 'Real build files are far smaller.',
  });
}
