/** Lets a reader follow a large file while it is downloaded. */

/** Smaller files are not followed: their verdict comes soon enough. */
export const smallestFollowedBytes = 8 * 1024 * 1024;

/** A body that begins to arrive in a temporary file of its own. */
export interface ArrivingBody {
  /** Absolute path of the temporary file. It grows only at its end, and keeps its inode when the file is placed. */
  readonly file: string;
  /** The length that the mirror announced. */
  readonly total: number;
  /** Base URL of the mirror. */
  readonly mirror: string;
  /** From the answer's Last-Modified; null if it has none. */
  readonly lastModifiedMs: number | null;
}

/** Told about the bodies of one file: a hedge, and a mirror that does not continue an interrupted body, begin another one. */
export interface BodyFollower {
  /** A body of more than {@link smallestFollowedBytes} begins. Returns null if it cannot be followed. Must not throw. */
  begin(body: ArrivingBody): BodyTrack | null;
  /** The body in this temporary file is verified, and about to be placed. Must not throw. */
  verified(file: string): void;
}

/** Told about one body. */
export interface BodyTrack {
  /** The first `size` bytes can be read from the file. */
  arrived(size: number): void;
  /** The body was given up, and its file is about to be removed. */
  discarded(): void;
}
