/** The order of the lines in a result: by the bytes of the path, the order of places in the header, and the kind. */
import { toLineText } from '../../../local/sorted-lines/line-text.js';
import { type AuditPlace, type Finding, findingClasses, originName } from '../contract.js';

const kinds = Object.keys(findingClasses);

/** Returns the text by which lines about a path are sorted. Control characters would end a line of a sorted file. */
export function pathKey(path: string): string {
  return toLineText(path).replace(/[\u0000-\u001f]/g, '\u001f');
}

/** Computes the keys of findings in one result. */
export class FindingOrder {
  readonly #ranks: ReadonlyMap<string, string>;

  constructor(places: readonly AuditPlace[]) {
    this.#ranks = new Map([originName, ...places.map(({ name }) => name)].map((name, rank) => [name, String(rank).padStart(6, '0')]));
  }

  /** Null if the header does not name the place. */
  keyOf({ path, place, finding }: Pick<Finding, 'path' | 'place' | 'finding'>): string | null {
    const rank = this.#ranks.get(place);
    return rank === undefined ? null : `${pathKey(path)}\t${rank}\t${String(kinds.indexOf(finding)).padStart(2, '0')}`;
  }
}
