import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PomModel } from '../../src/maven/pom/model.js';
import { packModel, unpackModel } from '../../src/maven/pom/pack.js';
import { parsePom } from '../../src/maven/pom/parse.js';

const text = fc.constantFrom('', 'g', 'jar', 'pom', '${x}', 'tést "quoted" <', 'a.b', '1.0', 'true', '😀');
const element = (name: string): fc.Arbitrary<string> =>
  fc.option(text, { nil: null }).map((value) => (value === null ? '' : `<${name}>${escape(value)}</${name}>`));
const elements = (...names: string[]): fc.Arbitrary<string> => fc.tuple(...names.map(element)).map((all) => all.join(''));
const section = (name: string, content: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.option(content, { nil: null }).map((inner) => (inner === null ? '' : `<${name}>${inner}</${name}>`));
const list = (name: string, item: string, content: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  section(
    name,
    fc.array(content, { maxLength: 3 }).map((all) => all.map((inner) => `<${item}>${inner}</${item}>`).join('')),
  );
const together = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> => fc.tuple(...parts).map((all) => all.join(''));

function escape(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const dependencies = list(
  'dependencies',
  'dependency',
  together(
    elements('groupId', 'artifactId', 'version', 'type', 'classifier', 'scope', 'systemPath', 'optional'),
    list('exclusions', 'exclusion', elements('groupId', 'artifactId')),
  ),
);
const base = together(
  list('modules', 'module', text.map(escape)),
  section('properties', elements('one', 'two.three', '__proto__', 'constructor')),
  dependencies,
  section('dependencyManagement', dependencies),
);
const profile = together(
  base,
  element('id'),
  section(
    'activation',
    together(
      elements('activeByDefault', 'jdk'),
      section('os', elements('name', 'family', 'arch', 'version')),
      section('property', elements('name', 'value')),
      section('file', elements('exists', 'missing')),
    ),
  ),
  section('build', elements('finalName')),
);
const pom = together(
  elements('modelVersion', 'groupId', 'artifactId', 'version', 'packaging', 'name', 'description', 'url'),
  section('parent', elements('groupId', 'artifactId', 'version', 'relativePath')),
  base,
  list('profiles', 'profile', profile),
  section('distributionManagement', section('relocation', elements('groupId', 'artifactId', 'version', 'message'))),
  section('build', elements('finalName', 'directory')),
).map((inner) => `<project>${inner}</project>`);

const throughJson = (model: PomModel): PomModel | null => unpackModel(JSON.parse(JSON.stringify(packModel(model))));

describe('a packed model', () => {
  test('unpacks to the same model', () => {
    fc.assert(
      fc.property(pom, (xml) => {
        const model = parsePom(xml, 'g:a:1');
        expect(throughJson(model)).toStrictEqual(model);
      }),
      { numRuns: 300 },
    );
  });

  test('is short', () => {
    const xml =
      '<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>a</artifactId><version>1</version>' +
      '<dependencies><dependency><groupId>g</groupId><artifactId>b</artifactId><version>2</version></dependency></dependencies></project>';
    expect(JSON.stringify(packModel(parsePom(xml, 'g:a:1')))).toBe('["4.0.0",null,"g","a","1",null,null,null,null,[["g","b","2"]]]');
  });

  test('is refused or a model, and nothing is thrown, if it was tampered with', () => {
    fc.assert(
      fc.property(pom, fc.nat(), fc.jsonValue({ maxDepth: 3 }), (xml, place, value) => {
        const json = JSON.stringify(packModel(parsePom(xml, 'g:a:1')));
        let count = 0;
        JSON.parse(json, () => void count++);
        let at = 0;
        const changed: unknown = JSON.parse(json, (_key, own: unknown) => (at++ === place % count ? value : own));
        const model = unpackModel(changed);
        if (model !== null) expect(unpackModel(packModel(model))).toStrictEqual(model);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    null,
    undefined,
    1,
    'text',
    {},
    { length: 3 },
    [1],
    [null, 'parent'],
    [null, null, {}],
    [null, null, null, null, null, null, ['a']],
  ])('is not %j', (value) => {
    expect(unpackModel(value)).toBeNull();
  });
});
