/** Finds versions that the release feed did not name: their POMs are in the index of the source, and not in the inventory. */
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { lineKey, toLineText } from '../../../local/sorted-lines/line-text.js';
import { folderOf, keyProblem } from '../../../maven/repository-index/key.js';
import type { Filtering } from '../filter/filtering.js';
import { LeftOutPass } from '../filter/left-out.js';

export interface IndexCheckOptions {
  /** In the order of bytes. Others are looked up in vain, which costs requests and does no harm. */
  readonly poms: AsyncIterable<string>;
  /** Absolute path. */
  readonly inventory: string;
  /** Lines of the inventory that changed since it was written; null for files that are gone. */
  readonly changed: ReadonlyMap<string, string | null>;
  readonly isWanted: (pom: string) => boolean;
  /** Versions that the last listing and later increments left out are not lacking: the index tells no dates, and names all versions. */
  readonly filtering: Pick<Filtering, 'leftOut' | 'leftOutOf'>;
}

/** A mirror that lacks more is listed as a whole, which costs less. */
const mostLacking = 1000;

/** Returns the folders of the versions; null if there are too many. */
export async function versionsLacking({
  poms,
  inventory,
  changed,
  isWanted,
  filtering,
}: IndexCheckOptions): Promise<readonly string[] | null> {
  const lacking = new Set<string>();
  const reader = new LineReader(inventory);
  const leftOut = new LeftOutPass(filtering.leftOut);
  try {
    let line = reader.next();
    for await (const pom of poms) {
      const key = toLineText(pom);
      while (line !== null && lineKey(line) < key) line = reader.next();
      const overlay = changed.get(pom);
      const isKnown = overlay === undefined ? line !== null && lineKey(line) === key : overlay !== null;
      if (!isKnown && !leftOut.has(key) && keyProblem(pom) === null && isWanted(pom)) lacking.add(folderOf(pom));
      if (lacking.size > mostLacking) return null;
    }
    return [...lacking].filter((folder) => !filtering.leftOutOf(folderOf(folder))(folder));
  } finally {
    leftOut.close();
    reader.close();
  }
}
