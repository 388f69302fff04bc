/** Adds files to Gradle's verification-metadata.xml. Existing entries stay, even those that are not supported here. */
import { baseVersion } from '../../../maven/version/snapshot.js';
import type { SignedSubject } from '../../signed-subject.js';
import { fileNameOf } from '../model/key-map.js';
import { keyMapOfVerificationMetadata } from './gradle-key-map.js';
import {
  type GradleArtifact,
  type GradleComponent,
  normalizeVerificationMetadata,
  type VerificationMetadata,
} from './verification-metadata.js';

/** A verified file. */
export interface RecordedFile {
  readonly subject: SignedSubject;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Source of the checksum, for readers of the file. */
  readonly origin: string;
  /**
   * Fingerprint of the key that made its good signature, upper-case hex: the subkey's if a subkey signed, since Gradle compares that one.
   * Null if there is no good signature, or the key is unknown.
   */
  readonly signingKey: string | null;
}

/** Two different checksums for one file. */
export interface RecordConflict {
  readonly file: RecordedFile;
  /** The checksums that the file already has. */
  readonly known: readonly string[];
}

export interface Recording {
  readonly metadata: VerificationMetadata;
  /** Files listed with a different sha256. Their entries are left unchanged. */
  readonly conflicts: readonly RecordConflict[];
  /** Number of keys that were not yet trusted for their file. */
  readonly newKeys: number;
}

/**
 * Returns the metadata with these files added. A key that is already trusted for a file is not added again, unless the only entry that says
 * so is an unsupported regular expression.
 * @param source name of the metadata, for messages
 */
export function recordFiles(metadata: VerificationMetadata, files: readonly RecordedFile[], source: string): Recording {
  const map = keyMapOfVerificationMetadata(metadata, { source, unreadableExpressions: 'match-nothing' });
  const conflicts: RecordConflict[] = [];
  const added: GradleComponent[] = [];
  let newKeys = 0;
  for (const file of files) {
    const { subject, sha256, signingKey } = file;
    const known = map.pinsOf(subject)?.sha256 ?? [];
    if (known.length > 0 && !known.includes(sha256)) {
      conflicts.push({ file, known });
      continue;
    }
    const isTrusted =
      signingKey === null || map.entries.some((entry) => entry.fingerprints.includes(signingKey) && entry.pattern.matches(subject));
    if (!isTrusted) newKeys += 1;
    const artifact: GradleArtifact = {
      name: fileNameOf(subject),
      pgp: signingKey === null || isTrusted ? [] : [{ id: signingKey, origin: null, reason: null }],
      ignoredKeys: [],
      checksums: known.length > 0 ? [] : [{ kind: 'sha256', value: sha256, alternatives: [], origin: file.origin, reason: null }],
    };
    if (artifact.pgp.length + artifact.checksums.length > 0)
      added.push({ group: subject.group, name: subject.artifact, version: baseVersion(subject.version), artifacts: [artifact] });
  }
  return { metadata: normalizeVerificationMetadata({ ...metadata, components: [...metadata.components, ...added] }), conflicts, newKeys };
}
