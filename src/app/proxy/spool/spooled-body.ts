/**
 * Gives readers a large file while it is downloaded, all but its end: the end follows once the file is verified. Without it, a refused file
 * is shorter than its Content-Length, and no build tool keeps it.
 *
 * The download may change to other bytes: a hedge wins, or another mirror does not continue an interrupted body. The readers then go on only
 * if the bytes that they were given are the first ones of the other body. This is found out by comparing the two files, so that a download
 * from one mirror costs no hashing.
 */
import { Pulse } from '../../../base/async/pulse.js';
import type { ArrivingBody, BodyFollower, BodyTrack } from '../../../fetch/download/body-follower.js';
import { firstDifference, readAtOnceBytes, SpoolSource } from './spool-source.js';

/** The end of a file that is held back until the file is verified. */
export const heldBackBytes = 64 * 1024;

/** How far another body must be ahead of the present one before readers that wait for bytes change to it. */
const leadBytes = 256 * 1024;

/** The file as the first mirror announced it. */
export interface SpoolAnnouncement {
  readonly total: number;
  /** Base URL of the mirror. */
  readonly mirror: string;
  readonly lastModifiedMs: number | null;
}

/**
 * One file for any number of readers. Hand it to the download as its follower, and tell it the outcome: {@link SpooledBody.accept} or
 * {@link SpooledBody.refuse}. Until then the download may be repeated.
 */
export class SpooledBody implements BodyFollower {
  /** Resolves when a large body begins to arrive; to null if the outcome is known without one: the file is small, or was there already. */
  readonly announced: Promise<SpoolAnnouncement | null>;
  #announce: (announcement: SpoolAnnouncement | null) => void = () => undefined;
  #announcement: SpoolAnnouncement | null = null;
  readonly #changes = new Pulse();
  readonly #sources = new Set<SpoolSource>();
  /** The body that readers read. */
  #current: SpoolSource | null = null;
  /** The body that was verified; the readers change to it. */
  #verified: SpoolSource | null = null;
  /** The number of bytes that the foremost reader was given. */
  #given = 0;
  /** A reader that was given more bytes of other bodies than these cannot go on with the verified one. */
  #common = Number.POSITIVE_INFINITY;
  #isComparing = false;
  #readers = 0;
  /** The placed file, once accepted. */
  #accepted: string | null = null;
  #failure: Error | null = null;

  constructor() {
    this.announced = new Promise((resolve) => (this.#announce = resolve));
  }

  begin({ file, total, mirror, lastModifiedMs }: ArrivingBody): BodyTrack | null {
    if (this.#isDecided || (this.#announcement !== null && this.#announcement.total !== total)) return null;
    const source = SpoolSource.open(file);
    if (source === null) return null;
    this.#sources.add(source);
    this.#current ??= source;
    if (this.#announcement === null) this.#announce((this.#announcement = { total, mirror, lastModifiedMs }));
    return {
      arrived: (size) => {
        source.size = size;
        this.#changed();
      },
      discarded: () => {
        source.isDiscarded = true;
        // The bytes that readers were given are compared with those of the next body.
        if (source !== this.#current) this.#drop(source);
        this.#changed();
      },
    };
  }

  verified(file: string): void {
    if (this.#isDecided || this.#announcement === null) return;
    const source = [...this.#sources].find((known) => known.file === file) ?? SpoolSource.open(file);
    if (source === null) return this.#fail(new Error(`${file} cannot be read`));
    this.#sources.add(source);
    if (source.measure() !== this.#announcement.total) return this.#fail(new Error('the verified file has another length than announced'));
    this.#verified = source;
    this.#changed();
  }

  /** Whether readers may have got the whole file. */
  get isVerified(): boolean {
    return this.#verified !== null;
  }

  /** Says that the file is verified and placed here. */
  accept(file: string): void {
    if (this.#isSettled) return;
    this.#accepted = file;
    this.#announce(null);
    if (this.#announcement !== null && this.#verified === null) return this.#fail(new Error(`${file} is from another download`));
    this.#changed();
    this.#closeIfUnused();
  }

  /** Says that no file is to be had. Readers that have not got all bytes fail with this error. */
  refuse(error: Error): void {
    if (this.#isSettled) return;
    this.#announce(null);
    this.#fail(error);
  }

  /**
   * Reads the file from its beginning, in pieces of at most 256 KiB. Throws if the file is refused, or if the verified file does not begin
   * with the bytes that this reader was given. Only the signal ends a wait for bytes.
   */
  async *read(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    this.#readers += 1;
    let position = 0;
    let isVerified = false;
    try {
      for (;;) {
        signal.throwIfAborted();
        const source = this.#source();
        if (!isVerified && source !== null && source === this.#verified) {
          isVerified = true;
          if (position > this.#common) throw new Error('the verified file does not begin with the bytes that were sent');
        }
        const available = source === null ? 0 : this.#limitOf(source) - position;
        if (available <= 0) {
          if (isVerified) return;
          this.#reconsider();
          await this.#changes.next(signal);
          continue;
        }
        const bytes = await source?.read(position, Math.min(available, readAtOnceBytes));
        // While it was read, the readers may have changed to another body.
        if (bytes === undefined || source !== this.#source()) continue;
        position += bytes.length;
        this.#given = Math.max(this.#given, position);
        yield bytes;
      }
    } finally {
      this.#readers -= 1;
      this.#closeIfUnused();
    }
  }

  get #isSettled(): boolean {
    return this.#accepted !== null || this.#failure !== null;
  }

  /** Whether no other body matters. */
  get #isDecided(): boolean {
    return this.#isSettled || this.#verified !== null;
  }

  /** Returns the body to read on from; null if there is none yet. Throws if the file was refused. */
  #source(): SpoolSource | null {
    if (this.#failure !== null) throw this.#failure;
    if (this.#current === null && this.#accepted !== null) this.#reopen(this.#accepted);
    return this.#current;
  }

  /** Opens the placed file for a reader that comes after the others have left. */
  #reopen(file: string): void {
    const source = SpoolSource.open(file);
    if (source?.measure() !== this.#announcement?.total) {
      source?.close();
      throw new Error(`${file} was changed`);
    }
    if (source !== null) this.#sources.add(source);
    this.#current = this.#verified = source;
  }

  /** Returns how many bytes of this body may be given out. */
  #limitOf(source: SpoolSource): number {
    const total = this.#announcement?.total ?? 0;
    if (source === this.#verified) return total;
    return source.isDiscarded ? this.#given : Math.min(source.size, total - heldBackBytes);
  }

  #changed(): void {
    this.#reconsider();
    this.#changes.beat();
  }

  /** Changes to another body if there is a better one. */
  #reconsider(): void {
    const next = this.#isComparing || this.#failure !== null ? null : this.#better();
    if (next !== null) void this.#changeTo(next);
  }

  #better(): SpoolSource | null {
    const current = this.#current;
    if (this.#verified !== null) return this.#verified === current ? null : this.#verified;
    if (current === null || (!current.isDiscarded && this.#given < this.#limitOf(current))) return null;
    const needed = current.isDiscarded ? this.#given : this.#given + leadBytes;
    const others = [...this.#sources].filter((other) => other !== current && !other.isDiscarded && !other.differs);
    return others.filter((other) => other.size >= needed).sort((a, b) => b.size - a.size)[0] ?? null;
  }

  async #changeTo(next: SpoolSource): Promise<void> {
    this.#isComparing = true;
    await this.#compare(next);
    this.#isComparing = false;
    const current = this.#current;
    const isVerified = next === this.#verified;
    if (isVerified && next.agreed < this.#given) this.#common = next.agreed;
    if (isVerified || next.agreed >= this.#given) {
      this.#current = next;
      if (current !== null && current !== next) {
        current.agreed = this.#given;
        if (current.isDiscarded || isVerified) this.#drop(current);
      }
    }
    this.#changed();
    this.#closeIfUnused();
  }

  /** Compares the bytes that readers were given. They may be given more of the present body in the meantime. */
  async #compare(next: SpoolSource): Promise<void> {
    const current = this.#current;
    while (current !== null && !next.differs && next.agreed < this.#given && this.#given <= next.size) {
      const to = this.#given;
      try {
        next.agreed = await firstDifference(current, next, next.agreed, to);
        next.differs = next.agreed < to;
      } catch {
        next.differs = true; // it was given up, or cannot be read
      }
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#changes.beat();
    this.#closeIfUnused();
  }

  #drop(source: SpoolSource): void {
    this.#sources.delete(source);
    source.close();
  }

  #closeIfUnused(): void {
    if (!this.#isSettled || this.#readers > 0 || this.#isComparing) return;
    for (const source of this.#sources) this.#drop(source);
    this.#current = this.#verified = null;
  }
}
