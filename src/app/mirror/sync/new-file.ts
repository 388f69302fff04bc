/** Tells files that a folder can bring along from those that must be published one by one. */
import { turns } from '../../../maven/repository-index/classify-key.js';
import type { Action } from '../fetch/action.js';

/** Whether the target does not know this file of a version, and the source listed it. Metadata of a snapshot waits for other files. */
export function isNewVersionFile(action: Action): boolean {
  return isNew(action) && action.is.turn <= turns.fileChecksums;
}

/** Whether it is metadata of an artifact, or a checksum file of that, which the target does not know and the source listed. */
export function isNewMetadata(action: Action): boolean {
  return isNew(action) && (action.is.turn === turns.artifactMetadata || action.is.turn === turns.artifactMetadataChecksums);
}

function isNew({ known, isGuess }: Action): boolean {
  return known === null && !isGuess;
}
