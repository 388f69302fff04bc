/**
 * The contents of Gradle's `gradle/verification-metadata.xml`.
 *
 * Source: Gradle 9, `org.gradle.api.internal.artifacts.verification`, and its user guide, 'Verifying dependencies'.
 */

/** Kinds of checksums, in the order in which Gradle writes them. */
export const gradleChecksumKinds = ['md5', 'sha1', 'sha256', 'sha512'] as const;
export type GradleChecksumKind = (typeof gradleChecksumKinds)[number];

/** Selects artifacts; at least one field is not null. Exact texts, or Java regular expressions that match the whole text. */
export interface GradlePattern {
  readonly group: string | null;
  readonly name: string | null;
  readonly version: string | null;
  readonly file: string | null;
  readonly regex: boolean;
}

export interface GradleTrustedArtifact extends GradlePattern {
  readonly reason: string | null;
}

export interface GradleTrustedKey extends GradlePattern {
  /** Upper-case hex: a fingerprint, or a key ID as older versions of Gradle wrote it. A key ID is kept, but never trusted. */
  readonly id: string;
  readonly origin: string | null;
  readonly reason: string | null;
}

export interface GradleIgnoredKey {
  /** Upper-case hex: a fingerprint or a key ID. */
  readonly id: string;
  readonly reason: string | null;
}

export interface GradleChecksum {
  readonly kind: GradleChecksumKind;
  /** Hex as written; Gradle writes lower case. */
  readonly value: string;
  /** From `also-trust`. */
  readonly alternatives: readonly string[];
  readonly origin: string | null;
  readonly reason: string | null;
}

export interface GradleArtifact {
  /** File name, `lib-1.0.jar`. */
  readonly name: string;
  /** `id` as in a trusted key. */
  readonly pgp: readonly { readonly id: string; readonly origin: string | null; readonly reason: string | null }[];
  readonly ignoredKeys: readonly GradleIgnoredKey[];
  readonly checksums: readonly GradleChecksum[];
}

export interface GradleComponent {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  readonly artifacts: readonly GradleArtifact[];
}

export interface VerificationMetadata {
  /** Comments before the root element, without `<!--` and `-->`. */
  readonly comments: readonly string[];
  /** Whether POMs and module files are checked. Default: true. */
  readonly verifyMetadata: boolean;
  /** Default: false. */
  readonly verifySignatures: boolean;
  readonly keyringFormat: 'armored' | 'binary' | null;
  readonly keyServers: { readonly enabled: boolean; readonly uris: readonly string[] };
  readonly trustedArtifacts: readonly GradleTrustedArtifact[];
  readonly ignoredKeys: readonly GradleIgnoredKey[];
  readonly trustedKeys: readonly GradleTrustedKey[];
  readonly components: readonly GradleComponent[];
}

/** An empty file, with Gradle's defaults. */
export const emptyVerificationMetadata: VerificationMetadata = {
  comments: [],
  verifyMetadata: true,
  verifySignatures: false,
  keyringFormat: null,
  keyServers: { enabled: true, uris: [] },
  trustedArtifacts: [],
  ignoredKeys: [],
  trustedKeys: [],
  components: [],
};

/** Compares by code units, as Java's `String.compareTo`. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Returns the same content in Gradle's normal form: sorted, without duplicates. Gradle writes this form, and parsing the written file gives
 * it again.
 */
export function normalizeVerificationMetadata(metadata: VerificationMetadata): VerificationMetadata {
  const { trustedArtifacts, ignoredKeys, trustedKeys, components } = metadata;
  return {
    ...metadata,
    trustedArtifacts: unique(trustedArtifacts, patternKey).sort(comparePatterns),
    ignoredKeys: unique(ignoredKeys, (key) => key.id).sort((a, b) => compareText(a.id, b.id)),
    trustedKeys: unique(trustedKeys, (key) => JSON.stringify([key.id, patternKey(key)])).sort(
      (a, b) => compareText(a.id, b.id) || comparePatterns(a, b),
    ),
    components: grouped(
      components,
      (component) => JSON.stringify([component.group, component.name, component.version]),
      mergeComponents,
    ).sort((a, b) => compareText(a.group, b.group) || compareText(a.name, b.name) || compareText(a.version, b.version)),
  };
}

function mergeComponents(first: GradleComponent, all: readonly GradleComponent[]): GradleComponent {
  const artifacts = all.flatMap((component) => component.artifacts);
  return {
    ...first,
    artifacts: grouped(artifacts, (artifact) => artifact.name, mergeArtifacts).sort((a, b) => compareText(a.name, b.name)),
  };
}

function mergeArtifacts(first: GradleArtifact, all: readonly GradleArtifact[]): GradleArtifact {
  const checksums = all.flatMap((artifact) => artifact.checksums);
  return {
    name: first.name,
    pgp: unique(
      all.flatMap((artifact) => artifact.pgp),
      (key) => key.id,
    ),
    ignoredKeys: unique(
      all.flatMap((artifact) => artifact.ignoredKeys),
      (key) => key.id,
    ),
    checksums: grouped(checksums, (checksum) => checksum.kind, mergeChecksums).sort(
      (a, b) => gradleChecksumKinds.indexOf(a.kind) - gradleChecksumKinds.indexOf(b.kind),
    ),
  };
}

function mergeChecksums(first: GradleChecksum, all: readonly GradleChecksum[]): GradleChecksum {
  const values = all.flatMap((checksum) => [checksum.value, ...checksum.alternatives]);
  return {
    kind: first.kind,
    value: first.value,
    alternatives: unique(values, (value) => value).filter((value) => value !== first.value),
    origin: all.find((checksum) => checksum.origin !== null)?.origin ?? null,
    reason: all.find((checksum) => checksum.reason !== null)?.reason ?? null,
  };
}

function patternKey(pattern: GradlePattern): string {
  return JSON.stringify([pattern.group, pattern.name, pattern.version, pattern.file, pattern.regex]);
}

/** Orders as Gradle does: exact texts before expressions, absent values before present ones. */
function comparePatterns(a: GradlePattern, b: GradlePattern): number {
  return (
    Number(a.regex) - Number(b.regex) ||
    compareNullable(a.group, b.group) ||
    compareNullable(a.name, b.name) ||
    compareNullable(a.version, b.version) ||
    compareNullable(a.file, b.file)
  );
}

function compareNullable(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return compareText(a, b);
}

/** Keeps the first value for each key. */
function unique<T>(values: readonly T[], keyOf: (value: T) => string): T[] {
  return grouped(values, keyOf, (first) => first);
}

function grouped<T>(values: readonly T[], keyOf: (value: T) => string, merge: (first: T, all: readonly T[]) => T): T[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return [...groups.values()].map((group) => merge(group[0], group));
}
