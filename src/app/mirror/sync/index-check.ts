/** Finds versions that the release feed did not name: their POMs are in the index of the source, and not in the inventory. */
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { lineKey, toLineText } from '../../../local/sorted-lines/line-text.js';
import { folderOf, keyProblem } from '../../../maven/repository-index/key.js';

export interface IndexCheckOptions {
  /** In the order of bytes. Others are looked up in vain, which costs requests and does no harm. */
  readonly poms: AsyncIterable<string>;
  /** Absolute path. */
  readonly inventory: string;
  /** Lines of the inventory that changed since it was written; null for files that are gone. */
  readonly changed: ReadonlyMap<string, string | null>;
  readonly isWanted: (pom: string) => boolean;
}

/** A mirror that lacks more is listed as a whole, which costs less. */
const mostLacking = 1000;

/** Returns the folders of the versions; null if there are too many. */
export async function versionsLacking({ poms, inventory, changed, isWanted }: IndexCheckOptions): Promise<readonly string[] | null> {
  const lacking = new Set<string>();
  const reader = new LineReader(inventory);
  try {
    let line = reader.next();
    for await (const pom of poms) {
      const key = toLineText(pom);
      while (line !== null && lineKey(line) < key) line = reader.next();
      const overlay = changed.get(pom);
      const isKnown = overlay === undefined ? line !== null && lineKey(line) === key : overlay !== null;
      if (!isKnown && keyProblem(pom) === null && isWanted(pom)) lacking.add(folderOf(pom));
      if (lacking.size > mostLacking) return null;
    }
    return [...lacking];
  } finally {
    reader.close();
  }
}
