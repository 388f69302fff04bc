/** The `--json` documents. Firm contract, version 1: docs/schema has a JSON Schema for each. */
import { isClojarsFetchError } from '../error.js';
import type { Diagnosis, MirrorStatus, ResolvedArtifact, VersionList } from '../index.js';

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
    artifacts: artifacts.map((artifact) => ({
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
      verification: {
        level: artifact.verification.level,
        proofs: artifact.verification.proofs,
        checksum: artifact.verification.checksum,
        signature: artifact.verification.signature,
      },
    })),
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

/** A failure of any verb. What is not an error of this package has the code `ERR_INTERNAL`. */
export function failureDocument(error: unknown, warnings: readonly string[]) {
  if (!isClojarsFetchError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...head(warnings), error: { code: 'ERR_INTERNAL', reason: 'unexpected', message, hint: 'this is a fault of clojars-fetch; please report it with the output of --verbose', coordinate: null, attempts: [] } };
  }
  return {
    ...head(warnings),
    error: {
      code: error.code,
      reason: error.reason,
      message: error.message,
      hint: error.hint ?? null,
      coordinate: error.coordinate ?? null,
      attempts: error.attempts.map(({ mirror, outcome, status, ms, path }) => ({ mirror, outcome, status, ms: Math.round(ms), ...(path !== undefined && { path }) })),
    },
  };
}

/**
 * The document's text, indented by two, with a line feed at the end. JSON escapes only the controls below space; those
 * from DEL on, and the characters that reorder or break lines, are escaped too, as a terminal may obey them. The value
 * that a JSON reader gets is the same.
 */
export function formatJson(document: object): string {
  const text = JSON.stringify(document, null, 2).replace(/[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `${text}\n`;
}
