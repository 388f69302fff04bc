/** From text to forms: what Clojure's reader accepts, the places of forms, and refusals with line and column. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ClojarsFetchError } from '../../src/base/error.js';
import { readForms } from '../../src/maven/build-file/clojure/clojure-reader.js';
import type { Form } from '../../src/maven/build-file/clojure/form.js';
import { codePoint } from '../support/code-point.js';

/** A form without places, for comparison: collections by their brackets, marks by their names. */
function show(form: Form): string {
  const meta = (form.meta ?? []).map((each) => `^${show(each)} `).join('');
  if ('items' in form) {
    const [open, close] = { list: ['(', ')'], vector: ['[', ']'], map: ['{', '}'], set: ['#{', '}'] }[form.kind] as [string, string];
    return `${meta}${open}${form.items.map(show).join(' ')}${close}`;
  }
  if ('form' in form) return `${meta}<${form.kind}${form.tag === undefined ? '' : ` ${form.tag}`} ${show(form.form)}>`;
  if (form.kind === 'string') return meta + JSON.stringify(form.text);
  return `${meta}${form.kind === 'keyword' ? ':' : form.kind === 'symbol' ? '' : `${form.kind}:`}${form.text}`;
}

function read(text: string): string {
  return readForms(text, 'project.clj').map(show).join(' ');
}

function failure(text: string): ClojarsFetchError {
  try {
    readForms(text, 'project.clj');
  } catch (error) {
    if (error instanceof ClojarsFetchError) return error;
    throw error;
  }
  throw new Error(`was read: ${text.slice(0, 100)}`);
}

describe('forms', () => {
  test.each([
    ['[a "b" :c 1 -2.5 +3N]', '[a "b" :c number:1 number:-2.5 number:+3N]'],
    ['{:a 1, :b 2}', '{:a number:1 :b number:2}'],
    ['#{a b}', '#{a b}'],
    ['; a comment (\na ;; another "\n b', 'a b'],
    ['#! /usr/bin/env lein\na', 'a'],
    ['#"^\\.\\"x[" a', 'regex:^\\.\\"x[ a'],
    ['"a\\n\\"\\\\\\u0041\\101"', '"a\\n\\"\\\\AA"'],
    ['"two\nlines"', '"two\\nlines"'],
    ['\\a \\newline \\( \\u0041 \\"', 'character:a character:\n character:( character:A character:"'],
    ["'a `a ~a ~@a @a #'a", '<quote a> <syntax-quote a> <unquote a> <unquote-splicing a> <deref a> <var a>'],
    ['#(+ % 1)', '<function (+ % number:1)>'],
    ['#=(eval (System/exit 1))', '<eval (eval (System/exit number:1))>'],
    ['^:replace [a]', '^:replace [a]'],
    ['^{:doc "x"} ^:b c', '^{:doc "x"} ^:b c'],
    ['#^String a', '^String a'],
    ['#_ a b', 'b'],
    ['#_ #_ a b c', 'c'],
    ['[a #_b]', '[a]'],
    ['#?(:cljs a :clj b)', 'b'],
    ['#?(:cljs a :default b)', 'b'],
    ['[#?(:cljs a)]', '[]'],
    ['[a #?@(:clj [b c]) d]', '[a b c d]'],
    ['#inst "2020" #foo/bar [1]', '<tagged inst "2020"> <tagged foo/bar [number:1]>'],
    ['#:mvn{:version "1" :_/x 2 :o/p 3}', '{:mvn/version "1" :x number:2 :o/p number:3}'],
    ['#::a{:b 1}', '{:a/b number:1}'],
    ['##Inf', 'number:##Inf'],
    ['::k :a/b :1 :/', '::k :a/b :1 :/'],
    ['{:a 1 ::a 2}', '{:a number:1 ::a number:2}'],
    [
      '1N 1.5M 0x1F 2r101 017 08.5 1e5 1/2 1.',
      'number:1N number:1.5M number:0x1F number:2r101 number:017 number:08.5 number:1e5 number:1/2 number:1.',
    ],
    ['/ a// .5 - -a +a % a:b a#b', '/ a// .5 - -a +a % a:b a#b'],
    ['\\o101 \\tab', 'character:o101 character:\t'],
    ["a' b# foo$tests", "a' b# foo$tests"],
    ['\uFEFF[a]', '[a]'],
    ['a,b', 'a b'],
    ['', ''],
  ])('are read from %s', (text, expected) => expect(read(text)).toBe(expected));

  test('know their line and column', () => {
    const [list] = readForms('\n  (defproject\n\ta "1")', 'project.clj');
    expect(list).toMatchObject({ line: 2, column: 3 });
    expect(list !== undefined && 'items' in list ? list.items[1] : null).toMatchObject({ line: 3, column: 2 });
  });
});

describe('in EDN, the reader', () => {
  test.each([
    ["{:a 'b, c' 1}", "{:a 'b c' number:1}"],
    ['^:x #^y {} #_z #{a} #:a{:b 1}', '^:x ^y {} #{a} {:a/b number:1}'],
    ['#inst "2020" #a/b [##Inf \\a] ; #(', '<tagged inst "2020"> <tagged a/b [number:##Inf character:a]>'],
  ])('reads %s', (text, expected) => expect(readForms(text, 'deps.edn', { isEdn: true }).map(show).join(' ')).toBe(expected));

  test.each([
    '`a',
    '~a',
    '~@a',
    '@a',
    '#(a)',
    '#"x"',
    "#'a",
    '#=(a)',
    '#?(:clj a)',
    '#?@(:clj [a])',
    '#! a',
    '#::a{}',
    '::a',
    'a`',
    'a~b',
    'a@b',
  ])('refuses %s, as clojure.edn does', (text) => {
    expect(() => readForms(`{:a ${text} }`, 'deps.edn', { isEdn: true })).toThrow('it has a meaning in Clojure, but not in EDN');
  });
});

describe('the reader refuses', () => {
  test.each([
    ['[a', 1, 1, "'[' is not closed"],
    ['(a\n [b)', 2, 4, "')' stands where ']' should close the '[' of line 2, column 2"],
    ['a ]', 1, 3, 'closes nothing'],
    ['"abc', 1, 1, 'a string is not closed'],
    ['#"abc', 1, 2, 'a string is not closed'],
    ['{:a}', 1, 1, 'a key without a value'],
    ['{:a 1 :b 2\n :a 3}', 2, 2, 'a map has the key :a twice'],
    ['[{"a" 1 "a" 2}]', 1, 9, 'a map has the key "a" twice'],
    ['{:deps {a/b {:mvn/version "1" :mvn/version "2"}}}', 1, 31, 'a map has the key :mvn/version twice'],
    ['"\\q"', 1, 1, 'escape'],
    ["'", 1, 1, 'the file ends too early'],
    ['[#_]', 1, 4, 'stands where the form'],
    ['#<Object>', 1, 1, 'cannot be read'],
    ['#?[a]', 1, 1, 'reader conditional'],
    ['#?(a b)', 1, 1, 'keyword'],
    ['#?@(:clj x)', 1, 1, 'splice'],
    [':', 1, 1, 'colon'],
    ['::', 1, 1, 'colon'],
    ...['/a', 'a/', ':a:', ':a/', ':a/1', 'a::b', ':::a', '1a', '-1a', '08', '1/x', '2.x'].map((word): [string, number, number, string] => [
      `[${word}]`,
      1,
      2,
      `'${word}' is neither a name nor a number`,
    ]),
    ['\\ab', 1, 1, 'is not a character that Clojure knows'],
    ['\\u00', 1, 1, 'is not a character that Clojure knows'],
    ['#', 1, 1, "'#'"],
    ['\n#:a[b]', 2, 1, 'namespaced map'],
  ])('%j', (text, line, column, why) => {
    const { code, reason, message } = failure(text);
    expect([code, reason]).toEqual(['ERR_CONFIG', 'malformed']);
    expect(message).toContain(`project.clj: line ${line}, column ${column}: `);
    expect(message).toContain(why);
  });

  test.each([['['], ['('], ['{'], ['#{'], ["'"], ['#_'], ['^'], ['^:a '], ['~@'], ['#?('], ['#a '], ['#('], ['#=']])(
    'a depth bomb of %j',
    (text) => {
      const error = failure(text.repeat(100_000));
      expect(['ERR_LIMIT', 'ERR_CONFIG']).toContain(error.code);
      expect(error.message).toMatch(/line 1, column \d+: /);
    },
  );

  test('a file that is too large, or has too many forms', () => {
    expect(failure(' '.repeat(17 * 1024 * 1024))).toMatchObject({ code: 'ERR_LIMIT', reason: 'too-large' });
    expect(failure('a '.repeat(2_100_000))).toMatchObject({ code: 'ERR_LIMIT', reason: 'too-large' });
  });
});

test('any text gives forms, or an error with line and column', () => {
  const pieces = [
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '#{',
    '"',
    '\\',
    '#"',
    "'",
    '`',
    '~',
    '~@',
    '@',
    '^',
    '#',
    '#_',
    '#?(',
    '#?@(',
    '#=',
    '#:a{',
    '##',
    ':clj',
    ' ',
    '\n',
    ';',
    'a/b',
    '"1.0"',
    ':k',
    '\u0000',
    '\ud800',
    '💥',
  ];
  const text = fc.oneof(
    fc.string({ unit: codePoint }),
    fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 60 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (source) => {
      try {
        for (const form of readForms(source, 'x')) if (form.line < 1 || form.column < 1) throw new Error('no place');
      } catch (error) {
        if (!(error instanceof ClojarsFetchError)) throw error;
        expect(error.message).toMatch(/line \d+, column \d+: /);
      }
    }),
    { numRuns: 1000 },
  );
});
