/** The `--json` documents of `keys`: docs/schema/keys.json, keys-import.json, keys-remove.json, keys-explain.json, keys-coverage.json. */
import type { ImportedKey, KeyCoverage, KeyDescription, TrustExplanation } from '../../trust.js';

function head(warnings: readonly string[]): { readonly schemaVersion: 1; readonly warnings: readonly string[] } {
  return { schemaVersion: 1, warnings: [...new Set(warnings)] };
}

type Facts = Pick<KeyDescription, 'fingerprint' | 'keyId' | 'algorithm' | 'createdAt' | 'expiresAt' | 'revocation' | 'maySign'>;

function facts({ fingerprint, keyId, algorithm, createdAt, expiresAt, revocation, maySign }: Facts) {
  return {
    fingerprint,
    keyId,
    algorithm,
    createdAt,
    expiresAt,
    revocation: revocation && { reason: revocation.reason, text: revocation.text, madeAt: revocation.madeAt },
    maySign,
  };
}

/** Formats the document of `list`, `show` and `trust`. Fields are copied by name, so that the contract does not grow by accident. */
export function keysDocument(keys: readonly KeyDescription[], warnings: readonly string[]) {
  return {
    ...head(warnings),
    keys: keys.map((key) => ({
      ...facts(key),
      version: key.version,
      validity: key.validity,
      ownertrust: key.ownertrust,
      userIds: key.userIds.map(({ text, validity, selfSigned, primary }) => ({ text, validity, selfSigned, primary })),
      subkeys: key.subkeys.map((subkey) => ({ ...facts(subkey), bound: subkey.bound })),
      keyrings: key.keyrings,
    })),
  };
}

/** Formats the document of `import` and `fetch`. */
export function importDocument(keys: readonly ImportedKey[], storeFolder: string, warnings: readonly string[]) {
  return {
    ...head(warnings),
    keyStore: storeFolder,
    imported: keys.map(({ fingerprint, outcome, userIds, source, hadSecrets }) => ({ fingerprint, outcome, userIds, source, hadSecrets })),
  };
}

/** Formats the document of `remove`. */
export function removeDocument(fingerprint: string, storeFolder: string, warnings: readonly string[]) {
  return { ...head(warnings), keyStore: storeFolder, removed: fingerprint };
}

/** Formats the document of `explain`. */
export function explainDocument(
  { fingerprint, valid, key, ownertrust, userIds, paths, sentences }: TrustExplanation,
  warnings: readonly string[],
) {
  const time = (ms: number): string => new Date(Math.min(ms, 8.64e15)).toISOString();
  return {
    ...head(warnings),
    fingerprint,
    valid,
    validity: key,
    ownertrust,
    userIds: userIds.map(({ text, validity }) => ({ text, validity })),
    sentences,
    paths: paths.map((path) =>
      path.map((step) => ({
        by: step.by,
        byUserId: step.byUserId,
        ownertrust: step.ownertrust,
        certified: step.certified,
        userId: step.userId,
        madeAt: time(step.madeAtMs),
        expiresAt: step.expiresAtMs === null ? null : time(step.expiresAtMs),
        weight: step.weight,
        trustDepth: step.trustDepth,
      })),
    ),
  };
}

/** Formats the document of `coverage`. */
export function coverageDocument({ files, signers, counts, hints }: KeyCoverage, warnings: readonly string[]) {
  return {
    ...head(warnings),
    counts: { ...counts },
    signers: signers.map(({ key, userId, standing, files: count, artifacts, sentences }) => ({
      key,
      userId,
      standing,
      files: count,
      artifacts,
      sentences,
    })),
    files: files.map(({ coordinate, status, key, sentence }) => ({ coordinate, status, key, sentence })),
    hints,
  };
}
