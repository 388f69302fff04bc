import { describe, expect, it } from 'vitest';

import { checkJarCoordinate } from '../../../src/fetch/jar/jar-coordinate.js';
import type { PomProperties } from '../../../src/fetch/jar/pom-properties.js';

const entry = (text: string): PomProperties => {
  const [group = '', artifact = '', version = ''] = text.split(':');
  return { group, artifact, version, entry: `META-INF/maven/${group}/${artifact}/pom.properties` };
};
const wanted = { group: 'org', artifact: 'lib', version: '1.0' };

describe('checkJarCoordinate', () => {
  it.each<[string, readonly string[], string, RegExp | null]>([
    ['no pom.properties: source jars, other build tools', [], '1.0', null],
    ['the wanted coordinate', ['org:lib:1.0'], '1.0', null],
    ['another version', ['org:lib:1.1'], '1.0', /^its pom\.properties says that it is org:lib:1\.1$/],
    ['only another artifact', ['org:evil:1.0'], '1.0', /says that it is org:evil:1\.0$/],
    ['another group', ['com:lib:1.0'], '1.0', /com:lib:1\.0/],
    ['shaded, with its own coordinate', ['a:b:9', 'org:lib:1.0', 'c:d:8'], '1.0', null],
    ['shaded, with its own coordinate in another version', ['a:b:9', 'org:lib:0.9', 'c:d:8'], '1.0', /org:lib:0\.9/],
    ['shaded, without its own coordinate', ['a:b:1', 'c:d:2', 'e:f:3', 'g:h:4'], '1.0', /a:b:1, c:d:2, e:f:3 and 1 more$/],
    ['its own coordinate twice, in different versions', ['org:lib:1.0', 'org:lib:2.0'], '1.0', /org:lib:2\.0/],
    ['a snapshot by its base version', ['org:lib:1.0-SNAPSHOT'], '1.0-20240101.010203-4', null],
    ['a snapshot by its timestamped version', ['org:lib:1.0-20240101.010203-4'], '1.0-SNAPSHOT', null],
    ['a release that names a snapshot', ['org:lib:1.0-SNAPSHOT'], '1.0', /1\.0-SNAPSHOT/],
  ])('judges %s', (_name, entries, version, expected) => {
    const verdict = checkJarCoordinate({ entries: entries.map(entry), hasOwn: true }, { ...wanted, version });
    if (expected === null) expect(verdict).toBeNull();
    else expect(verdict).toMatch(expected);
  });

  it("ignores coordinates that Gradle packs in, except for the jar's own group and artifact", () => {
    expect(checkJarCoordinate({ entries: [entry('a:b:1'), entry('c:d:2')], hasOwn: false }, wanted)).toBeNull();
    expect(checkJarCoordinate({ entries: [entry('org:lib:2.0')], hasOwn: false }, wanted)).toMatch(/org:lib:2\.0/);
  });

  it('escapes control characters that a terminal would obey', () => {
    expect(checkJarCoordinate({ entries: [entry('\u001b[31morg:lib:1')], hasOwn: true }, wanted)).not.toContain('\u001b');
  });
});
