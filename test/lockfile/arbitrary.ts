/** Valid lockfiles for property tests. */
import fc from 'fast-check';

import { createLockfile, type LockedFile, type Lockfile } from '../../src/local/lockfile/lockfile.js';
import { artifactPath } from '../../src/maven/coordinate/path.js';
import { levels } from '../../src/proof/level.js';
import { codePoint } from '../support/code-point.js';

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/).filter((text) => !/^(?:con|prn|aux|nul|com\d|lpt\d)$/.test(text));
const group = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('.'));
const version = fc.oneof(fc.stringMatching(/^[0-9]{1,2}(?:\.[0-9]{1,2}){0,2}$/), fc.constantFrom('1.0-alpha', '2~rc', '1+build'));
const extension = fc.constantFrom('jar', 'pom', 'zip');
const hex = fc.stringMatching(/^[0-9a-f]{64}$/);

const path = fc.record({ group, artifact: word, version, extension }).map((coordinate) => artifactPath(coordinate));
const fingerprint = fc.oneof(fc.stringMatching(/^[0-9A-F]{40}$/), fc.stringMatching(/^[0-9A-F]{64}$/));
const signers = fc.oneof(
  fc.constant({ signer: null, seenSigner: null }),
  fingerprint.map((signer) => ({ signer, seenSigner: null })),
  fc.oneof(fingerprint, fc.stringMatching(/^[0-9A-F]{16}$/)).map((seenSigner) => ({ signer: null, seenSigner })),
);
const file: fc.Arbitrary<LockedFile> = fc
  .record({
    path,
    sha256: hex,
    size: fc.nat(),
    repository: fc.oneof(fc.constant(null), fc.constantFrom('central', 'clojars', '-', 'a%b', 'münchen')),
    level: fc.constantFrom(...levels),
    signers,
  })
  .map(({ signers: by, ...rest }) => ({ ...rest, ...by }));

export const lockfiles: fc.Arbitrary<Lockfile> = fc
  .record({
    graphs: fc.array(hex, { maxLength: 3 }),
    roots: fc.array(fc.oneof(fc.string({ minLength: 1 }), fc.string({ minLength: 1, unit: codePoint })), { maxLength: 4 }),
    versions: fc.array(
      fc.record({
        requested: fc.record({
          group,
          artifact: word,
          version: fc.constantFrom('RELEASE', 'LATEST', '[1,2)', '[1, 2)', '^1.2', '~1', '=4.x', '1.0 - 2.0', '1.0-SNAPSHOT'),
          extension,
          classifier: fc.constantFrom('', 'sources'),
        }),
        chosen: fc.oneof(version, fc.constant('1.0-20240102.030405-7')),
      }),
      { maxLength: 4 },
    ),
    ranges: fc.array(fc.record({ group, artifact: word, version }), { maxLength: 4 }),
    absent: fc.array(path, { maxLength: 3 }),
    files: fc.array(file, { maxLength: 8 }),
  })
  // A file that is present is not absent.
  .map((given) => createLockfile({ ...given, absent: given.absent.filter((one) => !given.files.some((other) => other.path === one)) }));
