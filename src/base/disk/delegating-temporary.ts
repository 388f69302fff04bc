import type { CommitOptions, PlacedFile, TemporaryFile, WriteOptions } from './temporary-file.js';

/** Hands every call on to another temporary file: for classes that change some of them. */
export class DelegatingTemporary implements TemporaryFile {
  protected readonly inner: TemporaryFile;

  constructor(inner: TemporaryFile) {
    this.inner = inner;
  }

  get file(): string {
    return this.inner.file;
  }

  get target(): string {
    return this.inner.target;
  }

  get size(): number {
    return this.inner.size;
  }

  write(chunk: Uint8Array, options?: WriteOptions): Promise<void> | undefined {
    return this.inner.write(chunk, options);
  }

  flush(): Promise<void> {
    return this.inner.flush();
  }

  contents(): Promise<Uint8Array> {
    return this.inner.contents();
  }

  truncate(to: number): Promise<void> {
    return this.inner.truncate(to);
  }

  commit(options?: CommitOptions): Promise<PlacedFile> {
    return this.inner.commit(options);
  }

  discard(): Promise<void> {
    return this.inner.discard();
  }
}
