/** A file of an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Buffer;
}

/** A zip archive without compression; the same entries give the same bytes. */
export function createStoredZip(entries: readonly ZipEntry[]): Buffer;
