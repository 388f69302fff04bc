/** The lines of the list of a place: of a mirror's inventory, or of a listing that was sorted. */
import { parseListed } from '../plan/listed-file.js';

/** A file as the list of a place describes it. */
export interface ListedThing {
  /** Null if the list does not tell. */
  readonly size: number | null;
  /** Of the bytes, in hex; empty if the list does not tell. */
  readonly md5: string;
  readonly sha256: string;
}

export type ParseListLine = (line: string) => ListedThing;

const md5Hex = /^[0-9a-f]{32}$/;

/** Reads a line of an inventory. There are millions, so it is not split into fields that are not used. */
export function parseInventoryLine(line: string): ListedThing {
  const size = line.indexOf('\t') + 1;
  const mark = line.indexOf('\t', size) + 1;
  const sha256 = line.indexOf('\t', mark) + 1;
  const md5 = line.startsWith('e:', mark) ? line.slice(mark + 2, sha256 - 1) : '';
  return { size: Number(line.slice(size, mark - 1)), md5: md5Hex.test(md5) ? md5 : '', sha256: line.slice(sha256, sha256 + 64) };
}

/** Reads a line that {@link collectAll} wrote. */
export function parseListingLine(line: string): ListedThing {
  const { size, etag, sha256 } = parseListed(line);
  return { size, md5: etag, sha256 };
}
