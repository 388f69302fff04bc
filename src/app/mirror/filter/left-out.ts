/** Looks up the folders that a survey left out, in its sorted file. */
import { LineFinder } from '../../../local/sorted-lines/line-finder.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { fromLineText, toLineText } from '../../../local/sorted-lines/line-text.js';
import { folderOf } from '../../../maven/repository-index/key.js';

/** Answers for one key after the other, in the order of their bytes, by one pass over the file. */
export class LeftOutPass {
  readonly #reader: LineReader;
  #line: string | null;
  /** Folders in the file that the present key lies in, outermost first. */
  readonly #around: string[] = [];

  /** @param file absolute; may be missing */
  constructor(file: string) {
    this.#reader = new LineReader(file);
    this.#line = this.#reader.next();
  }

  /** Whether the file lies directly in such a folder. @param key one character for each byte */
  has(key: string): boolean {
    if (this.#line === null && this.#around.length === 0) return false;
    while (this.#around.length > 0 && !key.startsWith(this.#around.at(-1) ?? '')) this.#around.pop();
    for (; this.#line !== null && this.#line <= key; this.#line = this.#reader.next())
      if (key.startsWith(this.#line)) this.#around.push(this.#line);
    return this.#around.includes(`${folderOf(key)}/`);
  }

  close(): void {
    this.#reader.close();
  }
}

/** Returns the folders in the file that lie beneath a folder. @param file absolute; may be missing */
export function leftOutBeneath(file: string, folder: string): ReadonlySet<string> {
  const finder = new LineFinder(file);
  try {
    return new Set([...finder.startingWith(toLineText(`${folder}/`))].map((line) => fromLineText(line).slice(0, -1)));
  } finally {
    finder.close();
  }
}
