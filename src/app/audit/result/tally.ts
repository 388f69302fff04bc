/** Counts findings by place and kind. */
import {
  type AuditPlace,
  type Finding,
  type FindingClass,
  findingClasses,
  type FindingCounts,
  type FindingKind,
  originName,
} from '../contract.js';

const kinds = Object.keys(findingClasses) as readonly FindingKind[];

export class Tally {
  readonly #counts = new Map<string, Partial<Record<FindingKind, number>>>();

  constructor(places: readonly AuditPlace[]) {
    for (const name of [originName, ...places.map((place) => place.name)]) this.#counts.set(name, {});
  }

  add({ place, finding }: Pick<Finding, 'place' | 'finding'>): void {
    const counts = this.#counts.get(place);
    if (counts !== undefined) counts[finding] = (counts[finding] ?? 0) + 1;
  }

  /** Kinds in the order of the contract, so that equal counts make equal lines. */
  of(place: string): FindingCounts {
    return inOrder(this.#counts.get(place) ?? {});
  }
}

/** The counts of findings by class. */
export type ClassCounts = Readonly<Record<FindingClass, number>>;

/** Adds up counts of kinds by class. */
export function countsByClass(counts: readonly FindingCounts[]): ClassCounts {
  const sums = { lie: 0, gap: 0, lag: 0, extra: 0, upstream: 0, unknown: 0 };
  for (const each of counts) for (const kind of kinds) sums[findingClasses[kind]] += each[kind] ?? 0;
  return sums;
}

export function inOrder(counts: FindingCounts): FindingCounts {
  return Object.fromEntries(kinds.flatMap((kind) => (counts[kind] === undefined ? [] : [[kind, counts[kind]]])));
}

export function areSameCounts(one: FindingCounts, other: FindingCounts): boolean {
  return kinds.every((kind) => (one[kind] ?? 0) === (other[kind] ?? 0));
}
