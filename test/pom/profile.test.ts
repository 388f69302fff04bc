import { describe, expect, test } from 'vitest';

import { parsePom } from '../../src/maven/pom/parse.js';
import type { PomProblem } from '../../src/maven/pom/problem.js';
import { activeProfiles } from '../../src/maven/pom/profile.js';

function active(profiles: string, system: Record<string, string> = {}): string[] | string {
  const model = parsePom(`<project><properties><dir>/there</dir></properties><profiles>${profiles}</profiles></project>`, 'g:a:1');
  const systemProperties = new Map(
    Object.entries({
      'java.version': '17.0.2',
      'os.name': 'Linux',
      'os.arch': 'amd64',
      'path.separator': ':',
      debug: 'yes',
      empty: '',
      ...system,
    }),
  );
  const problems: PomProblem[] = [];
  const result = activeProfiles(
    model.profiles,
    model.properties,
    { systemProperties, fileExists: (path) => path === '/there' },
    problems,
    'g:a:1',
  ).map(({ id }) => id);
  return problems.length > 0 ? (problems[0]?.reason ?? '') : result;
}

const profile = (activation: string, id = 'p'): string => `<profile><id>${id}</id><activation>${activation}</activation></profile>`;

// Each row as Maven 3.8.7's activators have it.
describe('activeProfiles', () => {
  test.each([
    ['<jdk>17</jdk>', true],
    ['<jdk>1</jdk>', true],
    ['<jdk>11</jdk>', false],
    ['<jdk>!11</jdk>', true],
    ['<jdk>!17</jdk>', false],
    ['<jdk>[1.8,)</jdk>', true],
    ['<jdk>[1.8,17)</jdk>', false],
    ['<jdk>(,17]</jdk>', false],
    ['<jdk>(,18)</jdk>', true],
    ['<jdk>(17.0.1,17.0.3)</jdk>', true],
    ['<os><family>unix</family></os>', true],
    ['<os><family>windows</family></os>', false],
    ['<os><family>!windows</family></os>', true],
    ['<os><family>mac</family></os>', false],
    ['<os><name>linux</name><arch>AMD64</arch></os>', true],
    ['<os><name>linux</name><arch>aarch64</arch></os>', false],
    ['<os/>', false],
    ['<property><name>debug</name></property>', true],
    ['<property><name>!debug</name></property>', false],
    ['<property><name>empty</name></property>', false],
    ['<property><name>debug</name><value>yes</value></property>', true],
    ['<property><name>debug</name><value>!yes</value></property>', false],
    ['<property><name>none</name><value>!yes</value></property>', true],
    ['<property><name>!none</name></property>', true],
    ['<file><exists>${dir}</exists></file>', true],
    ['<file><missing>/there</missing></file>', false],
    ['<file><missing>/nope</missing></file>', true],
    ['<file><missing>${basedir}/x</missing></file>', false],
    ['<file><exists>there</exists></file>', false],
    ['<jdk>17</jdk><property><name>debug</name></property>', true],
    ['<jdk>17</jdk><property><name>nope</name></property>', false],
    ['<activeByDefault>true</activeByDefault>', true],
    ['<activeByDefault>true</activeByDefault><jdk>11</jdk>', true],
    ['', false],
  ])('%s', (activation, expected) => {
    expect(active(profile(activation))).toEqual(expected ? ['p'] : []);
  });

  test('includes default profiles only if no other profile of the POM is active', () => {
    const byDefault = profile('<activeByDefault>true</activeByDefault>', 'default');
    expect(active(byDefault + profile('<jdk>11</jdk>', 'other'))).toEqual(['default']);
    expect(active(byDefault + profile('<jdk>17</jdk>', 'other'))).toEqual(['other']);
  });

  test('makes the POM invalid if a condition cannot be judged', () => {
    expect(active(profile('<jdk>[17]</jdk>'))).toBe('profile');
    expect(active(profile('<property><value>x</value></property>'))).toBe('profile');
    expect(active(profile('<jdk>17</jdk>'), { 'java.version': '' })).toBe('profile');
  });

  test('recognises the families of other systems', () => {
    expect(active(profile('<os><family>windows</family></os>'), { 'os.name': 'Windows 11', 'path.separator': ';' })).toEqual(['p']);
    expect(active(profile('<os><family>unix</family></os>'), { 'os.name': 'Windows 11', 'path.separator': ';' })).toEqual([]);
    expect(active(profile('<os><family>mac</family></os>'), { 'os.name': 'Mac OS X' })).toEqual(['p']);
    expect(active(profile('<os><family>unix</family></os>'), { 'os.name': 'Mac OS X' })).toEqual(['p']);
  });
});
