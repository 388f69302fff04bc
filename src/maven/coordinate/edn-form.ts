/**
 * Reads the subset of EDN that one dependency needs: vectors, maps, strings, symbols, keywords and booleans.
 *
 * Does not use the full reader for build files (build-file/clojure-reader.ts): every start of the program would have to load it to read one
 * word in brackets.
 */

export type EdnForm =
  | { readonly kind: 'string' | 'symbol' | 'keyword'; readonly text: string }
  | { readonly kind: 'vector' | 'map'; readonly items: readonly EdnForm[] };

const maxDepth = 8;
const blank = /(?:[\s,]|;[^\n]*)*/y;
const text = /"((?:[^"\\]|\\["\\nrt])*)"/y;
const atom = /:?[^\s,;"()[\]{}]+/y;
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function matchAt(pattern: RegExp, source: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(source);
}

function skip(source: string, index: number): number {
  return index + (matchAt(blank, source, index)?.[0].length ?? 0);
}

function readForm(source: string, start: number, depth: number): { form: EdnForm; end: number } {
  let index = skip(source, start);
  const open = source.charAt(index);
  if (open === '[' || open === '{' || open === '(') {
    if (depth >= maxDepth) throw new SyntaxError('it is nested too deeply');
    const close = open === '[' ? ']' : open === '{' ? '}' : ')';
    const items: EdnForm[] = [];
    index = skip(source, index + 1);
    while (source.charAt(index) !== close) {
      const { form, end } = readForm(source, index, depth + 1);
      items.push(form);
      index = skip(source, end);
    }
    return { form: { kind: open === '{' ? 'map' : 'vector', items }, end: index + 1 };
  }
  const string = matchAt(text, source, index);
  if (string !== null) {
    const value = (string[1] ?? '').replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
    return { form: { kind: 'string', text: value }, end: index + string[0].length };
  }
  const word = matchAt(atom, source, index)?.[0];
  if (word === undefined) throw new SyntaxError(index >= source.length ? 'it ends too early' : 'a bracket or quote is out of place');
  const keyword = word.startsWith(':');
  return { form: { kind: keyword ? 'keyword' : 'symbol', text: keyword ? word.slice(1) : word }, end: index + word.length };
}

/**
 * Reads all forms of a text. A list is read as a vector.
 *
 * @throws SyntaxError with a message that completes "invalid …: "
 */
export function parseEdnForms(source: string): readonly EdnForm[] {
  const forms: EdnForm[] = [];
  for (let index = skip(source, 0); index < source.length;) {
    const { form, end } = readForm(source, index, 0);
    forms.push(form);
    index = skip(source, end);
  }
  return forms;
}

/** Reads `:key value` pairs. The last value of a key wins; a key without a value is an error. */
export function readPairs(items: readonly EdnForm[]): ReadonlyMap<string, EdnForm> {
  const pairs = new Map<string, EdnForm>();
  for (let index = 0; index < items.length; index += 2) {
    const key = items[index];
    const value = items[index + 1];
    if (key?.kind !== 'keyword' || value === undefined) throw new SyntaxError('options come in pairs of a :keyword and a value');
    pairs.set(key.text, value);
  }
  return pairs;
}
