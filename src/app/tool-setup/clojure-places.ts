/** Adds entries to the maps of Clojure and EDN files, without touching anything else in them. Pure. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { readForms } from '../../maven/build-file/clojure/clojure-reader.js';
import { type Extent, type Form, isCollection, pairsOf } from '../../maven/build-file/clojure/form.js';
import { blockedAt, type SetupProblem } from './merge.js';
import type { TextEdit } from './text/edit.js';
import { lineEndAt, placeOf } from './text/text-file.js';

/** A map in a text, with where it stands. */
export interface PlacedMap {
  readonly form: Form & { readonly kind: 'map' };
  readonly extent: Extent;
}

/** A file of Clojure or EDN text. */
export class ClojureText {
  readonly text: string;
  readonly #extents = new Map<Form, Extent>();
  readonly forms: readonly Form[];

  /** @throws ClojarsFetchError for broken text, with line and column */
  constructor(text: string, file: string) {
    this.text = text;
    try {
      this.forms = readForms(text, file, { extents: this.#extents });
    } catch (error) {
      if (!(error instanceof ClojarsFetchError)) throw error;
      throw error.with({ hint: 'Correct the file first: nothing was changed.' });
    }
  }

  /** Returns the form as a map to which entries can be added, or why it is not one. */
  mapOf(form: Form, what: string): PlacedMap | SetupProblem {
    const extent = this.#extents.get(form);
    if (isCollection(form, 'map') && extent?.prefix === null) return { form, extent };
    const found = extent?.prefix === undefined || extent.prefix === null ? kindNames[form.kind] : prefixNames[extent.prefix];
    return blockedAt(form, `${what} is ${found}, so where the entries belong would be a guess`, 'Add them by hand.');
  }

  /** Returns the edit that adds entries, each on its own lines, as the last ones of a map. */
  addEntries({ form, extent }: PlacedMap, entries: readonly string[]): TextEdit {
    const { start, lastEnd, end } = extent;
    const lineEnd = lineEndAt(this.text, lastEnd);
    const indent = this.#indentOf(form, start);
    const joined = entries.map((entry) => entry.replaceAll('\n', lineEnd + indent));
    const hasNoComment = /^[\s,]*$/.test(this.text.slice(lastEnd, end));
    if (hasNoComment && lastEnd === start + 1) return { at: lastEnd, remove: '', insert: joined.join(lineEnd + indent) };
    if (hasNoComment) return { at: lastEnd, remove: '', insert: joined.map((entry) => lineEnd + indent + entry).join('') };
    // A comment follows the last entry, and stays with it.
    const lineStart = this.text.lastIndexOf('\n', end - 1) + 1;
    const before = blank(this.text.slice(lineStart, end));
    return { at: end, remove: '', insert: `${joined.join(lineEnd + before)}${lineEnd}${before}` };
  }

  /** The column of the first key of a map. */
  #indentOf(form: Form & { readonly kind: 'map' }, start: number): string {
    const { column } = placeOf(this.text, start);
    const [first] = form.items;
    const lineStart = this.text.lastIndexOf('\n', start) + 1;
    if (first === undefined) return blank(this.text.slice(lineStart, start + 1));
    if (first.line === placeOf(this.text, start).line)
      return blank(this.text.slice(lineStart, lineStart + Math.max(column, first.column - 1)));
    const line = this.text.split('\n')[first.line - 1] ?? '';
    return blank(line.slice(0, first.column - 1));
  }
}

/** Returns white space as wide as a text; tabs stay. */
function blank(text: string): string {
  return text.replace(/[^\t]/g, ' ');
}

const prefixNames = { namespace: 'a map whose keys get a namespace', conditional: 'in a reader conditional' } as const;

const kindNames: Readonly<Record<Form['kind'], string>> = {
  symbol: 'a symbol',
  keyword: 'a keyword',
  string: 'a string',
  number: 'a number',
  character: 'a character',
  regex: 'a regular expression',
  list: 'a list, which only a program knows',
  vector: 'a vector',
  map: 'a map',
  set: 'a set',
  quote: 'a quoted form',
  'syntax-quote': 'a quoted form',
  unquote: 'an expression',
  'unquote-splicing': 'an expression',
  deref: 'an expression',
  var: 'a var',
  eval: 'an expression',
  function: 'a function',
  tagged: 'a tagged form',
};

/** Returns the key and the value of an entry whose key is that keyword or string; undefined if it is missing. */
export function entryOf(
  map: Form & { readonly kind: 'map' },
  kind: 'keyword' | 'string',
  text: string,
): { readonly key: Form; readonly value: Form } | undefined {
  return pairsOf(map).find(({ key }) => key.kind === kind && key.text === text);
}

/** Returns the `:url` of a map of a repository, or the string that stands for it; null if it is written otherwise. */
export function urlOfRepository(form: Form): string | null {
  if (form.kind === 'string') return form.text;
  if (!isCollection(form, 'map')) return null;
  const url = entryOf(form, 'keyword', 'url')?.value;
  return url?.kind === 'string' ? url.text : null;
}

/** Formats a form for a message: at most 60 characters of its first line. */
export function shown(text: string): string {
  return escapeForDisplay(text, 60);
}
