/** The lines of a sorted listing, from which a plan is made. */
import { fromLineText, toLineText } from '../../../local/sorted-lines/line-text.js';
import { dateOfFile } from '../../mirror/source/file-date.js';
import type { SourceFile } from '../../mirror/source/source.js';

export interface ListedFile {
  readonly key: string;
  readonly size: number | null;
  /** Lower-case hex; empty if the listing does not give the MD5 of the bytes. */
  readonly etag: string;
  /** Epoch seconds. */
  readonly time: number | null;
  /** Empty if the listing does not give it. */
  readonly sha256: string;
  readonly isGuess: boolean;
}

/** Files that were stored in several parts have other ETags. */
const md5 = /^[0-9a-f]{32}$/i;

/** @param sha256 in hex, or empty */
export function formatListed(file: SourceFile, sha256 = ''): string {
  const { key, size, mark, isGuess } = file;
  const etag = mark.startsWith('e:') ? mark.slice(2).replace(/"/g, '') : '';
  const ms = dateOfFile(file);
  const time = ms === null ? '' : String(Math.floor(ms / 1000));
  return `${toLineText(key)}\t${size ?? ''}\t${md5.test(etag) ? etag.toLowerCase() : ''}\t${time}\t${sha256}\t${isGuess === true ? '?' : ''}`;
}

export function parseListed(line: string): ListedFile {
  const [key = '', size = '', etag = '', time = '', sha256 = '', guess = ''] = line.split('\t');
  return {
    key: fromLineText(key),
    size: size === '' ? null : Number(size),
    etag,
    time: time === '' ? null : Number(time),
    sha256,
    isGuess: guess !== '',
  };
}
