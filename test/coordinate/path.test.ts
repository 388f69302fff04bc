import { posix, win32 } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { parseCoordinate } from '../../src/maven/coordinate/parse.js';
import {
  artifactPath,
  encodePath,
  metadataPath,
  parseArtifactPath,
  pathFolder,
  snapshotMetadataPath,
} from '../../src/maven/coordinate/path.js';
import { toCoordinate } from '../../src/maven/coordinate/to-coordinate.js';
import { codePoint } from '../support/code-point.js';
import { coordinateArbitrary } from './arbitrary.js';

describe('repository paths', () => {
  it.each([
    ['org.clojure:clojure:1.11.1', 'org/clojure/clojure/1.11.1/clojure-1.11.1.jar'],
    ['g:a:pom:1', 'g/a/1/a-1.pom'],
    ['g.h:a-b:tar.gz:linux-x86_64:1.0', 'g/h/a-b/1.0/a-b-1.0-linux-x86_64.tar.gz'],
    ['g:a:jar:scala_2.12:1.0', 'g/a/1.0/a-1.0-scala_2.12.jar'],
    ['g:a:1.0-SNAPSHOT', 'g/a/1.0-SNAPSHOT/a-1.0-SNAPSHOT.jar'],
    ['g:a:jar:sources:1.0-20240101.010203-4', 'g/a/1.0-SNAPSHOT/a-1.0-20240101.010203-4-sources.jar'],
  ])('convert in both directions: %s', (text, path) => {
    const coordinate = parseCoordinate(text);
    expect(artifactPath(coordinate)).toBe(path);
    expect(parseArtifactPath(path)).toEqual(coordinate);
  });

  it('name a snapshot by its timestamp', () => {
    const coordinate = parseCoordinate('g:a:1.0-SNAPSHOT');
    expect(artifactPath(coordinate, '1.0-20240101.010203-4')).toBe('g/a/1.0-SNAPSHOT/a-1.0-20240101.010203-4.jar');
    expect(() => artifactPath(coordinate, '1.1-20240101.010203-4')).toThrow('timestamped');
    expect(() => artifactPath(coordinate, '../1.0-20240101.010203-4')).toThrow();
    expect(snapshotMetadataPath(coordinate)).toBe('g/a/1.0-SNAPSHOT/maven-metadata.xml');
    expect(snapshotMetadataPath(coordinate, 'clojars')).toBe('g/a/1.0-SNAPSHOT/maven-metadata-clojars.xml');
    expect(pathFolder(parseCoordinate('g:a:1.0-20240101.010203-4'))).toBe('g/a/1.0-SNAPSHOT');
  });

  it('exist for metadata of safe names only', () => {
    expect(metadataPath('org.clojure', 'clojure')).toBe('org/clojure/clojure/maven-metadata.xml');
    expect(metadataPath('g', 'a', 'my-repo')).toBe('g/a/maven-metadata-my-repo.xml');
    for (const id of ['../x', 'a/b', '', '.', 'a\u0000']) expect(() => metadataPath('g', 'a', id)).toThrow('repository id');
    expect(() => metadataPath('..', 'a')).toThrow();
    expect(() => metadataPath('g', 'a/..')).toThrow();
  });

  it.each(['g:a:RELEASE', 'g:a:[1,2)', 'g/a@^1', 'g/a@~1', 'g:a:LATEST'])('do not exist for %s', (text) => {
    expect(() => artifactPath(toCoordinate(text))).toThrow('resolved');
  });

  it.each([
    '',
    'a',
    'g/a/1/a-2.jar',
    'g/a/1/b-1.jar',
    'g/a/maven-metadata.xml',
    'g/a/1/a-1',
    'g/a/1/a-1-.jar',
    '../a/1/a-1.jar',
    'g/../1/..-1.jar',
    '/g/a/1/a-1.jar',
    'g//a/1/a-1.jar',
    'g/a/1/a-1x.jar',
    'g.h/a/1/a-1.jar',
    'g/a/1.0-SNAPSHOT/a-1.0-2024.jar',
    'g/a/1/a-1.jar/',
  ])('of %s are not those of an artifact', (path) => {
    expect(parseArtifactPath(path)).toBeNull();
  });

  it('never leave the root, for any coordinate at all', () => {
    const name = fc.oneof(
      fc.constantFrom('..', '.', '', 'a/../..', '..\\x', 'C:', 'con', 'g'),
      fc.string({ unit: codePoint, maxLength: 12 }),
      fc.constant('lib'),
    );
    fc.assert(
      fc.property(name, name, name, name, name, (group, artifact, version, classifier, extension) => {
        let path: string;
        try {
          path = artifactPath({ group, artifact, version, classifier, extension });
        } catch (error) {
          expect(isClojarsFetchError(error)).toBe(true);
          return;
        }
        expect(posix.join('/root', path)).toBe(`/root/${path}`);
        expect(win32.join('C:\\root', path)).toBe(`C:\\root\\${path.replaceAll('/', '\\')}`);
      }),
      { numRuns: 500 },
    );
  });

  it('lead safe coordinates beneath the root and through a URL unchanged', () => {
    fc.assert(
      fc.property(coordinateArbitrary, (coordinate) => {
        const path = artifactPath(coordinate);
        expect(posix.join('/root', path)).toBe(`/root/${path}`);
        const url = new URL(encodePath(path), 'https://host.invalid/base/');
        expect(url.href.startsWith('https://host.invalid/base/')).toBe(true);
        expect(decodeURIComponent(url.pathname)).toBe(`/base/${path}`);
        expect(url.pathname).not.toContain('+');
      }),
    );
  });

  it('give a coordinate with that path, or null, for any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          coordinateArbitrary.map((coordinate) => artifactPath(coordinate)),
        ),
        (path) => {
          const coordinate = parseArtifactPath(path);
          expect(coordinate === null || artifactPath(coordinate) === path).toBe(true);
        },
      ),
    );
  });

  it('are encoded in URLs', () => {
    expect(encodePath("g/a/18-ea+2/a-18-ea+2~'.jar")).toBe('g/a/18-ea%2B2/a-18-ea%2B2~%27.jar');
    for (const path of ['', 'a//b', '../a', 'a/./b', 'a\\b', 'a\u0000', '/a', 'a\ud800'])
      expect(() => encodePath(path)).toThrow('safe path');
  });
});
