/** The `--json` documents. Firm contract, version 1: docs/schema has a JSON Schema for each. */
import { isClojarsFetchError } from '../../base/error.js';
import type { DependencyExplanation, Diagnosis, MirrorStatus, Resolution, ResolvedArtifact, VersionList } from '../../index.js';
import type { CheckedProjectResolution, ProjectResolution } from '../../project.js';
import type { CheckReport, PrefetchReport, Proxy } from '../../proxy.js';
import type { ChecksumFile, LockCheck, LockReport, VerificationMetadataFile, VerifyReport } from '../../trust.js';
import { internalErrorHint } from './exit-code.js';

/** The head of every document. */
interface Head {
  readonly schemaVersion: 1;
  readonly warnings: readonly string[];
}

function head(warnings: readonly string[]): Head {
  return { schemaVersion: 1, warnings: [...new Set(warnings)] };
}

/** `{"artifacts":[…]}`: the default verb. Fields are copied by name, so that the contract does not grow by accident. */
export function artifactsDocument(artifacts: readonly ResolvedArtifact[], warnings: readonly string[]) {
  return {
    ...head(warnings),
    artifacts: artifacts.map(artifactEntry),
  };
}

function artifactEntry(artifact: ResolvedArtifact) {
  return {
    coordinate: artifact.coordinate,
    group: artifact.group,
    artifact: artifact.artifact,
    version: artifact.version,
    extension: artifact.extension,
    classifier: artifact.classifier,
    path: artifact.path,
    size: artifact.size,
    sha256: artifact.sha256,
    repository: artifact.repository,
    mirror: artifact.mirror,
    verification: verificationEntry(artifact.verification),
  };
}

function verificationEntry({ level, proofs, checksum, signature, witnesses }: ResolvedArtifact['verification']) {
  return {
    level,
    proofs,
    checksum,
    signature: signature && signatureEntry(signature),
    witnesses: witnesses.map(({ operator, mirror, algorithm, value, agrees }) => ({ operator, mirror, algorithm, value, agrees })),
  };
}

function signatureEntry({ status, fingerprint, userId, signedAt, sentence }: NonNullable<ResolvedArtifact['verification']['signature']>) {
  return { status, fingerprint, userId, signedAt, sentence };
}

/** `{"dependencies":[…]}`: `deps`. Artifacts that were not downloaded have null for path, size, sha256, repository and verification. */
export function dependenciesDocument(resolution: Resolution, explanation: DependencyExplanation | undefined, warnings: readonly string[]) {
  return { ...head(warnings), ...closureEntry(resolution, explanation) };
}

function closureEntry(resolution: Resolution, explanation?: DependencyExplanation) {
  return {
    dependencies: resolution.dependencies.map((one) => ({
      coordinate: one.coordinate,
      group: one.group,
      artifact: one.artifact,
      version: one.version,
      extension: one.extension,
      classifier: one.classifier,
      scope: one.scope,
      optional: one.optional,
      depth: one.depth,
      path: one.path,
      size: one.size,
      sha256: one.sha256,
      repository: one.repository,
      mirror: one.mirror,
      verification: one.verification && verificationEntry(one.verification),
      relocatedFrom: one.relocatedFrom,
    })),
    poms: resolution.poms.map(artifactEntry),
    attachments: resolution.attachments.map(artifactEntry),
    problems: resolution.problems.map(({ coordinate, kind, reason, message }) => ({ coordinate, kind, reason, message })),
    cycles: resolution.cycles,
    explanation:
      explanation === undefined
        ? undefined
        : {
            group: explanation.group,
            artifact: explanation.artifact,
            truncated: explanation.truncated,
            paths: explanation.paths.map(({ path, omitted, scope, optional, range, managedFrom, keptInstead }) => ({
              path,
              omitted,
              scope,
              optional,
              range,
              managedFrom,
              keptInstead,
            })),
          },
  };
}

/** `versions`. */
export function versionsDocument(list: VersionList, warnings: readonly string[]) {
  const { group, artifact, versions, release, latest, lastUpdated, repositories } = list;
  return { ...head([...list.warnings, ...warnings]), group, artifact, versions, release, latest, lastUpdated, repositories };
}

/** `mirrors`. */
export function mirrorsDocument(mirrors: readonly MirrorStatus[], warnings: readonly string[]) {
  return { ...head(warnings), mirrors };
}

/** `doctor`. */
export function diagnosisDocument(diagnosis: Diagnosis, warnings: readonly string[]) {
  const { node, localRepository, sources, checks } = diagnosis;
  return { ...head([...diagnosis.warnings, ...warnings]), node, localRepository, sources, checks };
}

/** `lock`: what is locked now, and what changed. */
export function lockDocument(
  { file, written, lockfile, differences }: LockReport,
  versions: readonly { readonly requested: string; readonly chosen: string }[],
  checksumFiles: readonly ChecksumFile[],
  metadata: VerificationMetadataFile | null,
  warnings: readonly string[],
) {
  return {
    ...head(warnings),
    lockfile: file,
    written,
    files: lockfile.files.map(({ path, sha256, size, repository, level, signer, seenSigner }) => ({
      path,
      sha256,
      size,
      repository,
      level,
      signer,
      seenSigner,
    })),
    versions,
    differences: differences.map(differenceEntry),
    checksumFiles: checksumFiles.map(({ file: path, repository, locked }) => ({ path, repository, locked })),
    verificationMetadata: metadata && { path: metadata.file, locked: metadata.locked, newKeys: metadata.newKeys },
  };
}

/** `lock --check`: the lockfile is right if there are no differences. */
export function lockCheckDocument({ file, differences, levels }: LockCheck, warnings: readonly string[]) {
  return {
    ...head(warnings),
    lockfile: file,
    differences: differences.map(differenceEntry),
    levels: levels.map(({ path, locked, now }) => ({ path, locked, now })),
  };
}

function differenceEntry({ kind, subject, detail }: LockCheck['differences'][number]) {
  return { kind, subject, detail };
}

/** `verify`. A failed file has the level `none`, and `error` says why. */
export function verifyDocument(report: VerifyReport, warnings: readonly string[]) {
  return {
    ...head(warnings),
    files: report.files.map(({ path, coordinate, repository, size, sha256, status, verification, why, warnings: own, error }) => ({
      path,
      coordinate,
      repository,
      size,
      sha256,
      status,
      verification: verificationEntry(verification),
      why,
      warnings: own,
      error: error && { code: error.code, reason: error.reason, message: error.message, hint: error.hint },
    })),
    ignored: report.ignored,
  };
}

/** A failure of any verb. Any error but a `ClojarsFetchError` has the code `ERR_INTERNAL`. */
export function failureDocument(error: unknown, warnings: readonly string[]) {
  if (!isClojarsFetchError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      ...head(warnings),
      error: {
        code: 'ERR_INTERNAL',
        reason: 'unexpected',
        message,
        hint: internalErrorHint,
        coordinate: null,
        attempts: [],
      },
    };
  }
  return {
    ...head(warnings),
    error: {
      code: error.code,
      reason: error.reason,
      message: error.message,
      hint: error.hint ?? null,
      coordinate: error.coordinate ?? null,
      attempts: error.attempts.map(({ mirror, outcome, status, ms, path }) => ({
        mirror,
        outcome,
        status,
        ms: Math.round(ms),
        path,
      })),
    },
  };
}

/**
 * Formats a document, indented by two, with a line feed at the end. JSON itself escapes only control characters below
 * space. Controls from DEL on and characters that reorder or break lines are escaped as well, because a terminal may obey
 * them; a JSON reader gets the same value.
 */
export function formatJson(document: object): string {
  // JSON.stringify escapes the rest: C0 controls and lone surrogates. Tag characters are two units.
  const text = JSON.stringify(document, null, 2).replace(
    /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g,
    (found) => Array.from({ length: found.length }, (_, index) => `\\u${found.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  );
  return `${text}\n`;
}

/** `{"project":…,"dependencies":[…],"plugins":[…],"modules":[…],"check":…}`: `project`. Each module has the same fields, without the head and the check. */
export function projectDocument(
  { check, ...project }: CheckedProjectResolution,
  explanation: DependencyExplanation | undefined,
  warnings: readonly string[],
) {
  return { ...head(warnings), ...projectEntry(project, explanation), check };
}

interface ProjectEntry extends ReturnType<typeof closureEntry> {
  readonly project: object;
  readonly plugins: ReturnType<typeof closureEntry>['dependencies'];
  readonly modules: readonly ProjectEntry[];
}

const emptyResolution = { dependencies: [], poms: [], attachments: [], problems: [], cycles: [], explanation: undefined };

function projectEntry({ model, resolution, plugins, modules }: ProjectResolution, explanation?: DependencyExplanation): ProjectEntry {
  const { file, tool, name, notOurs, problems } = model;
  return {
    project: { file, tool, name, notOurs, problems },
    ...(resolution === null ? emptyResolution : closureEntry(resolution, explanation)),
    plugins: plugins === null ? [] : closureEntry(plugins).dependencies,
    modules: modules.map((module) => projectEntry(module)),
  };
}

/** `proxy`: printed once it listens. */
export function proxyDocument({ url, certificateAuthority, repositories }: Proxy) {
  return { ...head([]), url, certificateAuthority, repositories: repositories.map((id) => ({ id, url: `${url}${id}/` })) };
}

/** `proxy check`. */
export function proxyCheckDocument({ files, bytes, damaged, missing, unknown }: CheckReport, warnings: readonly string[]) {
  return { ...head(warnings), files, bytes, damaged, missing, unknown };
}

/** `proxy prefetch`. */
export function proxyPrefetchDocument({ files, bytes, fetched, fetchedBytes }: PrefetchReport, warnings: readonly string[]) {
  return { ...head(warnings), files, bytes, fetched, fetchedBytes };
}
