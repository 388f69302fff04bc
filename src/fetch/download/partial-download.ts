import type { TemporaryFile } from '../../base/disk/temporary-file.js';
import type { Speaker } from '../../network/mirrors/witness.js';
import type { BodyDigester } from './body-digester.js';

/** Bytes on disk and the hash state that goes with them. */
export interface PartialDownload {
  readonly temporary: TemporaryFile;
  digester: BodyDigester;
  size: number;
  /** The source that published these bytes. If several mirrors sent parts, it has only what they have in common. */
  speaker: Speaker;
}
