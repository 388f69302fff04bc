/** The reader of build files reads the EDN that an EDN library reads as the same values: maps, tags, comments and all. */
import { parseEDNString } from 'edn-data';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { readForms } from '../../src/maven/build-file/clojure/clojure-reader.js';
import type { Form } from '../../src/maven/build-file/clojure/form.js';

/** A form as the library returns it. */
function asValue(form: Form): unknown {
  switch (form.kind) {
    case 'symbol':
      return form.text === 'nil' ? null : form.text === 'true' ? true : form.text === 'false' ? false : { sym: form.text };
    case 'keyword':
      return { key: form.text };
    case 'string':
      return form.text;
    case 'character':
      return { char: form.text };
    case 'number':
      return Number(form.text);
    case 'vector':
      return form.items.map(asValue);
    case 'list':
      return { list: form.items.map(asValue) };
    case 'set':
      return { set: form.items.map(asValue) };
    case 'map':
      return {
        map: form.items.flatMap((item, index) => (index % 2 === 0 ? [[asValue(item), asValue(form.items[index + 1] ?? item)]] : [])),
      };
    case 'tagged':
      return { tag: form.tag, val: asValue(form.form) };
    default:
      throw new Error(`${form.kind} is no EDN`);
  }
}

const name = fc.stringMatching(/^[a-z][a-z0-9.*!_?$%&<>-]{0,8}$/).filter((text) => !['nil', 'true', 'false'].includes(text));
const qualified = fc.oneof(
  name,
  fc.tuple(name, name).map(([space, local]) => `${space}/${local}`),
);
const string = fc
  .string({ unit: fc.constantFrom('a', 'é', '"', '\\', '\n', '\t', '(', ']', ';', ' ', ',', '#', '1') })
  .map((text) => `"${text.replace(/[\\"]/g, '\\$&')}"`);
const gap = fc.constantFrom(' ', '\n', ', ', '\t', ' ; a comment ) ] }\n', ' #_ignored ', ' #_[more [ignored]] ');
const spaced = (items: readonly string[], between: string): string => items.join(between);

// `\(` and `\)` are left out: the library takes them for brackets, and returns null.
const { value: edn } = fc.letrec<{ value: string; key: string }>((tie) => ({
  key: fc.oneof(
    qualified,
    qualified.map((text) => `:${text}`),
    string,
    fc.integer().map(String),
  ),
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('nil', 'true', 'false', '\\a', '\\newline', '-1.5', '0', '17'),
    tie('key'),
    fc.tuple(fc.array(tie('value'), { maxLength: 5 }), gap).map(([items, between]) => `[${spaced(items, between)}]`),
    fc.tuple(fc.array(tie('value'), { maxLength: 5 }), gap).map(([items, between]) => `(${spaced(items, between)})`),
    fc.tuple(fc.uniqueArray(tie('key'), { maxLength: 5 }), gap).map(([items, between]) => `#{${spaced(items, between)}}`),
    fc
      .tuple(fc.uniqueArray(fc.tuple(tie('key'), tie('value')), { maxLength: 5, selector: ([key]) => key }), gap)
      .map(([pairs, between]) => `{${spaced(pairs.flat(), between)}}`),
    fc.tuple(name, tie('value')).map(([tag, tagged]) => `#my/${tag} ${tagged}`),
  ),
}));

test('reads the same values', () => {
  fc.assert(
    fc.property(edn, (text) => {
      const forms = readForms(text, 'deps.edn');
      expect(forms.map(asValue)).toEqual([parseEDNString(text)]);
    }),
    { numRuns: 2000 },
  );
});

test('reads the same deps.edn', () => {
  const text = `{:paths ["src" "resources"] ; where
 :deps {org.clojure/clojure {:mvn/version "1.11.1"}, #_#_ not/this {:mvn/version "9"}
        my/lib {:git/url "https://example.org/lib.git" :git/tag "v1" :git/sha "0123abc" :exclusions [a/b #{} ()]}}
 :aliases {:test {:extra-deps {t/t {:local/root "../t"}} :main-opts ["-m" "x\\"y"]}}}`;
  expect(readForms(text, 'deps.edn').map(asValue)).toEqual([parseEDNString(text)]);
});
