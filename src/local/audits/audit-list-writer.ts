import { createHash } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { temporaryNameFor } from '../../base/disk/temporary-name.js';
import { maxDigestLineBytes, parseDigestLine } from '../../proof/note/digest-line.js';
import { LineWriter } from '../sorted-lines/line-writer.js';

/** The fault of a list that does not count. */
export class ListFault extends Error {
  override readonly name = 'ListFault';
}

/**
 * Checks a list while it arrives, and writes it in the form in which it is searched. It gets its name only when it is whole, has the digest
 * that was signed, and is sorted.
 */
export class AuditListWriter {
  readonly #file: string;
  readonly #sha256: string;
  readonly #temporary: string;
  readonly #lines: LineWriter;
  readonly #hash = createHash('sha256');
  #rest = '';
  #last = '';

  /** @throws ClojarsFetchError `ERR_LOCAL_REPOSITORY` */
  constructor(file: string, sha256: string) {
    this.#file = file;
    this.#sha256 = sha256;
    this.#temporary = join(dirname(file), temporaryNameFor(file));
    this.#lines = new LineWriter(this.#temporary);
  }

  /** @throws ListFault, or ClojarsFetchError `ERR_LOCAL_REPOSITORY` */
  write(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    const text = this.#rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    let at = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
      this.#add(text.slice(at, end));
      at = end + 1;
    }
    this.#rest = text.slice(at);
    if (this.#rest.length > maxDigestLineBytes) throw new ListFault('one of its lines is too long');
  }

  /** @throws ListFault, or ClojarsFetchError `ERR_LOCAL_REPOSITORY` */
  commit(): void {
    if (this.#hash.digest('hex') !== this.#sha256) throw new ListFault('its digest is not the one that was signed');
    if (this.#rest !== '') throw new ListFault('its last line is cut');
    this.#lines.commit();
    renameSync(this.#temporary, this.#file);
  }

  /** Removes what was written. Does nothing after a commit. */
  discard(): void {
    this.#lines.discard();
    rmSync(this.#temporary, { force: true });
  }

  #add(line: string): void {
    const read = parseDigestLine(line);
    if (read === null) throw new ListFault('one of its lines is not a digest and a path');
    if (read.path <= this.#last) throw new ListFault('it is not sorted by path');
    this.#last = read.path;
    this.#lines.write(`${read.path}\t${read.sha256}`);
  }
}
