import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';

import { parseTarget, type Target, targetParser } from '../../../src/app/proxy/http/target.js';
import { createChance } from '../../support/chance.js';
import { codePoint } from '../../support/code-point.js';
import { referenceTarget } from './reference-target.js';

const repositories = ['central', 'clojars', 'all'];
const parse = (target: string): Target => parseTarget(target, repositories);

/** One line for each kind of result, so that tables stay readable. */
function line(target: Target): string {
  switch (target.kind) {
    case 'root':
      return 'root';
    case 'service':
      return `service ${target.name}`;
    case 'folder':
      return `folder ${target.repository} ${target.path}`;
    case 'file':
      return `${target.file.kind} ${target.repository} ${target.path}${target.checksum === null ? '' : ` ${target.checksum}`}`;
    case 'refused':
      return `${target.problem.status} ${target.problem.reason}`;
  }
}

describe('targets that name something', () => {
  it.each([
    ['/', 'root'],
    ['/?x=1', 'root'],
    ['/-/health', 'service health'],
    ['/-/metrics', 'service metrics'],
    ['/-/status?x', 'service status'],
    ['/clojars', 'folder clojars '],
    ['/clojars/', 'folder clojars '],
    ['/clojars/org/clojure/', 'folder clojars org/clojure'],
    ['/central/org/clojure/clojure/1.11.1/clojure-1.11.1.jar', 'artifact central org/clojure/clojure/1.11.1/clojure-1.11.1.jar'],
    ['/central/org/clojure/clojure/1.11.1/clojure-1.11.1.jar?q#', 'artifact central org/clojure/clojure/1.11.1/clojure-1.11.1.jar'],
    ['/central/org/clojure/clojure/1.11.1/clojure-1.11.1.pom.sha1', 'artifact central org/clojure/clojure/1.11.1/clojure-1.11.1.pom sha1'],
    ['/central/g/a/1/a-1.module', 'artifact central g/a/1/a-1.module'],
    ['/central/g/a/1/a-1.jar.asc', 'artifact central g/a/1/a-1.jar.asc'],
    ['/central/g/a/1/a-1.jar.asc.md5', 'artifact central g/a/1/a-1.jar.asc md5'],
    ['/central/g/a/1/a-1-sources.jar.sha256', 'artifact central g/a/1/a-1-sources.jar sha256'],
    ['/central/g/a/1/a-1.jar.sha512', 'artifact central g/a/1/a-1.jar sha512'],
    ['/all/g/a/1.0%2B2/a-1.0%2b2.jar', 'artifact all g/a/1.0+2/a-1.0+2.jar'],
    ['/clojars/g/a/1-SNAPSHOT/a-1-20240101.010203-4.jar', 'artifact clojars g/a/1-SNAPSHOT/a-1-20240101.010203-4.jar'],
    ['/clojars/g/a/1-SNAPSHOT/a-1-SNAPSHOT.jar', 'artifact clojars g/a/1-SNAPSHOT/a-1-SNAPSHOT.jar'],
    ['/clojars/g/a/maven-metadata.xml', 'metadata clojars g/a/maven-metadata.xml'],
    ['/clojars/g/maven-metadata.xml', 'metadata clojars g/maven-metadata.xml'],
    ['/clojars/g/a.b/maven-metadata.xml.sha1', 'metadata clojars g/a.b/maven-metadata.xml sha1'],
    ['/clojars/g/h/a/1-SNAPSHOT/maven-metadata.xml', 'metadata clojars g/h/a/1-SNAPSHOT/maven-metadata.xml'],
    ['/central/archetype-catalog.xml', 'document central archetype-catalog.xml'],
    ['/central/.meta/prefixes.txt', 'document central .meta/prefixes.txt'],
    ['/clojars/all-poms.txt.gz.sha1', 'document clojars all-poms.txt.gz sha1'],
    ['/clojars/feed.clj.gz', 'document clojars feed.clj.gz'],
  ])('%s', (target, expected) => {
    expect(line(parse(target))).toBe(expected);
  });

  it('carry the coordinate of an artifact, with the timestamp of a snapshot', () => {
    const target = parse('/clojars/g/h/a/1-SNAPSHOT/a-1-20240101.010203-4-sources.jar');
    expect(target.kind === 'file' && target.file).toEqual({
      kind: 'artifact',
      coordinate: { group: 'g.h', artifact: 'a', version: '1-20240101.010203-4', classifier: 'sources', extension: 'jar' },
    });
  });
});

describe('targets that are refused', () => {
  it.each([
    ['', '400 unsafe-path'],
    ['*', '400 unsafe-path'],
    ['http://127.0.0.1/clojars/', '400 unsafe-path'],
    ['clojars/', '400 unsafe-path'],
    ['/clojars/../etc/passwd', '400 unsafe-path'],
    ['/clojars/..', '400 unsafe-path'],
    ['/clojars/./a', '400 unsafe-path'],
    ['/clojars/%2e%2e/a', '400 unsafe-path'],
    ['/clojars/.%2E/a', '400 unsafe-path'],
    ['/clojars/%252e%252e/a', '400 unsafe-path'],
    ['/clojars/..%2fa', '400 unsafe-path'],
    ['/clojars/g%2Fa/1/a-1.jar', '400 unsafe-path'],
    ['/clojars/g%5ca', '400 unsafe-path'],
    ['/clojars/..\\a', '400 unsafe-path'],
    ['/clojars/g/a/1/a-1.jar%00', '400 unsafe-path'],
    ['/clojars/g/a/1/a-1.jar\u0000', '400 unsafe-path'],
    ['/clojars/g/a/1/a-1.jar%0d%0aX: y', '400 unsafe-path'],
    ['/clojars/g/a/1/a-1.jar;x=1', '400 unsafe-path'],
    ['/clojars/g/a/1/a-1.jar%3bx', '400 unsafe-path'],
    ['/clojars/g/a/1/a-1.jar#x', '400 unsafe-path'],
    ['/clojars/%c0%ae%c0%ae/a', '400 unsafe-path'],
    ['/clojars/%e0%80%af', '400 unsafe-path'],
    ['/clojars/%ed%a0%80', '400 unsafe-path'],
    ['/clojars/%', '400 unsafe-path'],
    ['/clojars/%zz', '400 unsafe-path'],
    ['/clojars//g/a/1/a-1.jar', '400 unsafe-path'],
    ['//clojars/g', '400 unsafe-path'],
    ['/-/', '404 not-maven'],
    ['/-/passwd', '404 not-maven'],
    ['/-/health/', '404 not-maven'],
    ['/favicon.ico', '404 unknown-repository'],
    ['/Clojars/g/a/1/a-1.jar', '404 unknown-repository'],
    ['/__proto__/x', '404 unknown-repository'],
    ['/clojars/g/a/RELEASE/a-RELEASE.jar', '404 version'],
    ['/clojars/g/a/LATEST/a-LATEST.pom.sha1', '404 version'],
    ['/clojars/g/a/%5B1,2)/a-%5B1,2).jar', '404 version'],
    ['/clojars/g/a/1/b-1.jar', '404 not-maven'],
    ['/clojars/g/a/1/a-2.jar', '404 not-maven'],
    ['/clojars/g/a/1/a-1', '404 not-maven'],
    ['/clojars/g/a/1/a-1.', '404 not-maven'],
    ['/clojars/g/a/1/a-1.sha1', '404 not-maven'],
    ['/clojars/g/a/1/a-1.jar.sha1.sha1', '404 not-maven'],
    ['/clojars/g/a/1/a-1.jar.sha1.asc', '404 not-maven'],
    ['/clojars/g/a/1/_remote.repositories', '404 not-maven'],
    ['/clojars/g/a/1/a%201.jar', '404 not-maven'],
    ['/clojars/g/a/1/con/a-1.jar', '404 not-maven'],
    ['/clojars/g.h/a/1/a-1.jar', '404 not-maven'],
    ['/clojars/g/a/1-20240101.010203-4/a-1-20240101.010203-4.jar', '404 not-maven'],
    ['/clojars/g/a/1-SNAPSHOT/a-2-20240101.010203-4.jar', '404 not-maven'],
    ['/clojars/g/a/1-20240101.010203-4/maven-metadata.xml', '404 not-maven'],
    ['/clojars/maven-metadata.xml', '404 not-maven'],
    ['/clojars/g.h/maven-metadata.xml', '404 not-maven'],
    ['/clojars/g/.a/maven-metadata.xml', '404 not-maven'],
    ['/clojars/g/a/maven-metadata-central.xml', '404 not-maven'],
    ['/clojars/.meta/other.txt', '404 not-maven'],
    ['/clojars/g/archetype-catalog.xml', '404 not-maven'],
    ['/clojars/robots.txt', '404 not-maven'],
    ['/clojars/%e1%8e%a3/a/1/a-1.jar', '404 not-maven'],
    ['/clojars/Ꮳ/a/1/a-1.jar', '400 unsafe-path'],
    ['/clojars/g/a/1/a 1.jar', '400 unsafe-path'],
  ])('%s', (target, expected) => {
    expect(line(parse(target))).toBe(expected);
  });

  it('are too long', () => {
    for (const path of ['a/'.repeat(32_768), 'a'.repeat(2_000), 'a/'.repeat(600), `${'a/'.repeat(600)}maven-metadata.xml`]) {
      expect(line(parse(`/clojars/${path}`))).toBe('414 too-long');
    }
  });

  test('an unknown repository names the known ones and the nearest', () => {
    const target = parse('/clojar/g/a/1/a-1.jar');
    expect(target.kind === 'refused' && target.problem).toMatchObject({
      status: 404,
      detail: 'there is no repository clojar; the repositories are /central/, /clojars/, /all/',
      hint: 'Did you mean /clojars/?',
    });
  });
});

/** Pieces of targets, good and bad; joined by chance. */
const pieces = [
  '/', '/', '/', '/', 'clojars', 'central', 'all', '-', 'health', 'org', 'clojure', 'g', 'a', '1', '1.0', 'a-1', 'a-1.jar', 'a-1.pom',
  'maven-metadata.xml', '1-SNAPSHOT', 'a-1-SNAPSHOT.jar', 'a-1-20240101.010203-4.jar', '.sha1', '.md5', '.asc', '.', '..', '...', '%2e', '%2E%2e',
  '%2f', '%5c', '\\', '%00', '%', '%25', '%252e', '%c0%ae', '%ff', ';', '?', '#', ' ', '+', '%2B', '~', '\u0000', '\r\n', 'RELEASE', 'LATEST',
  'con', 'nul.jar', 'é', '%C3%A9', '\ud800', '.meta', 'prefixes.txt', '://', 'http:', '@', ':', '*', '\u202e', 'a-RELEASE.jar', '$', "'", '=', '!',
]; // prettier-ignore

describe('any target', () => {
  it('is read as the reference reads it, and never leads outside', () => {
    const chance = createChance(20_261_129);
    for (let round = 0; round < 20_000; round += 1) {
      const start = chance.happens(0.8) ? `/${chance.pick(repositories)}` : '';
      const target = start + Array.from({ length: chance.below(12) }, () => chance.pick(pieces)).join(chance.happens(0.3) ? '/' : '');
      check(target);
    }
  });

  it('of arbitrary characters is read without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 80 }), (text) => check(`/clojars/${text}`)),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 80 }), (text) => check(text)),
      { numRuns: 2_000 },
    );
  });

  it('of a path of the layout is accepted', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/).filter((text) => !/^(?:con|prn|aux|nul)$/.test(text));
    fc.assert(
      fc.property(name, name, name, fc.constantFrom('jar', 'pom', 'module', 'jar.asc'), (group, artifact, version, extension) => {
        const target = `/clojars/${group}/${artifact}/${version}/${artifact}-${version}.${extension}`;
        expect(line(parse(target))).toBe(`artifact clojars ${target.slice('/clojars/'.length)}`);
        check(target);
      }),
    );
  });
});

const remembering = targetParser(repositories);

/** Compares first and asserts only then: an assertion for each of 24,000 targets would take seconds. */
function check(target: string): void {
  const found = parse(target);
  const read = line(found).replace(/^4\d\d .*/, 'refused');
  const expected = referenceTarget(target, repositories);
  if (read !== expected) expect([target, read]).toEqual([target, expected]);
  if (line(remembering(target)) !== line(found)) expect(remembering(target)).toEqual(found);
  if (found.kind !== 'file' && found.kind !== 'folder') return;
  const isInside = repositories.includes(found.repository) && !/[\u0000-\u001f\\%;#]|^\/|\/$|\/\/|(?:^|\/)\.{1,2}(?:\/|$)/.test(found.path);
  if (!isInside) expect([target, found]).toBe('inside the repository');
}
