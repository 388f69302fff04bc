import fs from 'node:fs';
import { promisify } from 'node:util';

const readBytes = promisify(fs.read);

/** Most bytes read at once. */
export const readAtOnceBytes = 256 * 1024;

/**
 * A file that grows while it is read: the temporary file of one attempt. It is read by its descriptor, which stays valid when the file is
 * placed or removed.
 */
export class SpoolSource {
  readonly file: string;
  /** Bytes that can be read. */
  size = 0;
  /** Whether the attempt gave up its body. */
  isDiscarded = false;
  /** The number of bytes at the beginning that are known to equal the bytes given to readers. */
  agreed = 0;
  /** Whether the next byte after {@link agreed} differs from the one given to a reader. */
  differs = false;
  readonly #descriptor: number;
  #reading = 0;
  #isClosing = false;

  private constructor(file: string, descriptor: number) {
    this.file = file;
    this.#descriptor = descriptor;
  }

  /** Returns null if the file cannot be opened: it then is not followed. */
  static open(file: string): SpoolSource | null {
    try {
      return new SpoolSource(file, fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0)));
    } catch {
      return null;
    }
  }

  /** Takes the present size of the file for the size that can be read. */
  measure(): number {
    return (this.size = this.#isClosing ? 0 : fs.fstatSync(this.#descriptor).size);
  }

  /** Reads exactly these bytes. Rejects if the file is shorter. */
  async read(position: number, length: number): Promise<Uint8Array> {
    if (this.#isClosing) throw new Error(`${this.file} is closed`);
    this.#reading += 1;
    try {
      const buffer = Buffer.allocUnsafeSlow(length);
      for (let done = 0; done < length;) {
        const { bytesRead } = await readBytes(this.#descriptor, buffer, done, length - done, position + done);
        if (bytesRead === 0) throw new Error(`${this.file} became shorter`);
        done += bytesRead;
      }
      return buffer;
    } finally {
      this.#reading -= 1;
      if (this.#isClosing && this.#reading === 0) fs.closeSync(this.#descriptor);
    }
  }

  /** Closes the file, once no read is under way. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (this.#reading === 0) fs.closeSync(this.#descriptor);
  }
}

/** Returns the position of the first byte from `from` on in which the files differ; `to` if they are equal up to there. */
export async function firstDifference(one: SpoolSource, other: SpoolSource, from: number, to: number): Promise<number> {
  for (let at = from; at < to;) {
    const length = Math.min(readAtOnceBytes, to - at);
    const [a, b] = await Promise.all([one.read(at, length), other.read(at, length)]);
    if (Buffer.compare(a, b) !== 0) return at + a.findIndex((byte, index) => byte !== b[index]);
    at += length;
  }
  return to;
}
