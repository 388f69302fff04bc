/** Generated files: writing is idempotent, keeps everything, and can be undone after changes elsewhere. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseProxyAddress } from '../../../src/app/tool-setup/address.js';
import type { ToolFile } from '../../../src/app/tool-setup/merge.js';
import { applyEdits, takeBack, type TextEdit } from '../../../src/app/tool-setup/text/edit.js';
import { planners, type ToolName } from '../../../src/app/tool-setup/tools.js';

const address = parseProxyAddress();

function fileOf(tool: ToolName, index = 0): ToolFile {
  const { files } = planners[tool](address, { env: {}, homeFolder: '/home/me', platform: 'linux', file: null, isThere: () => false });
  const file = files[index];
  if (file === undefined) throw new Error(`${tool} has no such file`);
  return file;
}

const blank = fc.constantFrom('', ' ', '\n', '\r\n', '\n  ', ' ; a comment\n', ',', '\t', '\n;; {:user\n');
const name = fc.stringMatching(/^[a-z]{1,5}$/);
const spaced = (part: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.tuple(blank, part, blank).map((parts) => parts.join(' '));

/** Forms of Clojure without the keys that matter. */
const form = fc.letrec<{ any: string; map: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    name.map((text) => `:${text}`),
    fc.constantFrom('1', '"}"', '"a\\"b"', '#"[{]"', '\\}', 'nil', '#_{:x 1} y', "'z", '^:m {}', '#{}'),
    fc.array(spaced(tie('any')), { maxLength: 3 }).map((items) => `[${items.join(' ')}]`),
    tie('map'),
  ),
  map: fc
    .uniqueArray(fc.tuple(name, spaced(tie('any'))), { maxLength: 4, selector: ([key]) => key })
    .chain((entries) => blank.map((end) => `{${entries.map(([key, value]) => `:x${key} ${value}`).join(' ')}${end}}`)),
})).map;

const clojureFile = fc.tuple(blank, form, blank).map((parts) => parts.join(''));
const profilesFile = fc
  .tuple(blank, form, blank, form, blank)
  .map(([start, user, between, other, end]) => `${start}{:user ${between}${user}${between}\n:other ${other}}${end}`);

const element: fc.Arbitrary<string> = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('\n', '  ', '\r\n\t', '<!-- <mirrors> -->', '<![CDATA[</settings>]]>', 'text', '<?pi <mirrors>?>', '<servers/>'),
    fc.tuple(name, fc.array(tie('any'), { maxLength: 4 })).map(([tag, inner]) => `<x${tag} a="1 > 2">${inner.join('')}</x${tag}>`),
  ),
})).any;
const inside = fc.array(element, { maxLength: 6 }).map((parts) => parts.join(''));
const settingsFile = fc
  .tuple(fc.constantFrom('', '<?xml version="1.0"?>\n', '<!-- x -->\r\n'), inside, fc.option(inside), fc.constantFrom('', '\n', '\r\n'))
  .map(([start, around, mirrors, end]) =>
    mirrors === null
      ? `${start}<settings>${around}</settings>${end}`
      : `${start}<settings>${around}<mirrors>${mirrors}</mirrors>\n</settings>${end}`,
  );

const propertiesFile = fc
  .array(fc.constantFrom('# c', 'a=b', 'x.y : z\\', '  continued', '', '! c', 'k v', 'e=\\u0041'), { maxLength: 6 })
  .chain((lines) => fc.constantFrom('\n', '\r\n').map((end) => lines.join(end)));

const cases: readonly (readonly [title: string, file: ToolFile, texts: fc.Arbitrary<string>])[] = [
  ['profiles.clj', fileOf('lein'), profilesFile],
  ['profiles.clj without :user', fileOf('lein'), clojureFile],
  ['init.clj', fileOf('lein', 1), clojureFile],
  ['deps.edn', fileOf('clj'), clojureFile],
  ['settings.xml', fileOf('maven'), settingsFile],
  ['boot.properties', fileOf('boot'), propertiesFile],
  ['mirror.properties', fileOf('coursier'), propertiesFile],
];

/** A change of a text, as a position between 0 and 1, the length that it removes, and what it adds. */
const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), remove: fc.nat(5), add: fc.string({ maxLength: 8 }) });

/** Moves a change of the text before the edits to the text after them; null if it touches one of them. */
function moved({ at, remove, insert }: TextEdit, edits: readonly TextEdit[]): TextEdit | null {
  const end = at + remove.length;
  let shift = 0;
  for (const edit of edits) {
    const editEnd = edit.at + edit.remove.length;
    if (editEnd <= at && !(editEnd === at && edit.at === at)) shift += edit.insert.length - edit.remove.length;
    else if (edit.at < end || edit.at === at) return null;
  }
  return { at: at + shift, remove, insert };
}

const change1 = (text: string, edit: TextEdit): string => text.slice(0, edit.at) + edit.insert + text.slice(edit.at + edit.remove.length);

describe.each(cases)('%s', (_, file, texts) => {
  test('gets the lines once, keeps all else, and gives its text back after changes elsewhere', () => {
    fc.assert(
      fc.property(texts, fc.array(change, { maxLength: 3 }), (text, changes) => {
        const { edits, problems } = file.merge(text);
        expect(problems).toEqual([]);
        expect(edits).toHaveLength(1);
        const { text: written, made } = applyEdits(text, edits);
        expect(file.merge(written)).toEqual({ edits: [], problems: [] });
        expect(takeBack(written, made)).toBe(text);
        for (const { at, remove, add } of changes) {
          const place = Math.floor(at * text.length);
          const mine: TextEdit = { at: place, remove: text.slice(place, place + remove), insert: add };
          const theirs = moved(mine, edits);
          if (theirs !== null) expect(takeBack(change1(written, theirs), made)).toBe(change1(text, mine));
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('edits are made at once, and found again among equal texts', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 12 }), fc.array(fc.nat(11), { maxLength: 4 }), (parts, chosen) => {
      const text = parts.join('');
      const places = [...new Set(chosen)].filter((at) => at < text.length);
      const edits = places.map((at): TextEdit => ({ at, remove: text.slice(at, at + 1), insert: 'ab' }));
      const { text: written, made } = applyEdits(text, edits);
      expect(takeBack(written, made)).toBe(text);
    }),
    { numRuns: 500 },
  );
});
