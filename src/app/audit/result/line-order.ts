/** The order of the lines in a result: by the bytes of the path, the order of places in the header, and the kind. */
import { toLineText } from '../../../local/sorted-lines/line-text.js';
import { type AuditPlace, type Finding, findingClasses, type FindingKind, originName } from '../contract.js';

const kinds = Object.keys(findingClasses) as readonly FindingKind[];

/** Returns the text by which lines about a path are sorted. Control characters would end a line of a sorted file. */
export function pathKey(path: string): string {
  return toLineText(path).replace(/[\u0000-\u001f]/g, '\u001f');
}

/** Computes the keys of findings in one result. */
export class FindingOrder {
  readonly #names: readonly string[];
  readonly #ranks: ReadonlyMap<string, string>;

  constructor(places: readonly AuditPlace[]) {
    this.#names = [originName, ...places.map(({ name }) => name)];
    this.#ranks = new Map(this.#names.map((name, rank) => [name, String(rank).padStart(6, '0')]));
  }

  /** Null if the header does not name the place. */
  keyOf({ path, place, finding }: Pick<Finding, 'path' | 'place' | 'finding'>): string | null {
    const rank = this.#ranks.get(place);
    return rank === undefined ? null : `${pathKey(path)}\t${rank}\t${String(kinds.indexOf(finding)).padStart(2, '0')}`;
  }

  /** Reads the place and the kind from a key that {@link keyOf} wrote. */
  read(key: string): Pick<Finding, 'place' | 'finding'> {
    const [rank = '', kind = ''] = key.split('\t').slice(1);
    const [place, finding] = [this.#names[Number(rank)], kinds[Number(kind)]];
    if (place === undefined || finding === undefined) throw new RangeError(`not the key of a finding: ${key}`);
    return { place, finding };
  }
}
