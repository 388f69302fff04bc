/** Pieces of random POMs that know no library: properties, conditions of profiles, and ways to write the same thing in XML. */
import type { Chance } from '../../support/chance.js';

export const scopes = ['runtime', 'runtime', 'test', 'provided', 'compile', 'system', 'import', 'custom', ' runtime '];
export const types = [
  'war',
  'zip',
  'test-jar',
  'ejb',
  'ejb-client',
  'pom',
  'maven-plugin',
  'ear',
  'jar',
  'java-source',
  'javadoc',
  'bundle',
  'aar',
  'par',
];

/** Properties that `property` and `versionText` refer to; each is there in most POMs, not in all. */
export function pomProperties(chance: Chance, versions: readonly string[]): string {
  const values: readonly (readonly [name: string, value: string])[] = [
    ['v', chance.pick(versions)],
    ['w', chance.pick([chance.pick(versions), '${v}', '${project.version}', ' ${v} ', '${x.y}'])],
    [
      'x.y',
      chance.pick([chance.pick(versions), '${uno}', '${java.specification.version}', '${env.HOME}', chance.happens(0.05) ? '${w}' : '1']),
    ],
    ['flag', String(chance.happens(0.5))],
    ['one', chance.pick(['1', '1', '${uno}'])],
    ['uno', '1'],
    ['c', chance.pick(['linux', 'sources', '${os.arch}', ''])],
    ['half', chance.pick(['.1', '.0', ''])],
    ['revision', chance.pick([chance.pick(versions), '1', '1${half}', '${v}'])],
    ['changelist', chance.pick(['', '-SNAPSHOT', '.1'])],
    ['project.version', '7'],
    ['version', '8'],
  ];
  const some = values.filter((_, index) => chance.happens(index < 10 ? 0.7 : 0.04));
  return `<properties>${some.map(([name, value]) => `<${name}>${value}</${name}>`).join('')}</properties>`;
}

/** A reference that gives what `kind` asks for, at least in some POMs. */
export function property(chance: Chance, kind: 'one' | 'flag' | 'c' | 'v' | 'own'): string {
  if (kind === 'one') return chance.pick(['${one}', '${uno}']);
  if (kind === 'flag') return '${flag}';
  if (kind === 'c') return '${c}';
  if (kind === 'own') return chance.pick(['${project.groupId}', '${pom.groupId}', '${groupId}', '${project.parent.groupId}']);
  return chance.pick([
    '${v}',
    '${w}',
    '${x.y}',
    '${project.version}',
    '${pom.version}',
    '${version}',
    '${project.parent.version}',
    '${parent.version}',
    '1${half}',
    '${one}${half}',
    '${undefined}',
    '${java.specification.version}',
    '${project.artifactId}',
    '${${v}}',
    '${v',
    '$v',
    // Values of other elements: the object is asked, as far as it has a value before defaults are filled in.
    '${project.modelVersion}',
    '${project.packaging}',
    '${project.parent.artifactId}',
    '${project.name}',
    '${project.inceptionYear}',
    '${project.properties.v}',
    '${project.build.directory}',
    '${project.build.sourceDirectory}',
    '${project.build.finalName}',
    '${project.basedir}',
    '${basedir}',
    '${user.name}',
    '${maven.build.timestamp}',
    '${revision}',
    '${revision}${changelist}',
  ]);
}

/** The text as it is, or the same in another form. */
export function versionText(chance: Chance, text: string): string {
  if (chance.happens(0.06)) return property(chance, 'v');
  if (chance.happens(0.95)) return text;
  return chance.pick([
    ` ${text}\n`,
    `<!-- one -->${text}<!-- two -->`,
    `<![CDATA[${text}]]>`,
    [...text].map((letter) => `&#${letter.charCodeAt(0)};`).join(''),
    `${text.slice(0, 1)}<!-- between -->${text.slice(1)}`,
    `\t${text}`,
    `<?instruction here?>${text}`,
  ]);
}

/** Conditions of a profile; `isWrong` makes some that Maven refuses. */
export function activation(chance: Chance, isWrong: boolean): string {
  if (isWrong)
    return `<activation>${chance.pick(['<jdk>[a,b)</jdk>', '<property/>', '<property><name></name></property>', '<jdk>[1.7</jdk>'])}</activation>`;
  const conditions: string[] = [];
  if (chance.happens(0.3)) conditions.push(`<activeByDefault>${chance.pick(['true', 'true', 'false'])}</activeByDefault>`);
  if (chance.happens(0.4))
    conditions.push(
      `<jdk>${chance.pick(['17', '1.8', '[11,)', '!17', '!1.8', '(,11]', '[17,18)', '[1.7]', '[17]', '(17,)', '(,17]', '[1.8,17]', '17.0', '1', '[9,21)', ' 17 '])}</jdk>`,
    );
  if (chance.happens(0.25)) {
    const parts = [
      ['family', ['unix', 'windows', '!windows', 'mac', '!unix', 'Unix']],
      ['name', ['linux', 'Linux', '!Linux', 'Windows XP']],
      ['arch', ['amd64', 'x86', '!x86']],
    ] as const;
    conditions.push(
      `<os>${parts.map(([name, values]) => (chance.happens(0.5) ? `<${name}>${chance.pick(values)}</${name}>` : '')).join('')}</os>`,
    );
  }
  if (chance.happens(0.3)) {
    const name = chance.pick(['java.version', '!java.version', 'nope', '!nope', 'v', '!v', 'os.name', 'file.separator']);
    const value = chance.happens(0.5) ? `<value>${chance.pick(['17', '!17', 'Linux', '!Linux', '1', '!', ''])}</value>` : '';
    conditions.push(`<property><name>${name}</name>${value}</property>`);
  }
  if (chance.happens(0.2)) {
    const path = chance.pick(['/', '/opt/java/x', '${basedir}/pom.xml', '${project.basedir}/x', '/no/such', '${java.home}/lib', '${v}']);
    conditions.push(
      `<file><${chance.pick(['exists', 'missing'])}>${path}</${chance.pick(['exists'])}></file>`.replace(
        /<(exists|missing)>(.*)<\/exists>/,
        '<$1>$2</$1>',
      ),
    );
  }
  return `<activation>${conditions.join('')}</activation>`;
}

const mistakes = [
  (content: string) => `<project>${content}</project>`,
  (content: string) => `<project><modelVersion>4.1.0</modelVersion>${content}</project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}</project>tail`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}`,
  (content: string) => `<Project><modelVersion>4.0.0</modelVersion>${content}</Project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}<name>a</name><name>b</name></project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}<description>a & b</description></project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}<description>&unknown;</description></project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}<dependency/></project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}<description a="1" a="2"/></project>`,
  (content: string) => `<!DOCTYPE project [<!ENTITY e "x">]><project><modelVersion>4.0.0</modelVersion>${content}</project>`,
  (content: string) => `<project xmlns="urn:other"><modelVersion>4.0.0</modelVersion>${content}</project>`,
  (content: string) => ` \n<?xml version="1.0"?><project><modelVersion>4.0.0</modelVersion>${content}</project>`,
  (content: string) => `<?xml version="1.1"?><project><modelVersion>4.0.0</modelVersion>${content}</project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}<!-- a -- b --></project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>text${content}</project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}<description><b>bold</b></description></project>`,
  (content: string) => `<project><modelVersion> 4.0.0 </modelVersion>${content}<unknown><a/></unknown></project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}<!-- \u0001 --></project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}<a\u0001/></project>`,
  (content: string) => `<?xml version="1.0" encoding="UTF-16"?><project><modelVersion>4.0.0</modelVersion>${content}</project>`,
  () => '',
  () => '<html><body>404</body></html>',
];

const disguises = [
  (content: string) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<project xmlns="http://maven.apache.org/POM/4.0.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 http://maven.apache.org/xsd/maven-4.0.0.xsd"><modelVersion>4.0.0</modelVersion>${content}</project>\n`,
  (content: string) =>
    `<!-- first --><project child.project.url.inherit.append.path="false"><modelVersion>4.0.0</modelVersion>${content}</project><!-- last -->`,
  (content: string) => `<project><name>n &amp; m &copy; &#x41;</name>${content}<modelVersion>4.0.0</modelVersion></project>`,
  (content: string) => `<p:project xmlns:p="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>${content}</p:project>`,
  (content: string) => `\ufeff<project><modelVersion>4.0.0</modelVersion>${content}</project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content.replaceAll('><', '>\r\n  <')}</project>`,
  (content: string) =>
    `<project a="1"b='2'><modelVersion>4.0.0\u0001</modelVersion>${content.replaceAll('<version>', '<version>\u0002')}</project>`,
  (content: string) => `<project><modelVersion>4.0.0</modelVersion>${content}</project>\n<!DOCTYPE project>`,
  (content: string) =>
    `<project><modelVersion>4.0.0</modelVersion>${content}<build><plugins><plugin><artifactId>p</artifactId><configuration><dependencies><dependency>x</dependency></dependencies></configuration></plugin></plugins></build></project>`,
];

/** A POM of that content; `isWrong` makes one that Maven refuses, or nearly. */
export function disguise(chance: Chance, content: string, isWrong: boolean): string {
  if (isWrong) return chance.pick(mistakes)(content);
  return chance.happens(0.25) ? chance.pick(disguises)(content) : `<project><modelVersion>4.0.0</modelVersion>${content}</project>`;
}
