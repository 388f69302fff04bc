/** Converts Gradle's verification-metadata.xml to a key map, with the meaning that Gradle gives it (`DependencyVerifier`). */
import { createHash } from 'node:crypto';

import { escapeForDisplay } from '../../../base/escape.js';
import { baseVersion } from '../../../maven/version/snapshot.js';
import type { SignedSubject } from '../../signed-subject.js';
import { isFingerprint } from '../model/key-fingerprint.js';
import { fileNameOf, type FilePins, type KeyMap, type KeyMapEntry, noAllowance, type SubjectPattern } from '../model/key-map.js';
import { keyMapError, placeIn } from '../model/key-map-error.js';
import { compileRegularExpression, RegularExpressionError, type TextMatcher } from '../model/regular-expression.js';
import type { GradleArtifact, GradleComponent, GradlePattern, VerificationMetadata } from './verification-metadata.js';

const nothing = { ...noAllowance, fingerprints: [], anyKey: false, ignoredKeys: [] };
const everything: SubjectPattern = { text: '*', group: null, matches: () => true };

export interface GradleKeyMapOptions {
  /** Name for messages. */
  readonly source: string;
  /**
   * How to treat a regular expression that is not supported here. `refuse`: throw, since trust depends on it. `match-nothing`: only for
   * adding to the file, where naming a key once more does no harm.
   */
  readonly unreadableExpressions: 'refuse' | 'match-nothing';
}

/** @throws ClojarsFetchError ERR_CONFIG, reason `bad-value`: an unsupported expression */
export function keyMapOfVerificationMetadata(metadata: VerificationMetadata, options: GradleKeyMapOptions): KeyMap {
  const { source } = options;
  const entries: KeyMapEntry[] = [];
  for (const artifact of metadata.trustedArtifacts) {
    // Gradle ignores every failure for these artifacts.
    entries.push({
      ...nothing,
      missing: true,
      unknownKey: true,
      bad: true,
      untrusted: true,
      pattern: patternOf(artifact, options),
      place: placeIn(source, 'trusted-artifacts'),
    });
  }
  if (metadata.ignoredKeys.length > 0)
    entries.push({
      ...nothing,
      ignoredKeys: metadata.ignoredKeys.map((key) => key.id),
      pattern: everything,
      place: placeIn(source, 'ignored-keys'),
    });
  for (const key of metadata.trustedKeys)
    entries.push({ ...nothing, ...splitKeys([key.id]), pattern: patternOf(key, options), place: placeIn(source, 'trusted-keys') });
  for (const component of metadata.components) entries.push(...componentEntries(component, options));
  const pins = pinsByFile(metadata.components);
  return {
    format: 'verification-metadata',
    source,
    entries,
    pinsOf: (subject) =>
      namesOf(subject)
        .map((name) => pins.get(name))
        .find((found) => found !== undefined) ?? null,
    digest: createHash('sha256').update(JSON.stringify(metadata)).digest('hex'),
  };
}

function componentEntries(component: GradleComponent, options: GradleKeyMapOptions): readonly KeyMapEntry[] {
  const { group, name, version } = component;
  return component.artifacts
    .filter((artifact) => artifact.pgp.length > 0 || artifact.ignoredKeys.length > 0)
    .map((artifact) => ({
      ...nothing,
      ...splitKeys(artifact.pgp.map((key) => key.id)),
      ignoredKeys: artifact.ignoredKeys.map((key) => key.id),
      pattern: patternOf({ group, name, version, file: artifact.name, regex: false }, options),
      place: placeIn(options.source, `component ${escapeForDisplay(`${group}:${name}:${version}`)}`),
    }));
}

/** Separates fingerprints from key IDs: anyone can make a key with a given key ID, so only fingerprints are trusted. */
function splitKeys(ids: readonly string[]): Pick<KeyMapEntry, 'fingerprints' | 'keyIds'> {
  return { fingerprints: ids.filter(isFingerprint), keyIds: ids.filter((id) => !isFingerprint(id)) };
}

function patternOf(pattern: GradlePattern, options: GradleKeyMapOptions): SubjectPattern {
  const text = [pattern.group, pattern.name, pattern.version, pattern.file]
    .map((part) => part ?? '*')
    .join(':')
    .replace(/:\*$/, '');
  const [group, name, version, file] = [pattern.group, pattern.name, pattern.version, pattern.file].map((part) =>
    matcherOf(part, pattern.regex, options),
  );
  const either = (matches: TextMatcher | undefined, texts: readonly string[]): boolean => matches === undefined || texts.some(matches);
  return {
    text,
    group: pattern.regex || pattern.group === null ? null : pattern.group.toLowerCase(),
    matches: (subject) =>
      either(group, [subject.group]) &&
      either(name, [subject.artifact]) &&
      // Gradle knows a snapshot by its base version, but its file by the timestamped one.
      either(version, [subject.version, baseVersion(subject.version)]) &&
      either(file, [fileNameOf(subject), fileNameOf(subject, baseVersion(subject.version))]),
  };
}

function matcherOf(part: string | null, regex: boolean, { source, unreadableExpressions }: GradleKeyMapOptions): TextMatcher | undefined {
  if (part === null) return undefined;
  if (!regex) return (text) => text === part;
  try {
    return compileRegularExpression(part, { ignoreCase: false });
  } catch (error) {
    if (!(error instanceof RegularExpressionError)) throw error;
    if (unreadableExpressions === 'match-nothing') return () => false;
    throw keyMapError(
      source,
      '',
      `the regular expression ${error.message}`,
      'Write it with alternatives, classes and repetitions only, or leave regex="true" out.',
      error,
    );
  }
}

/**
 * Groups checksums by group, name, version and file. Only sha256 and sha512 count: it is easy to make two files with the same MD5 or SHA-1.
 */
function pinsByFile(components: readonly GradleComponent[]): ReadonlyMap<string, FilePins> {
  const pins = new Map<string, FilePins>();
  for (const { group, name, version, artifacts } of components) {
    for (const artifact of artifacts) {
      const found = { sha256: valuesOf(artifact, 'sha256'), sha512: valuesOf(artifact, 'sha512') };
      if (found.sha256.length > 0 || found.sha512.length > 0) pins.set(JSON.stringify([group, name, version, artifact.name]), found);
    }
  }
  return pins;
}

function valuesOf(artifact: GradleArtifact, kind: 'sha256' | 'sha512'): readonly string[] {
  return artifact.checksums.filter((checksum) => checksum.kind === kind).flatMap((checksum) => [checksum.value, ...checksum.alternatives]);
}

function namesOf(subject: SignedSubject): readonly string[] {
  const base = baseVersion(subject.version);
  const name = (version: string, file: string): string => JSON.stringify([subject.group, subject.artifact, version, file]);
  // A snapshot's base name stands for a different file every day, so no pin can be meant for this one.
  return [name(subject.version, fileNameOf(subject)), name(base, fileNameOf(subject))];
}
