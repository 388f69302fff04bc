/** XML bombs and external entities, in POMs and metadata, and other input that keeps a parser busy for hours. */
import { describe, expect } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { greeter, metadata } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';
import { forge, it } from './stage.js';

const repetitions = 1 << 18;
const laughs = (name: string): string =>
  `<!DOCTYPE ${name} [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 20 }, (_, index) => `<!ENTITY b${index} "${`&${index === 0 ? 'a' : `b${index - 1}`};`.repeat(10)}">`).join('')}]>`;
const external = (name: string, url: string): string =>
  `<!DOCTYPE ${name} SYSTEM "${url}dtd" [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "${url}entity"><!ENTITY % p SYSTEM "${url}parameter">%p;]>`;

/** Input that a parser may choke on, inside a root of this name. Each is at most two megabytes; eight are the limit for a file. */
const bombs: readonly (readonly [string, (name: string) => string])[] = [
  ['a billion laughs', (name) => `${laughs(name)}<${name}>&b19;</${name}>`],
  ['quadratic entities', (name) => `<!DOCTYPE ${name} [<!ENTITY a "${'a'.repeat(100_000)}">]><${name}>${'&a;'.repeat(100_000)}</${name}>`],
  ['depth', (name) => `<${name}>${'<a>'.repeat(repetitions)}`],
  ['many attributes of one element', (name) => `<${name} ${Array.from({ length: 100_000 }, (_, index) => `a${index}="1"`).join(' ')}/>`],
  ['elements', (name) => `<${name}>${'<a/>'.repeat(repetitions)}</${name}>`],
  ['many character references', (name) => `<${name}>${'&#65;'.repeat(repetitions)}</${name}>`],
  ['one long name', (name) => `<${name}><${'a'.repeat(7 * repetitions)}/></${name}>`],
  ['one long attribute', (name) => `<${name} a="${'a'.repeat(7 * repetitions)}"/>`],
  ['one long text', (name) => `<${name}><version>${'1'.repeat(7 * repetitions)}</version></${name}>`],
  ['comments', (name) => `<${name}>${'<!---->'.repeat(repetitions)}</${name}>`],
  ['an endless comment', (name) => `<${name}><!--${'-'.repeat(repetitions)}`],
  ['an endless DOCTYPE', (name) => `<!DOCTYPE ${name} [${'<!ENTITY a "b">'.repeat(125_000)}`],
  ['white space', (name) => `${' '.repeat(7 * repetitions)}<${name}/>`],
  ['an endless CDATA section', (name) => `<${name}><![CDATA[${']]'.repeat(repetitions)}`],
  ['many processing instructions', (name) => `<${name}>${'<?a ?>'.repeat(repetitions)}</${name}>`],
];

describe('XML bombs', () => {
  it.for(bombs)('%s, as a POM', { timeout: 60_000 }, async ([_name, make], { stage }) => {
    const server = await stage.serve(forge(world('app:1'), { [pathOf('app', '1', 'pom')]: make('project') }));
    const ended = await stage
      .against(server.url, [], { timeoutMs: 40_000 })
      .resolveDependencies(['g:app:1'], { download: false })
      .catch((error: unknown) => error);
    // Refused, or read as a POM without content; not the deadline.
    if (ended instanceof Error) expect(isClojarsFetchError(ended) && ended.reason !== 'timeout').toBe(true);
    else expect(ended).toMatchObject({ dependencies: [{ coordinate: 'g:app:1' }] });
  });

  it.for(bombs)('%s, as metadata', { timeout: 60_000 }, async ([_name, make], { stage }) => {
    const server = await stage.serve(forge(greeter(), { [metadata]: make('metadata') }));
    const ended = await stage
      .against(server.url, [], { timeoutMs: 40_000 })
      .resolveVersions('org.example:greeter')
      .catch((error: unknown) => error);
    if (ended instanceof Error) expect(isClojarsFetchError(ended) && ended.reason !== 'timeout').toBe(true);
    else expect(ended).toMatchObject({ versions: [] });
  });
});

describe('external entities', () => {
  it('are never read from the disk or requested', async ({ stage }) => {
    let asked = 0;
    const elsewhere = await stage.hostile((_path, _request, response) => {
      asked += 1;
      response.end('<!ENTITY z "owned">');
    }, 'http');
    const pom = `${external('project', elsewhere)}<project xmlns:xi="http://www.w3.org/2001/XInclude"><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>app</artifactId><version>1</version><name>&x;&y;</name><xi:include href="${elsewhere}include"/></project>`;
    const quiet = pom.replace('&x;&y;', 'x');
    for (const [index, text] of [pom, quiet].entries()) {
      const server = await stage.serve(
        forge(forge(world('app:1'), { [pathOf('app', '1', 'pom')]: text }), { [metadata]: text.replaceAll('project', 'metadata') }),
      );
      const client = stage.against(server.url, [], { localRepository: `${stage.m2}-${index}` });
      const ended = await client.resolveDependencies(['g:app:1'], { download: false }).catch((error: unknown) => error);
      await client.resolveVersions('org.example:greeter').catch(() => undefined);
      expect(JSON.stringify([ended, stage.events])).not.toContain('root:');
    }
    expect(asked).toBe(0);
  });
});

describe('growing values', () => {
  const project = (elements: string): string =>
    `<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>app</artifactId><version>1</version>${elements}</project>`;
  const doubling = Array.from({ length: 60 }, (_, index) => `<p${index + 1}>\${p${index}}\${p${index}}</p${index + 1}>`).join('');
  it.for([
    [
      'properties that double',
      project(
        `<properties><p0>aaaaaaaaaa</p0>${doubling}</properties><dependencies><dependency><groupId>g</groupId><artifactId>\${p60}</artifactId><version>1</version></dependency></dependencies>`,
      ),
    ],
    [
      'properties that refer to each other',
      project(
        '<properties><a>${b}</a><b>${a}</b></properties><dependencies><dependency><groupId>${a}</groupId><artifactId>x</artifactId><version>1</version></dependency></dependencies>',
      ),
    ],
    [
      'a version of a million digits',
      project(
        `<dependencies><dependency><groupId>g</groupId><artifactId>x</artifactId><version>[${'1'.repeat(500_000)},${'2'.repeat(500_000)}]</version></dependency></dependencies>`,
      ),
    ],
    [
      'a range of a hundred thousand parts',
      project(
        `<dependencies><dependency><groupId>g</groupId><artifactId>x</artifactId><version>${Array.from({ length: 100_000 }, (_, index) => `[${index}]`).join(',')}</version></dependency></dependencies>`,
      ),
    ],
    [
      'fifty thousand dependencies',
      project(
        `<dependencyManagement><dependencies>${Array.from({ length: 50_000 }, (_, index) => `<dependency><groupId>g</groupId><artifactId>a${index}</artifactId><version>1</version></dependency>`).join('')}</dependencies></dependencyManagement>`,
      ),
    ],
  ] as const)('%s', async ([_name, text], { stage }) => {
    const server = await stage.serve(forge(world('app:1'), { [pathOf('app', '1', 'pom')]: text }));
    const ended = await stage
      .against(server.url, [], { timeoutMs: 40_000 })
      .resolveDependencies(['g:app:1'], { download: false })
      .catch((error: unknown) => error);
    if (ended instanceof Error) {
      expect(isClojarsFetchError(ended) && ended.reason !== 'timeout').toBe(true);
      expect(ended.message.length).toBeLessThan(4_000);
    }
  });

  it.for([
    ['long ones, equal except for their end', Array.from({ length: 4_000 }, (_, index) => `${'1-a.'.repeat(50)}${index}`)],
    ['numbers of 250 digits', Array.from({ length: 4_000 }, (_, index) => `1.${'9'.repeat(240)}${index}`)],
    ['fifteen thousand', Array.from({ length: 15_000 }, (_, index) => `1.${index}.x-y+z`)],
    ['only separators', Array.from({ length: 4_000 }, (_, index) => `1${'.-_'.repeat(60)}${index}`)],
  ] as const)('versions that are hard to compare: %s', { timeout: 150_000 }, async ([_name, hard], { stage }) => {
    // A sort that compares all pairs takes far longer: the deadline distinguishes it from a busy machine.
    const xml = `<metadata><versioning><versions>${hard.map((version) => `<version>${version}</version>`).join('')}</versions></versioning></metadata>`;
    const server = await stage.serve(forge(greeter(), { [metadata]: xml }));
    const client = stage.against(server.url, [], { timeoutMs: 15_000 });
    expect((await client.resolveVersions('org.example:greeter')).versions).toHaveLength(hard.length);
    for (const wanted of [
      'org.example:greeter:[1.0,2.0)',
      'org.example/greeter@^1.2',
      'org.example/greeter@>=1.0 <2.0 || ~3.1',
      'org.example:greeter:LATEST',
    ]) {
      // Most are missing, and some are not coordinates; none of them takes forever.
      const ended = await client.resolveArtifact(wanted).catch((error: unknown) => error);
      expect(isClojarsFetchError(ended) && ended.reason !== 'timeout' ? 'an end' : ended).toBe('an end');
    }
  });
});
