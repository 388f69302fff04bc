/** A file of the local repository that is named like an artifact. */
import type { ArtifactCoordinate } from '../../../maven/coordinate/coordinate.js';
import { parseArtifactPath } from '../../../maven/coordinate/path.js';

/** One artifact: its repository path, and its coordinate, with the timestamped version if the file name has one. */
export interface FoundArtifact {
  readonly path: string;
  readonly coordinate: ArtifactCoordinate;
}

/** Returns the artifact at a repository path; null if the path is not an artifact's. */
export function foundArtifact(path: string): FoundArtifact | null {
  const coordinate = parseArtifactPath(path);
  return coordinate === null ? null : { path, coordinate };
}
