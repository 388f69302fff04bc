import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { escapeForDisplay } from '../../src/base/escape.js';
import { formatCoordinate } from '../../src/maven/coordinate/format.js';
import { parseCoordinate, parseDependency } from '../../src/maven/coordinate/parse.js';
import { artifactPath, parseArtifactPath } from '../../src/maven/coordinate/path.js';
import { toCoordinate } from '../../src/maven/coordinate/to-coordinate.js';
import { isVersionName, validateCoordinate } from '../../src/maven/coordinate/validate.js';
import { classifyVersion } from '../../src/maven/version/request.js';
import { codePoint } from '../support/code-point.js';
import { coordinateArbitrary } from './arbitrary.js';

const forms: readonly (readonly [string, string])[] = [
  ['org/lib 1.0.0', 'org:lib:1.0.0'],
  // Repositories have versions such as 4.x: a wildcard is recognised only after an @.
  ['junit:junit:4.x', 'junit:junit:4.x'],
  ['junit/junit 4.x', 'junit:junit:4.x'],
  ['[junit "4.x"]', 'junit:junit:4.x'],
  ['junit {:mvn/version "4.x"}', 'junit:junit:4.x'],
  ['lib', 'lib:lib:RELEASE'],
  ['lib 1.0', 'lib:lib:1.0'],
  ['org/lib [1.0, 2.0)', 'org:lib:[1.0, 2.0)'],
  ['org/lib$sources 1.0', 'org:lib:jar:sources:1.0'],
  ['g:a', 'g:a:RELEASE'],
  ['g:a 1.0', 'g:a:1.0'],
  ['g:a@1.0', 'g:a:1.0'],
  ['g:a:v', 'g:a:v'],
  ['g:a:pom:v', 'g:a:pom:v'],
  ['g:a:jar:v', 'g:a:v'],
  ['g:a:jar:sources:v', 'g:a:jar:sources:v'],
  ['pkg:a:1', 'pkg:a:1'],
  ['pkg:maven/g.h/a@1.0%2Bx', 'g.h:a:1.0+x'],
  ['pkg:maven/g/a@v?type=zip&classifier=dist', 'g:a:zip:dist:v'],
  ['pkg:maven/g/a', 'g:a:RELEASE'],
  ['pkg:clojars/hiccup@1.0', 'hiccup:hiccup:1.0'],
  ['[org/lib "1.0.0"]', 'org:lib:1.0.0'],
  ['[lib "1.0" :classifier "x" :extension "zip"]', 'lib:lib:zip:x:1.0'],
  ['[org/lib]', 'org:lib:RELEASE'],
  ['[org/lib :exclusions [a/b]]', 'org:lib:RELEASE'],
  ['org/lib {:mvn/version "1.0"}', 'org:lib:1.0'],
  ['org/lib$c {:mvn/version "1.0", :extension "zip"}', 'org:lib:zip:c:1.0'],
  ['{org/lib {:mvn/version "1.0"}}', 'org:lib:1.0'],
  ['  org/lib   1.0 ', 'org:lib:1.0'],
  ['Org.Foo_Bar/a.b-c 1.0.0+build', 'Org.Foo_Bar:a.b-c:1.0.0+build'],
  ['lib 20090211', 'lib:lib:20090211'],
  ['g:a:1.0$x', 'g:a:1.0$x'],
  ['c++/lib 1', 'c++:lib:1'],
];

/** Selectors and their canonical texts, which only show the selector: read back, they are an error or a plain version. */
const selectors: readonly (readonly [string, string])[] = [
  ['org/lib@^1.2', 'org:lib:^1.2'],
  ['org/lib@~1', 'org:lib:~1'],
  ['g:a@=1', 'g:a:=1'],
  ['junit/junit@4.x', 'junit:junit:=4.x'],
  ['junit/junit =4.x', 'junit:junit:=4.x'],
  ['g:a ~1', 'g:a:~1'],
  ['org/lib >=1.0 <2.0', 'org:lib:>=1.0 <2.0'],
  ['org/lib 1.0 - 2.0', 'org:lib:1.0 - 2.0'],
];

function refusal(act: () => unknown): string {
  try {
    act();
    return 'no error';
  } catch (error) {
    return isClojarsFetchError(error) ? `${error.code} ${error.reason}` : String(error);
  }
}

describe('parseCoordinate', () => {
  it.each(forms)('reads %s as %s', (text, canonical) => {
    expect(formatCoordinate(parseCoordinate(text))).toBe(canonical);
    expect(parseCoordinate(canonical)).toEqual(parseCoordinate(text));
  });

  it.each(selectors)('reads the selector of %s and shows it as %s', (text, canonical) => {
    const { version } = toCoordinate(text);
    expect(classifyVersion(version)).toBe('selector');
    expect(formatCoordinate(toCoordinate(text))).toBe(canonical);
    expect(formatCoordinate(parseCoordinate(text))).toBe(canonical);
    expect(JSON.stringify(parseCoordinate(text))).not.toContain('@');
    expect(parseCoordinate(text)).not.toHaveProperty('plainVersion');
    expect(toCoordinate(parseCoordinate(text))).toEqual(toCoordinate(text));
  });

  it('never takes ~1 or =1 of a coordinate with colons, a vector or an entry for a selector', () => {
    for (const version of ['~1', '=1', '~1.x', '=4.x', '~1-SNAPSHOT'])
      for (const text of [`g:a:${version}`, `g:a:jar:sources:${version}`, `[g/a "${version}"]`, `g/a {:mvn/version "${version}"}`]) {
        expect(['exact', 'snapshot']).toContain(classifyVersion(toCoordinate(text).version));
        expect(parseCoordinate(text)).toMatchObject({ version, plainVersion: true });
        expect(toCoordinate(parseCoordinate(text))).toEqual(toCoordinate(text));
      }
    expect(artifactPath(toCoordinate('g:a:~1'))).toBe('g/a/~1/a-~1.jar');
    expect(parseArtifactPath('g/a/=1/a-=1.jar')).toEqual(toCoordinate('g:a:=1'));
  });

  it('never takes any file name after two colons for a selector', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_+$~!='-][A-Za-z0-9._+$~!='-]{0,9}$/);
    fc.assert(
      fc.property(name, (version) => {
        fc.pre(!['RELEASE', 'LATEST'].includes(version) && !version.endsWith('SNAPSHOT') && isVersionName(version));
        const coordinate = toCoordinate(`g:a:${version}`);
        expect([coordinate.version, classifyVersion(coordinate.version)]).toEqual([version, 'exact']);
        expect(artifactPath(coordinate)).toContain(`/${version}/`);
      }),
    );
  });

  it.each(['g:a:^1', 'g:a:>=1', 'g:a:1 - 2', 'g:a:jar:^1', '[g/a "^1"]'])('refuses %s, and says how a selector is written', (text) => {
    const selector = /[\^>1][^"]*(?="|$)/.exec(text.slice(3))?.[0] ?? '';
    expect(() => parseCoordinate(text)).toThrow(
      expect.objectContaining({
        code: 'ERR_COORDINATE',
        reason: 'malformed',
        message: `invalid coordinate ${text}: a version selector is written after an @`,
        hint: `Write \`g/a@${selector.replace('jar:', '')}\`.`,
      }),
    );
  });

  it.each(['org.example/my-lib:1.0-RC1', 'org.example/my-lib/1.0-RC1'])('refuses %s, and says how the parts are separated', (text) => {
    expect(() => parseCoordinate(text)).toThrow(
      expect.objectContaining({
        code: 'ERR_COORDINATE',
        hint: "Write 'org.example:my-lib:1.0-RC1', or 'org.example/my-lib 1.0-RC1'.",
      }),
    );
  });

  it('refuses a name with two slashes, and says how the parts are separated', () => {
    expect(() => parseCoordinate('hiccup//1.0.5')).toThrow(
      expect.objectContaining({ code: 'ERR_COORDINATE', hint: "Write 'hiccup:hiccup:1.0.5', or 'hiccup/hiccup 1.0.5'." }),
    );
  });

  it.each(['g:a:@^1', 'g/a@@^1', 'g/a @^1', 'g:a:@1', 'g/a@@1'])('refuses the mark of a selector in %s', (text) => {
    expect(refusal(() => parseCoordinate(text))).toBe('ERR_COORDINATE malformed');
  });

  it('reads the version of an object as a separate argument, unless the object says that it is plain', () => {
    const lib = { group: 'g', artifact: 'a' };
    for (const version of ['^1', '~1', '=1', '>=1 <2', '1 || 2']) {
      expect(classifyVersion(toCoordinate({ ...lib, version }).version)).toBe('selector');
      expect(formatCoordinate(toCoordinate({ ...lib, version }))).toBe(`g:a:${version}`);
    }
    expect(toCoordinate({ ...lib, version: '~1', plainVersion: true }).version).toBe('~1');
    expect(toCoordinate({ ...lib, version: '4.x' }).version).toBe('4.x');
    for (const version of ['@^1', '@1']) expect(refusal(() => toCoordinate({ ...lib, version }))).toBe('ERR_COORDINATE malformed');
    expect(refusal(() => toCoordinate({ ...lib, version: '^1', plainVersion: true }))).toBe('ERR_COORDINATE malformed');
  });

  it('takes the version from the second argument, but only once', () => {
    expect(parseCoordinate('org/lib', '1.0').version).toBe('1.0');
    expect(parseCoordinate('g:a', '^1').version).toBe('^1');
    expect(refusal(() => parseCoordinate('org/lib 1.0', '1.0'))).toBe('ERR_COORDINATE malformed');
  });

  it('reads back its formatted output', () => {
    fc.assert(
      fc.property(coordinateArbitrary, (coordinate) => {
        expect(parseCoordinate(formatCoordinate(coordinate))).toEqual(coordinate);
      }),
    );
  });

  it.each([
    ['', 'malformed'],
    ['   ', 'malformed'],
    ['a/b/c 1', 'malformed'],
    ['g:a:e:c:v:x', 'malformed'],
    ['g:a:', 'malformed'],
    ['lib@', 'malformed'],
    ['[org/lib "1.0"', 'malformed'],
    ['['.repeat(5000), 'malformed'],
    ['org/lib {:git/url "x"}', 'malformed'],
    ['pkg:maven/a', 'malformed'],
    ['pkg:maven/g/a@%zz', 'malformed'],
    ['pkg:npm/left/pad@1', 'malformed'],
    ['pkg:maven/g/..%2F..%2Fetc@1', 'unsafe-path'],
    ['../../etc/passwd', 'malformed'],
    ['..:a:1', 'unsafe-path'],
    ['g:..:1', 'unsafe-path'],
    ['g:a:..', 'unsafe-path'],
    ['g:a:1/../../x', 'unsafe-path'],
    ['g:a:jar:../x:1', 'unsafe-path'],
    ['g:a:../x:1', 'unsafe-path'],
    ['g\\h:a:1', 'unsafe-path'],
    ['g..h:a:1', 'unsafe-path'],
    ['.g:a:1', 'unsafe-path'],
    ['g:a:1.', 'unsafe-path'],
    ['g:con:1', 'unsafe-path'],
    ['org.NUL.x:a:1', 'unsafe-path'],
    ['g:com1.x:1', 'unsafe-path'],
    ['g:a:aux', 'unsafe-path'],
    ['g:a\u0000:1', 'unsafe-path'],
    ['g:a:1\u001b[2J', 'unsafe-path'],
    ['g:a:1%2f', 'unsafe-path'],
    ['g:a:b?c', 'unsafe-path'],
    ['g:a b:1', 'malformed'],
    ['g:-a:1', 'malformed'],
    ['g:\u202ea:1', 'malformed'],
    ['https://repo.example/x', 'unsafe-path'],
    ['a'.repeat(1_000_000), 'malformed'],
    [`g:${'a'.repeat(250)}:1.0.0`, 'malformed'],
    [`${'a.'.repeat(510)}b:c:1`, 'malformed'],
    ['a\u0000'.repeat(500_000), 'malformed'],
  ])('refuses %#', (text, reason) => {
    expect(refusal(() => parseCoordinate(text))).toBe(`ERR_COORDINATE ${reason}`);
  });

  it('passes a broken range on unchanged', () => {
    expect(refusal(() => parseCoordinate('g:a:[2,1]'))).toBe('ERR_RANGE malformed');
  });

  it('shows hostile input escaped and shortened, and says what is allowed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: codePoint }), fc.string({ unit: codePoint, size: 'large' })), (text) => {
        try {
          parseCoordinate(text);
        } catch (error) {
          if (!isClojarsFetchError(error)) throw error;
          expect(error.message.length).toBeLessThan(1500);

          expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
          expect(error.hint).toBeTruthy();
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('parseDependency', () => {
  it('refuses a coordinate by quoting all of it, not just the part', () => {
    expect(() => parseDependency('hiccup/hiccup@@1')).toThrow(/^invalid coordinate hiccup\/hiccup@@1: the version /);
    expect(() => parseDependency('a b/c:d:1')).toThrow(/invalid coordinate a b\/c:d:1: /);
  });

  it('reads scope, optional and exclusions', () => {
    expect(parseDependency('[org/lib "1.0" :scope "test" :optional true :exclusions [a/b c [d/e :classifier "x"] "f/g" *]]')).toEqual({
      group: 'org',
      artifact: 'lib',
      version: '1.0',
      extension: 'jar',
      classifier: '',
      scope: 'test',
      optional: true,
      exclusions: [
        { group: 'a', artifact: 'b' },
        { group: 'c', artifact: 'c' },
        { group: 'd', artifact: 'e', classifier: 'x' },
        { group: 'f', artifact: 'g' },
        { group: '*', artifact: '*' },
      ],
    });
    expect(parseDependency('org/lib {:mvn/version "1.0" :exclusions [a/b]}').exclusions).toEqual([{ group: 'a', artifact: 'b' }]);
    expect(refusal(() => parseDependency('[a "1" :exclusions ["../x/y"]]'))).toBe('ERR_COORDINATE malformed');
  });
});

describe('validateCoordinate', () => {
  it('accepts the coordinates of the generator', () => {
    fc.assert(fc.property(coordinateArbitrary, (coordinate) => validateCoordinate(coordinate) === coordinate));
  });
});

describe('escapeForDisplay', () => {
  it('escapes, shortens, and leaves harmless text alone', () => {
    expect(escapeForDisplay('a\u001b[31m\u202e\n\u009bé😀')).toBe('a\\u001b[31m\\u202e\\u000a\\u009bé😀');
    expect(escapeForDisplay('😀😀', 3)).toBe('😀…');
    expect(escapeForDisplay('\ud800x')).toBe('\\ud800x');
  });
});
