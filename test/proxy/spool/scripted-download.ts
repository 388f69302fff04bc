/** Downloads that a test plays, with real temporary files, and readers that keep what they were given. */
import { join } from 'node:path';

import { SpooledBody } from '../../../src/app/proxy/spool/spooled-body.js';
import type { TemporaryFile } from '../../../src/base/disk/temporary-file.js';
import { followTemporary } from '../../../src/fetch/download/followed-temporary.js';
import { createLocalRepository } from '../../../src/local/repository/local-repository.js';
import { createRandom } from '../../support/random.mjs';

/** Returns random bytes, the same for the same seed. */
export function seededBytes(seed: number, size: number): Buffer {
  const next = createRandom(seed);
  const bytes = Buffer.allocUnsafe(size);
  for (let at = 0; at < size; at += 1) bytes[at] = next() * 256;
  return bytes;
}

/** One attempt at the file. */
export interface ScriptedAttempt {
  readonly temporary: TemporaryFile;
  /** Receives the bytes from the last position up to this one. */
  receive(to: number): Promise<void>;
}

export class ScriptedDownload {
  readonly body = new SpooledBody();
  readonly #folder: string;
  readonly #path = 'org/example/big/1.0/big-1.0.jar';

  constructor(folder: string) {
    this.#folder = join(folder, 'cache');
  }

  async attempt(content: Uint8Array, { total = content.length, mirror = 'https://one.example/' } = {}): Promise<ScriptedAttempt> {
    const created = await createLocalRepository({ root: this.#folder }).createTemporary(this.#path);
    const temporary = followTemporary(created, this.body, { total, mirror, lastModifiedMs: 1_700_000_000_000 });
    return {
      temporary,
      async receive(to) {
        await temporary.write(content.subarray(temporary.size, to));
        await temporary.flush();
      },
    };
  }

  /** Verifies and places the attempt's file. Returns its name. */
  async place({ temporary }: ScriptedAttempt): Promise<string> {
    await temporary.flush();
    this.body.verified(temporary.file);
    return (await temporary.commit()).file;
  }
}

/** A reader that takes bytes as fast as it may. */
export class Reading {
  /** Resolves to all bytes; rejects with the body's error. */
  readonly end: Promise<Buffer>;
  readonly #abort = new AbortController();
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #waiting: { readonly size: number; readonly resolve: () => void }[] = [];

  constructor(body: SpooledBody) {
    this.end = this.#run(body);
    this.end.catch(() => undefined);
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Waits until it was given this many bytes. */
  has(size: number): Promise<void> {
    if (this.#size >= size) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ size, resolve }));
  }

  leave(): void {
    this.#abort.abort(new Error('the client left'));
  }

  async #run(body: SpooledBody): Promise<Buffer> {
    for await (const chunk of body.read(this.#abort.signal)) {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      const ready = this.#waiting.filter(({ size }) => size <= this.#size);
      this.#waiting = this.#waiting.filter((one) => !ready.includes(one));
      for (const { resolve } of ready) resolve();
    }
    return this.bytes;
  }
}
