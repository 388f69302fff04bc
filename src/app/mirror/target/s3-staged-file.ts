/** A file for a bucket, kept on this machine until it is verified. Its digests are computed while it is written. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import type { UploadSource } from '../../../network/s3/upload.js';
import type { StagedFile } from './target.js';

/** A stream takes as much memory for each read, however small the file is. */
const chunkBytes = 256 * 1024;

export class S3StagedFile implements StagedFile {
  readonly #file: string;
  readonly #upload: (source: UploadSource) => Promise<void>;
  readonly #md5 = createHash('md5');
  readonly #sha256 = createHash('sha256');
  #handle: FileHandle | null;
  #bytes = 0;

  private constructor(file: string, handle: FileHandle, upload: (source: UploadSource) => Promise<void>) {
    this.#file = file;
    this.#handle = handle;
    this.#upload = upload;
  }

  /** @param upload stores the file under its key */
  static async create(file: string, upload: (source: UploadSource) => Promise<void>): Promise<S3StagedFile> {
    try {
      return new S3StagedFile(file, await open(file, 'w', 0o600), upload);
    } catch (error) {
      throw localRepositoryError(error, file);
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      await this.#handle?.appendFile(chunk);
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
    this.#md5.update(chunk);
    this.#sha256.update(chunk);
    this.#bytes += chunk.length;
  }

  async publish(): Promise<void> {
    await this.#close();
    const file = this.#file;
    await this.#upload({
      bytes: this.#bytes,
      digests: { md5: this.#md5.copy().digest('hex'), sha256: this.#sha256.copy().digest('hex') },
      read: (from, to) =>
        to > from ? createReadStream(file, { start: from, end: to - 1, highWaterMark: Math.min(chunkBytes, to - from) }) : noBytes(),
    });
    await this.discard();
  }

  async discard(): Promise<void> {
    await this.#close();
    await rm(this.#file, { force: true }).catch(() => undefined);
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close().catch(() => undefined);
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array> {
  return;
}
