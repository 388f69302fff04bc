/**
 * Tells names from numbers in Clojure text.
 *
 * Source of the rule: Clojure 1.11 `clojure.lang.LispReader`, `matchSymbol` and `matchNumber`.
 */
import type { Atom } from './form.js';

const begunAsNumber = /^[+-]?\d/;
const name = /^:?([^\d/].*\/)?(\/|[^\d/][^/]*)$/s;
const integer = /^[+-]?(?:0|[1-9]\d*|0[xX][\dA-Fa-f]+|0[0-7]+|[1-9]\d?[rR][\dA-Za-z]+)N?$/;
/** Clojure takes these for whole numbers, and then for wrong ones. */
const wrongOctal = /^[+-]?0\d+N?$/;
const decimal = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?M?$/;
const ratio = /^[+-]?\d+\/\d+$/;

/** Returns the kind of a word without delimiters; null for one that Clojure refuses. */
export function kindOfWord(text: string): Extract<Atom['kind'], 'keyword' | 'symbol' | 'number'> | null {
  if (begunAsNumber.test(text)) return isNumber(text) ? 'number' : null;
  const [, namespace = '', last = ''] = name.exec(text) ?? [];
  if (last === '' || namespace.endsWith(':/') || last.endsWith(':') || text.includes('::', 1)) return null;
  return text.startsWith(':') ? 'keyword' : 'symbol';
}

function isNumber(text: string): boolean {
  return integer.test(text) || (decimal.test(text) && !wrongOctal.test(text)) || ratio.test(text);
}
