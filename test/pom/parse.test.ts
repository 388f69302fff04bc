import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parsePom } from '../../src/maven/pom/parse.js';
import { PomProblemError } from '../../src/maven/pom/problem.js';

const core = '<modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>a</artifactId><version>1</version>';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function reasonFor(pom: string | Uint8Array): string {
  try {
    parsePom(pom, 'g:a:1');
    return 'ok';
  } catch (error) {
    if (!(error instanceof PomProblemError)) throw error;
    expect(error.message).toContain('g:a:1');
    return error.problems[0]?.reason ?? '';
  }
}

describe('parsePom', () => {
  // As Maven 3.8.7's MavenXpp3Reader with strict off; the corpus (conf/h026) has its answers.
  test.each([
    ['plain', `<project>${core}</project>`, 'ok'],
    ['any root', `<html>${core}</html>`, 'ok'],
    ['unknown elements', `<project>${core}<what><ever/></what></project>`, 'ok'],
    ['stray text', `<project>hello${core}</project>`, 'ok'],
    ['HTML entities', `<project>${core}<name>&eacute;&nbsp;&copy;</name></project>`, 'ok'],
    ['a line end before the declaration', `\n<?xml version="1.0"?><project>${core}</project>`, 'ok'],
    ['more white space before the declaration', `\n <?xml version="1.0"?><project>${core}</project>`, 'malformed'],
    ['a processing instruction', `<project>${core}<?target data?></project>`, 'ok'],
    ['a processing instruction with a reserved name', `<project>${core}<?xml-stylesheet href="a"?></project>`, 'malformed'],
    ['stray text in a list', `<project>${core}<dependencies>hello</dependencies></project>`, 'malformed'],
    ['a no-break space in a list', `<project>${core}<modules>\u00a0<module>m</module></modules></project>`, 'malformed'],
    ['stray text among properties', `<project>${core}<properties>hello<a>1</a></properties></project>`, 'malformed'],
    ['stray text in an object', `<project>${core}<build>hello</build></project>`, 'ok'],
    ['comments in a list', `<project>${core}<dependencies> <!-- none --> <!-- yet --> </dependencies></project>`, 'ok'],
    ['control characters', `<project>${core}<name>\u0001</name></project>`, 'ok'],
    ['byte order mark', `\ufeff<project>${core}</project>`, 'ok'],
    ['a list twice', `<project>${core}<dependencies/><dependencies/></project>`, 'malformed'],
    ['an element twice', `<project>${core}<version>2</version></project>`, 'malformed'],
    [
      'an element twice, deep down',
      `<project>${core}<build><plugins><plugin><version>1</version><version>2</version></plugin></plugins></build></project>`,
      'malformed',
    ],
    ['markup in text', `<project>${core}<description>a <b>b</b></description></project>`, 'malformed'],
    ['markup in a property', `<project>${core}<properties><a><b/></a></properties></project>`, 'malformed'],
    [
      'markup in configuration',
      `<project>${core}<build><plugins><plugin><configuration><a><b/><b/></a></configuration></plugin></plugins></build></project>`,
      'ok',
    ],
    ['nothing', '', 'malformed'],
    ['cut off', `<project>${core}`, 'malformed'],
    ['an unknown entity', `<project>${core}<name>&bogus;</name></project>`, 'malformed'],
    ['an entity of a DTD', `<!DOCTYPE p [<!ENTITY e "x">]><project>${core}<name>&e;</name></project>`, 'malformed'],
    ['an external entity', `<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]><project>${core}<name>&e;</name></project>`, 'malformed'],
    ['a bare ampersand', `<project>${core}<name>a & b</name></project>`, 'malformed'],
    ['-- in a comment', `<project>${core}<!-- a -- b --></project>`, 'malformed'],
    ['XML 1.1', `<?xml version="1.1"?><project>${core}</project>`, 'malformed'],
    ['text after the root', `<project>${core}</project> trailing`, 'malformed'],
    ['10,000 nested elements', '<a>'.repeat(10_000) + '</a>'.repeat(10_000), 'too-deep'],
  ])('reads like Maven: %s', (_name, pom, reason) => {
    expect(reasonFor(bytes(pom))).toBe(reason);
  });

  test('refuses billion laughs and 10 MB', () => {
    const laughs = Array.from({ length: 10 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`).join('');
    expect(reasonFor(bytes(`<!DOCTYPE p [<!ENTITY l0 "ha">${laughs}]><project>${core}<name>&l10;</name></project>`))).toBe('malformed');
    expect(reasonFor(bytes(`<project>${core}<name>${'x'.repeat(10_000_000)}</name></project>`))).toBe('too-large');
  });

  test('reads other encodings', () => {
    const latin = Uint8Array.from(`<?xml version="1.0" encoding="ISO-8859-1"?><project>${core}<name>\u00e9</name></project>`, (character) =>
      character.charCodeAt(0),
    );
    expect(parsePom(latin, 'g:a:1').fields.get('name')).toBe('\u00e9');
    const invalid = Uint8Array.from(`<project>${core}<name>\u00ff</name></project>`, (character) => character.charCodeAt(0));
    expect(parsePom(invalid, 'g:a:1').fields.get('name')).toBe('\ufffd');
  });

  test('reads the parts that decide a graph, trimmed as Java trims', () => {
    const model = parsePom(
      `<project>${core}<packaging> pom </packaging><properties><p> x </p><__proto__>y</__proto__></properties><dependencies><dependency>
        <groupId> g </groupId><artifactId>d<!-- c -->e</artifactId><version><![CDATA[1]]></version><optional>TRUE</optional>
        <exclusions><exclusion><groupId>*</groupId></exclusion></exclusions></dependency></dependencies></project>`,
      'g:a:1',
    );
    expect(model.packaging).toBe('pom');
    expect([...model.properties]).toEqual([
      ['p', 'x'],
      ['__proto__', 'y'],
    ]);
    expect(model.dependencies).toEqual([
      {
        group: 'g',
        artifact: 'de',
        version: '1',
        type: 'jar',
        classifier: undefined,
        scope: undefined,
        systemPath: undefined,
        optional: 'TRUE',
        exclusions: [{ group: '*', artifact: '' }],
        key: 'g:de:jar',
        dynamic: false,
        movable: false,
      },
    ]);
    expect(model.managed).toBeNull();
  });

  test('never throws anything but its own error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `<project>${text}</project>`),
          fc
            .array(
              fc.constantFrom(
                '<project>',
                '</project>',
                '<a>',
                '</a>',
                '<version>',
                '</version>',
                '&amp;',
                '<![CDATA[',
                ']]>',
                '<!--',
                '-->',
                'x',
              ),
            )
            .map((parts) => parts.join('')),
        ),
        (text) => {
          reasonFor(bytes(text));
        },
      ),
    );
  });
});
