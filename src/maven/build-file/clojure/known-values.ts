/**
 * Replaces the unquoted values of a `defproject` that are known without running the file: `~name` of a literal
 * `(def name "…")` or `let`, and the operating system and architecture that Leiningen's utilities name.
 */
import { type Collection, type Form, isCollection, isSymbol, pairsOf } from './form.js';

/** The machine, as Leiningen's `get-os` and `get-arch` name it: `linux`, `x86_64`. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

/** Known values by name; null marks a name whose value is known only at run time. */
type Names = Map<string, Form | null>;

/** A form to examine, with the forms around it, outermost first. */
export interface Found {
  readonly form: Collection;
  readonly around: readonly Form[];
}

/** Namespace in which Leiningen loads the file; a syntax quote puts unqualified symbols into it. */
const namespace = 'leiningen.core.project';

/** Returns the `defproject` with all known values in place. `forms` are those of the whole file. */
export function withKnownValues({ form, around }: Found, forms: readonly Form[], platform: Platform | undefined): Collection {
  const names = definitionsBefore(around[0] ?? form, forms);
  for (const outer of around) addLocals(outer, names);
  const syntaxQuoted = around.some(({ kind }) => kind === 'syntax-quote') && !forms.some(changesNamespace);
  return { ...form, items: form.items.map((item) => substitute(item, { names, platform, syntaxQuoted })) };
}

interface Known {
  readonly names: ReadonlyMap<string, Form | null>;
  readonly platform: Platform | undefined;
  readonly syntaxQuoted: boolean;
}

function substitute(form: Form, known: Known): Form {
  if (form.kind === 'unquote') return valueOfUnquoted(form.form, known, form) ?? form;
  if ('items' in form) return { ...form, items: form.items.map((item) => substitute(item, known)) };
  if (known.syntaxQuoted && form.kind === 'symbol' && !/[/.]|^(?:nil|true|false)$/.test(form.text))
    return { ...form, text: `${namespace}/${form.text}` };
  return form;
}

function valueOfUnquoted(form: Form, { names, platform }: Known, { line, column }: Form): Form | null {
  if (form.kind === 'symbol') {
    const value = names.get(form.text) ?? null;
    return value === null ? null : { ...value, line, column };
  }
  const head = isCollection(form, 'list') && form.items.length === 1 ? form.items[0] : undefined;
  if (platform === undefined || head?.kind !== 'symbol') return null;
  const call = /^(?:leiningen\.core\.)?utils\/get-(os|arch)$/.exec(head.text)?.[1];
  return call === undefined ? null : { kind: 'keyword', text: call === 'os' ? platform.os : platform.arch, line, column };
}

/** Top-level definitions before a form. A name that any other form may define or change is unknown. */
function definitionsBefore(target: Form, forms: readonly Form[]): Names {
  const names: Names = new Map();
  for (const form of forms) {
    if (form === target) break;
    const [verb, name] = isCollection(form, 'list') ? form.items : [];
    if (isCollection(form, 'list') && (isSymbol(verb, 'def') || isSymbol(verb, 'defonce')) && name?.kind === 'symbol') {
      const value = form.items.length > 2 ? form.items.at(-1) : undefined;
      names.set(name.text, value === undefined ? null : constantOf(value, names));
    } else forgetDefined(form, names);
  }
  return names;
}

/** Forgets every name that a form may define or change when it runs. */
function forgetDefined(form: Form, names: Names): void {
  if (form.kind === 'var' && form.form.kind === 'symbol') names.set(form.form.text, null);
  if ('form' in form) forgetDefined(form.form, names);
  if (!('items' in form)) return;
  const [verb, name] = form.items;
  if (form.kind === 'list' && verb?.kind === 'symbol' && /^(?:def|intern|declare|set!|var)/.test(verb.text) && name?.kind === 'symbol')
    names.set(name.text, null);
  for (const item of form.items) forgetDefined(item, names);
}

/** Adds the bindings of a `let`; names bound by any other form around the project are unknown. */
function addLocals(form: Form, names: Names): void {
  if (!isCollection(form, 'list')) return;
  const isLet = isSymbol(form.items[0], 'let') || isSymbol(form.items[0], 'let*');
  for (const bindings of form.items.slice(1, 4)) {
    if (!isCollection(bindings, 'vector')) continue;
    for (const { key, value } of pairsOf(bindings)) {
      if (key.kind === 'symbol') names.set(key.text, isLet ? constantOf(value, names) : null);
      else forgetSymbols(key, names);
    }
    if (!isLet) forgetSymbols(bindings, names);
  }
}

function forgetSymbols(form: Form, names: Names): void {
  if (form.kind === 'symbol') names.set(form.text, null);
  else if ('items' in form) for (const item of form.items) forgetSymbols(item, names);
}

/** Returns the value of a form that needs no evaluation: constants, quoted forms, known names, collections of them. */
function constantOf(form: Form, names: ReadonlyMap<string, Form | null>): Form | null {
  switch (form.kind) {
    case 'string':
    case 'keyword':
    case 'number':
    case 'character':
    case 'regex':
    case 'quote':
      return form;
    case 'symbol':
      return /^(?:nil|true|false)$/.test(form.text) ? form : (names.get(form.text) ?? null);
    case 'vector':
    case 'map':
    case 'set': {
      const items = form.items.map((item) => constantOf(item, names));
      return items.every((item) => item !== null) ? { ...form, items } : null;
    }
    default:
      return null;
  }
}

function changesNamespace(form: Form): boolean {
  return isCollection(form, 'list') && (isSymbol(form.items[0], 'ns') || isSymbol(form.items[0], 'in-ns'));
}
