/**
 * Writes to stdout or stderr without Node's streams while the text is short. Those load the code for networks and
 * terminals, 8 ms of processor time; a path that goes into a pipe or a file needs none of it.
 */
import { fstatSync, writeSync } from 'node:fs';

/** At most so much is written directly: more could fill a pipe whose reader sleeps, and a blocked process hears no signal. */
const directBytes = 4096;

export class StandardStream {
  readonly #descriptor: 1 | 2;
  readonly #open: () => NodeJS.WriteStream;
  readonly #onError: (error: NodeJS.ErrnoException) => void;
  /** Whether it may be one: a terminal is a device. */
  readonly #isTerminal: boolean;
  /** Bytes that may still be written directly. */
  #direct: number;
  #stream: NodeJS.WriteStream | null = null;

  /** @param open returns Node's own stream for the descriptor */
  constructor(descriptor: 1 | 2, open: () => NodeJS.WriteStream, onError: (error: NodeJS.ErrnoException) => void) {
    this.#descriptor = descriptor;
    this.#open = open;
    this.#onError = onError;
    this.#isTerminal = isDevice(descriptor);
    // Windows has rules of its own for pipes.
    this.#direct = this.#isTerminal || process.platform === 'win32' ? 0 : directBytes;
  }

  get isTTY(): boolean {
    return this.#isTerminal && this.#nodeStream().isTTY;
  }

  get columns(): number | undefined {
    return this.#isTerminal ? this.#nodeStream().columns : undefined;
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    const rest = bytes.length <= this.#direct ? this.#writeDirectly(bytes) : bytes;
    if (rest.length === 0) return;
    // From now on, so that no text overtakes another.
    this.#direct = 0;
    this.#nodeStream().write(rest);
  }

  /** Waits until everything is written; pipes are asynchronous, and `process.exit` would cut them off. */
  async flush(): Promise<void> {
    const stream = this.#stream;
    if (stream === null || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.write('', () => resolve());
    });
  }

  /** Returns what was not written. */
  #writeDirectly(bytes: Uint8Array): Uint8Array {
    let rest = bytes;
    try {
      while (rest.length > 0) {
        const written = writeSync(this.#descriptor, rest);
        this.#direct -= written;
        rest = rest.subarray(written);
      }
    } catch (error) {
      // EAGAIN: the pipe is full and does not wait. Node's stream does.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return rest;
      this.#onError(error as NodeJS.ErrnoException);
    }
    return new Uint8Array();
  }

  #nodeStream(): NodeJS.WriteStream {
    this.#stream ??= this.#open().on('error', this.#onError);
    return this.#stream;
  }
}

function isDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    return true;
  }
}
