import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { parseConfiguration } from '../../src/local/settings/configuration-file.js';
import { parseMirrorList } from '../../src/local/settings/mirror-list/document.js';
import { parseJson } from '../../src/local/settings/text/json.js';
import { thrownBy } from './support.js';

describe('parseJson', () => {
  it.each([
    ['', 'line 1, column 1: the end of the file'],
    ['{\n  "a": 1,\n}', 'line 3, column 1: "}"'],
    ['{"a" 1}', 'line 1, column 6: "1"'],
    ["{'a': 1}", 'line 1, column 2: "\'"'],
    ['[1 2]', 'line 1, column 4: "2"'],
    ['{"a": tru}', 'line 1, column 10: "}"'],
    ['{"a": "b\n"}', 'line 1, column 9: the end of the line'],
    ['// x', 'line 1, column 1: "/"'],
    ['{} x', 'line 1, column 4: "x"'],
    ['[\u001b', 'line 1, column 2: the character U+001B'],
    ['{"a": "x', 'line 1, column 9: the end of the file'],
  ])('describes the error in %j: %s', async (text, place) => {
    expect((await thrownBy(() => parseJson(text, 'c.json'))).message).toBe(`c.json: ${place} is not valid JSON here`);
  });

  it('reads the same as JSON.parse, also after a byte order mark', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(`\uFEFF${text}`, 'f')).toEqual(JSON.parse(text));
      }),
    );
  });

  it('throws only its own error, and so do the readers built on it', () => {
    const key = fc.constantFrom(
      'repositories',
      'trust',
      'mirrors',
      'repoFor',
      'ca',
      'proxy',
      'version',
      'expires',
      'url',
      'id',
      'auth',
      '__proto__',
      'constructor',
      'toString',
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.array(fc.tuple(key, tie('tree')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries) as unknown),
      ),
    }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          tree.map((value) => JSON.stringify(value) ?? ''),
          fc.json().map((text) => text.slice(1)),
        ),
        (text) => {
          for (const read of [() => parseConfiguration(text, '/c.json', '/home'), () => parseMirrorList(text, 'l')]) {
            try {
              read();
            } catch (error) {
              if (!isClojarsFetchError(error)) throw error;
            }
          }
        },
      ),
      { numRuns: 500 },
    );
    for (const text of ['['.repeat(200_000), '{"a":'.repeat(100_000)]) expect(() => parseJson(text, 'f')).toThrow('is not valid JSON here');
  });
});
