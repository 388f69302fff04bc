/** Hostile coordinates sent through the public API. Used by the soak run as well. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';

import { createClient } from '../../src/app/client/client.js';
import { isBeneath } from '../../src/base/disk/beneath.js';
import { isClojarsFetchError } from '../../src/base/error.js';
import type { Coordinate } from '../../src/maven/coordinate/coordinate.js';
import { codePoint } from '../support/code-point.js';
import { createTemporaryFolder } from '../support/folder.js';

/** Characters that text shown to a person must not hold: they move the cursor of a terminal, or reorder or hide text. */
export const unsafeText = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

const pieces = [
  '..',
  '../',
  '..\\',
  '/',
  '\\',
  '//',
  '%2e%2e%2f',
  '%00',
  '\u0000',
  '\n',
  '\r\n',
  '\t',
  '\u001b[2J',
  '\u001b]0;owned\u0007',
  '\u009b31m',
  '\u202e',
  '\u200b',
  '\ufeff',
  'con',
  'NUL',
  'aux.jar',
  'com1',
  'lpt9.txt',
  'conin$',
  'C:',
  'C:\\x',
  '\\\\server\\share',
  '/etc/passwd',
  '~',
  '~root',
  '-',
  '--offline',
  '.',
  '...',
  ':',
  '::',
  ':::::',
  '@',
  '#',
  'org.example',
  'lib',
  '1.0',
  'jar',
  'org/example',
  '1.0-SNAPSHOT',
  'RELEASE',
  '[1,2)',
  '[',
  '(,',
  '^1',
  '>=1 <2',
  '{:mvn/version "1.0"}',
  '[org.example/lib "1.0"]',
  '{',
  '"',
  "'",
  ';',
  '`id`',
  '$(id)',
  '${user.home}',
  '\ud800',
  'é',
  '漢',
  ' ',
  '*',
  '?',
  '|',
  '<',
  '>',
  '.clojars-fetch-locks',
  '_remote.repositories',
  'maven-metadata-local.xml',
  '.git',
  '__proto__',
  'constructor',
];
const piece = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...pieces) },
  { weight: 1, arbitrary: fc.string({ unit: codePoint, maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);
const text = fc.oneof(
  { weight: 6, arbitrary: fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')) },
  { weight: 3, arbitrary: fc.array(piece, { minLength: 2, maxLength: 6 }).map((parts) => parts.join(':')) },
  { weight: 1, arbitrary: fc.tuple(piece, fc.integer({ min: 100, max: 3000 })).map(([part, times]) => part.repeat(times)) },
);

/** A text, or a coordinate of five parts. */
export const hostileArbitrary: fc.Arbitrary<string | Coordinate> = fc.oneof(
  { weight: 3, arbitrary: text },
  {
    weight: 2,
    arbitrary: fc.record({
      group: fc.oneof(fc.constant('org.example'), text),
      artifact: fc.oneof(fc.constant('lib'), text),
      version: fc.oneof(fc.constant('1.0'), text),
      extension: fc.oneof(fc.constant('jar'), text),
      classifier: fc.oneof(fc.constant(''), text),
    }),
  },
);

/** Describes what is wrong with the answer to a hostile coordinate; null if nothing is. */
export type HostileCheck = (wanted: string | Coordinate) => Promise<string | null>;

/**
 * Lends a check that asks an offline client with an empty local repository. Every answer must be an error of this package whose text is
 * short and safe to show and names no path outside the local repository; and nothing may be written.
 */
export async function withHostileCheck<T>(work: (check: HostileCheck) => Promise<T>): Promise<T> {
  const { path: folder, remove } = await createTemporaryFolder();
  const root = join(folder, 'repository');
  await mkdir(root);
  const client = createClient({
    localRepository: root,
    cacheFolder: join(folder, 'cache'),
    stateFolder: join(folder, 'state'),
    offline: true,
    settings: false,
  });
  try {
    const result = await work(async (wanted) => {
      try {
        await client.resolveArtifact(wanted);
        return 'resolved, although nothing is there';
      } catch (error) {
        if (!isClojarsFetchError(error))
          return `not a ClojarsFetchError: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
        if (!['ERR_COORDINATE', 'ERR_RANGE', 'ERR_OFFLINE', 'ERR_NOT_FOUND'].includes(error.code)) return `${error.code}: ${error.message}`;
        const shown = `${error.message}\n${error.hint ?? ''}\n${error.coordinate ?? ''}`;
        if (unsafeText.test(shown)) return `unsafe text: ${JSON.stringify(shown)}`;
        if (shown.length > 8_000) return `${shown.length} characters of message`;
        if (error.path !== undefined && !isBeneath(root, error.path)) return `a path outside: ${JSON.stringify(error.path)}`;
        return null;
      }
    });
    const left = (await readdir(folder, { recursive: true })).filter((name) => !/^(repository|cache|state)$/.test(name));
    if (left.length > 0) throw new Error(`something was written: ${JSON.stringify(left)}`);
    return result;
  } finally {
    await client.close();
    await remove();
  }
}
