/** The copy of the inventory in the bucket: another machine goes on with it. */
import { createReadStream, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Asking } from '../../../network/s3/ask.js';
import { getObject, headObject } from '../../../network/s3/objects.js';
import { putObject } from '../../../network/s3/put-object.js';
import { doubtJournal } from './journal.js';

const maxBytes = 8 * 1024 * 1024 * 1024;

export class BucketInventory {
  readonly #asking: Asking;
  readonly #key: string;
  readonly #file: string;
  /** The ETag of the copy that is the same as the inventory of this machine, or older. */
  readonly #etagFile: string;

  constructor(asking: Asking, key: string, stateFolder: string) {
    this.#asking = asking;
    this.#key = key;
    this.#file = join(stateFolder, 'inventory');
    this.#etagFile = join(stateFolder, 'inventory.etag');
  }

  /** Takes the copy over if another machine wrote it since. */
  async fetch(signal: AbortSignal): Promise<void> {
    const stored = await headObject(this.#asking, this.#key, signal);
    if (stored === null || stored.etag === this.#knownEtag()) return;
    const answer = await getObject(this.#asking, this.#key, { maxBytes, signal });
    if (answer === null) return;
    const part = await open(`${this.#file}.part`, 'w');
    try {
      for await (const chunk of answer.body) await part.appendFile(chunk);
      await part.sync();
    } finally {
      answer.cancel();
      await part.close();
    }
    renameSync(`${this.#file}.part`, this.#file);
    doubtJournal(join(dirname(this.#file), 'journal'));
    writeFileSync(this.#etagFile, stored.etag);
  }

  /** Stores the inventory of this machine, unless the copy is the same. */
  async store(signal: AbortSignal): Promise<void> {
    const bytes = statSync(this.#file, { throwIfNoEntry: false })?.size;
    if (bytes === undefined) return;
    const file = this.#file;
    const read = (from: number, to: number) => createReadStream(file, { start: from, end: Math.max(from, to - 1) });
    const source = { bytes, read: (from: number, to: number) => (to > from ? read(from, to) : noBytes()) };
    const result = await putObject(this.#asking, this.#key, source, { contentType: 'text/plain', signal });
    if (result.kind === 'stored') writeFileSync(this.#etagFile, result.etag);
  }

  #knownEtag(): string | null {
    return existsSync(this.#etagFile) ? readFileSync(this.#etagFile, 'utf8') : null;
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array> {
  return;
}
