/** Whether a signed POM is the requested one, by its own elements and those of its parent element. */
import { describe, expect, it } from 'vitest';

import { checkPomCoordinate } from '../../src/maven/pom/pom-coordinate.js';

const wanted = { group: 'org.example', artifact: 'lib', version: '1.0' };
const parent = (group: string, version: string): string =>
  `<parent><groupId>${group}</groupId><artifactId>parent</artifactId><version>${version}</version></parent>`;
const check = (inside: string, of = wanted): string | null =>
  checkPomCoordinate(Buffer.from(`<project><modelVersion>4.0.0</modelVersion>${inside}</project>`), of);

describe('a POM is the requested one', () => {
  it.each([
    ['by its own elements', '<groupId>org.example</groupId><artifactId>lib</artifactId><version>1.0</version>'],
    ['with group and version of its parent', `${parent('org.example', '1.0')}<artifactId>lib</artifactId>`],
    [
      'with its own group and the version of its parent',
      `${parent('org.other', '1.0')}<groupId>org.example</groupId><artifactId>lib</artifactId>`,
    ],
    ['with the group of its parent and its own version', `${parent('org.example', '7')}<artifactId>lib</artifactId><version>1.0</version>`],
    [
      'by its own properties',
      '<groupId>${g}</groupId><artifactId>lib</artifactId><version>${revision}</version><properties><g>org.example</g><revision>1.0</revision></properties>',
    ],
    [
      'by properties that name each other',
      '<groupId>org.example</groupId><artifactId>lib</artifactId><version>${major}.0</version><properties><major>${one}</major><one>1</one></properties>',
    ],
    ['with blanks around', '<groupId> org.example </groupId><artifactId>\n lib </artifactId><version>1.0\n</version>'],
    [
      'by the version of its parent, named as a property',
      `${parent('org.example', '1.0')}<artifactId>lib</artifactId><version>\${project.parent.version}</version>`,
    ],
  ])('%s', (_, inside) => {
    expect(check(inside)).toBeNull();
  });

  it('as a snapshot, by its base version', () => {
    const pom = '<groupId>org.example</groupId><artifactId>lib</artifactId><version>1.0-SNAPSHOT</version>';
    expect(check(pom, { ...wanted, version: '1.0-20240101.120000-1' })).toBeNull();
  });
});

describe('a POM is another one', () => {
  it.each([
    ['by its group', '<groupId>org.other</groupId><artifactId>lib</artifactId><version>1.0</version>', 'org.other:lib:1.0'],
    ['by its name', '<groupId>org.example</groupId><artifactId>other</artifactId><version>1.0</version>', 'org.example:other:1.0'],
    ['by its version', '<groupId>org.example</groupId><artifactId>lib</artifactId><version>1.1</version>', 'org.example:lib:1.1'],
    ['by the group of its parent', `${parent('org.other', '1.0')}<artifactId>lib</artifactId>`, 'org.other:lib:1.0'],
    ['by the version of its parent', `${parent('org.example', '2')}<artifactId>lib</artifactId>`, 'org.example:lib:2'],
    [
      'by its own version, which differs from that of its parent',
      `${parent('org.example', '1.0')}<artifactId>lib</artifactId><version>2</version>`,
      'org.example:lib:2',
    ],
    [
      'by its own property',
      '<groupId>org.example</groupId><artifactId>lib</artifactId><version>${v}</version><properties><v>3</v></properties>',
      'org.example:lib:3',
    ],
    [
      'if it needs properties of its parent, which is another file',
      `${parent('org.example', '${revision}')}<artifactId>lib</artifactId>`,
      'org.example:lib:${revision}',
    ],
    ['if it names nothing', '<artifactId>lib</artifactId>', '?:lib:?'],
    [
      'with a terminal escape in its name',
      '<groupId>org.example</groupId><artifactId>lib&#x9b;2J</artifactId><version>1.0</version>',
      'lib',
    ],
  ])('%s', (_, inside, said) => {
    expect(check(inside)).toContain(`it says that it is `);
    expect(check(inside)).toContain(said);
    expect(check(inside)).not.toContain('\u009b');
  });

  it('refuses a file that is not a POM', () => {
    expect(checkPomCoordinate(Buffer.from('PK\u0003\u0004'), wanted)).toMatch(/cannot be read as a POM/);
    expect(
      check('<groupId>org.example</groupId><artifactId>lib</artifactId><version>${a}</version><properties><a>${a}</a></properties>'),
    ).not.toBeNull();
  });
});
