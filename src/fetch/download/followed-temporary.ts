import { DelegatingTemporary } from '../../base/disk/delegating-temporary.js';
import type { CommitOptions, PlacedFile, TemporaryFile, WriteOptions } from '../../base/disk/temporary-file.js';
import type { ArrivingBody, BodyFollower, BodyTrack } from './body-follower.js';

/** Longest time for which small chunks are gathered before their arrival is reported. */
const reportEveryMs = 50;

/** Reports the bytes of a body to its follower, once they can be read from the file. Returns the file itself if it is not followed. */
export function followTemporary(temporary: TemporaryFile, follower: BodyFollower, arriving: Omit<ArrivingBody, 'file'>): TemporaryFile {
  const track = follower.begin({ ...arriving, file: temporary.file });
  return track === null ? temporary : new FollowedTemporary(temporary, track);
}

class FollowedTemporary extends DelegatingTemporary {
  /** Null once there is nothing more to report. */
  #track: BodyTrack | null;
  /** Set while chunks are gathered that were not reported. */
  #timer: NodeJS.Timeout | undefined;
  #isFirst = true;

  constructor(inner: TemporaryFile, track: BodyTrack) {
    super(inner);
    this.#track = track;
  }

  override write(chunk: Uint8Array, options?: WriteOptions): Promise<void> | undefined {
    const writing = this.inner.write(chunk, options);
    if (writing !== undefined) return this.#report(writing);
    // The first bytes show readers at once that the file is coming.
    if (this.#isFirst) return this.flush();
    this.#timer ??= setTimeout(() => void this.#reportGathered(), reportEveryMs).unref();
    return undefined;
  }

  override flush(): Promise<void> {
    return this.#report(this.inner.flush());
  }

  /** A reader may have bytes that are cut off here: the body is not followed any longer. */
  override truncate(to: number): Promise<void> {
    this.#giveUp();
    return this.inner.truncate(to);
  }

  override async commit(options?: CommitOptions): Promise<PlacedFile> {
    try {
      const placed = await this.inner.commit(options);
      this.#end();
      return placed;
    } catch (error) {
      this.#giveUp();
      throw error;
    }
  }

  override discard(): Promise<void> {
    this.#giveUp();
    return this.inner.discard();
  }

  async #reportGathered(): Promise<void> {
    try {
      await this.flush();
    } catch {
      // Thrown again by the next call that waits for the disk.
    }
  }

  /** @param writing of all bytes accepted so far */
  async #report(writing: Promise<void>): Promise<void> {
    const { size } = this.inner;
    this.#isFirst = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await writing;
    this.#track?.arrived(size);
  }

  #giveUp(): void {
    this.#track?.discarded();
    this.#end();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#track = null;
  }
}
