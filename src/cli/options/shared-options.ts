/** The options that most verbs accept: where files come from, how they are verified, and what is printed. */

import { checksumPolicies, comparisonModes, signatureModes, trustLevels, trustModelNames, weakPolicies } from '../../base/words.js';
import { choice, flag, valued } from './option.js';
import { allTexts, lastText, pairs, repositoryPairs, seconds, wholeNumber } from './values.js';

export const lockfileOptions = {
  lockfile: valued(
    'lockfile',
    'FILE',
    null,
    "Use the checksums in this lockfile as pins; 'lock' writes it (default with lock and --frozen: clojars-fetch.lock)",
    lastText,
  ),
  frozen: flag('frozen', null, 'Use only what is in the lockfile: refuse any other file, and request no metadata'),
};

export const sourceOptions = {
  repositories: valued('repo', 'ID=URL', null, 'Use this repository instead of the default ones (repeatable, in order)', repositoryPairs),
  mirrors: valued(
    'mirror',
    'ID=URL',
    null,
    'Add a mirror to a repository (repeatable, in order)',
    pairs('clojars=https://mirror.example.org/clojars/'),
  ),
  repositoryFor: valued(
    'repo-for',
    'GROUP=ID',
    null,
    'Bind a group to a repository; GROUP may end in .* (repeatable)',
    pairs('org.example=clojars'),
  ),
  localRepository: valued(
    'local-repo',
    'DIR',
    null,
    'The local repository (default: the one in settings.xml, else ~/.m2/repository)',
    lastText,
  ),
  offline: flag('offline', null, 'Use only the local repository'),
  timeoutMs: valued('timeout', 'SECONDS', null, 'Time limit for the whole call (default: 300)', seconds),
  firstByteTimeoutMs: valued(
    'first-byte-timeout',
    'SECONDS',
    null,
    'Ask the next mirror if no answer has begun after this time (default: 5)',
    seconds,
  ),
  concurrency: valued('concurrency', 'NUMBER', null, 'HTTP/1.1 connections per host (default: 48)', wholeNumber(1, 1000)),
  pomEnvironment: valued(
    'pom-env',
    'NAME',
    null,
    'Let POMs read this environment variable, in addition to JAVA_HOME (repeatable)',
    allTexts,
  ),
};

export const verificationOptions = {
  level: choice('level', 'LEVEL', null, 'Minimum level of proof', trustLevels),
  checksums: choice('checksums', 'POLICY', null, 'What to do if a checksum is missing', checksumPolicies, { fail: 'default' }),
  acceptMirrorChecksums: flag(
    'accept-mirror-checksums',
    null,
    "Accept an untrusted mirror's own checksums if the canonical operator cannot be reached",
  ),
  quorum: valued(
    'quorum',
    'NUMBER',
    null,
    'Require this many independent operators to publish the same checksum of each file',
    wholeNumber(2, 16),
  ),
  compareRepositories: choice(
    'compare-repositories',
    'WHICH',
    null,
    'Warn if a later repository has a different file of the same name',
    comparisonModes,
    { public: 'default; only files from Central and Clojars' },
  ),
  trustedChecksums: valued(
    'trusted-checksums',
    'FILE',
    null,
    'Use the checksums in this file as pins; it has the format of sha256sum or sha512sum (repeatable)',
    allTexts,
  ),
  signatures: choice('signatures', 'MODE', null, 'Check PGP signatures', signatureModes, { off: 'default' }),
  trustModel: choice('trust-model', 'MODEL', null, 'Whose signatures are trusted', trustModelNames, {
    keyring: 'any key in your keyrings',
    'web-of-trust': 'default, as in GnuPG',
    'key-map': 'default with --key-map',
  }),
  keyrings: valued(
    'keyring',
    'PATH',
    null,
    "Read keys from a GnuPG home, a file or a folder (repeatable; default: the store of 'keys' and GnuPG's home)",
    allTexts,
  ),
  keyMaps: valued(
    'key-map',
    'FILE',
    null,
    "Read from this file which keys may sign which groups, in pgpverify's, Gradle's or our own format (repeatable)",
    allTexts,
  ),
  signatureStores: valued('signature-store', 'URL', null, 'Also look for signatures here: a URL or a folder (repeatable)', allTexts),
  weak: choice('weak', 'POLICY', null, 'How to treat signatures made with weak algorithms such as SHA-1', weakPolicies, {
    warn: 'default',
  }),
  weakUntil: valued('weak-until', 'DATE', null, 'Accept weak signatures made up to this date', lastText),
  acceptSigners: valued(
    'accept-signer',
    'GROUP:ARTIFACT=FINGERPRINT',
    null,
    "Accept this key as the signer of an artifact from now on; 'none' accepts unsigned releases (repeatable)",
    pairs('org.example:lib=0123456789ABCDEF0123456789ABCDEF01234567'),
  ),
  paranoid: flag('paranoid', null, 'Hash local files again instead of trusting the verification cache'),
};

export const outputOptions = {
  configurationFile: valued('config', 'FILE', null, 'Read this configuration file', lastText),
  settingsFile: valued('settings', 'FILE', null, 'Read this file instead of ~/.m2/settings.xml', lastText),
  noConfiguration: flag('no-config', null, 'Read no settings.xml, and no configuration file except the one given by --config'),
  json: flag('json', null, 'Print one JSON document to stdout'),
  quiet: flag('quiet', null, 'Print no progress, notes or warnings', 'q'),
  verbose: flag('verbose', null, 'Print every attempt: what was tried, what failed and why, and how each file was verified', 'v'),
  color: choice('color', 'WHEN', null, 'Use colors', ['auto', 'always', 'never'], { auto: 'default; respects NO_COLOR' }),
  help: flag('help', null, 'Print help; after a verb, the help of that verb', 'h'),
  version: flag('version', null, 'Print the version', 'V'),
};
