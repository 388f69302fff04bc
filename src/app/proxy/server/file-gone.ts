/** The error for a cached file that is no longer the one that was looked up. */

/** The file is missing, or its size or time has changed. Thrown before anything is sent: the caller looks the file up again. */
export class FileGone extends Error {
  override readonly name = 'FileGone';
  constructor(
    readonly file: string,
    readonly problem: 'missing' | 'changed',
  ) {
    super(`${file} ${problem === 'missing' ? 'is missing' : 'has changed'}`);
  }
}
