import fc from 'fast-check';
import { expect, it } from 'vitest';

import { Inventory } from '../../../src/local/cache/inventory.js';
import { type EvictionUnit, planEviction } from '../../../src/local/cache/plan-eviction.js';

const unit = fc.record({
  bytes: fc.integer({ min: 0, max: 100 }),
  files: fc.integer({ min: 0, max: 5 }),
  lastUsedMs: fc.integer({ min: 0, max: 50 }),
  standing: fc.constantFrom('free' as const, 'spared' as const, 'held' as const),
});
const units = fc
  .array(unit, { maxLength: 30 })
  .map((all): EvictionUnit[] =>
    all.map((one, index) => ({ ...one, key: `k${index}` })).sort((one, other) => one.lastUsedMs - other.lastUsedMs),
  );
const needed = fc.record({ bytes: fc.integer({ min: -50, max: 1500 }), files: fc.integer({ min: -5, max: 60 }) });
const sum = (all: readonly EvictionUnit[], field: 'bytes' | 'files'): number => all.reduce((total, one) => total + one[field], 0);

it('makes enough room whenever that is possible, and takes nothing that is held', () => {
  fc.assert(
    fc.property(units, needed, (all, need) => {
      const { victims, suffices } = planEviction(all, need);
      const movable = all.filter(({ standing, files }) => standing !== 'held' && files > 0);
      const isPossible = sum(movable, 'bytes') >= need.bytes && sum(movable, 'files') >= need.files;
      expect(suffices).toBe(isPossible || (need.bytes <= 0 && need.files <= 0));
      expect(victims.every((victim) => movable.includes(victim))).toBe(true);
      expect(new Set(victims).size).toBe(victims.length);
      if (suffices) expect(sum(victims, 'bytes') >= need.bytes && sum(victims, 'files') >= need.files).toBe(true);
    }),
  );
});

it('takes no unit that was used later than one that it leaves, and no more than it takes', () => {
  fc.assert(
    fc.property(units, needed, (all, need) => {
      const { victims, suffices } = planEviction(all, need);
      const last = victims.at(-1);
      if (!suffices || last === undefined) return;
      const left = all.filter((one) => !victims.includes(one) && one.standing !== 'held' && one.files > 0 && one.bytes > 0);
      for (const one of left) {
        expect(one.standing === 'free' && last.standing === 'spared').toBe(false);
        if (one.standing === last.standing) expect(one.lastUsedMs).toBeGreaterThanOrEqual(last.lastUsedMs);
      }
      const others = victims.slice(0, -1);
      expect(sum(others, 'bytes') >= need.bytes && sum(others, 'files') >= need.files).toBe(false);
    }),
  );
});

it('looks at no more units than it has to', () => {
  let looked = 0;
  const endless = function* (): Generator<EvictionUnit> {
    for (;;) yield { key: `k${looked++}`, bytes: 10, files: 1, lastUsedMs: looked, standing: 'free' };
  };
  expect(planEviction(endless(), { bytes: 95, files: 0 }).victims).toHaveLength(10);
  expect(looked).toBe(10);
  looked = 0;
  expect(planEviction(endless(), { bytes: 1_000_000, files: 0 }, 4)).toMatchObject({ suffices: false, victims: { length: 4 } });
  expect(looked).toBe(5);
});

/** A change of the inventory. The times repeat and go back, as clocks do and notes of other processes. */
const change = fc.record({
  kind: fc.constantFrom('put', 'put', 'touch', 'remove', 'limit', 'read', 'read few'),
  folder: fc.integer({ min: 0, max: 6 }).map((number) => `r/f${number}`),
  usedMs: fc.integer({ min: 0, max: 12 }),
});

it('is given the folders in the order of their last use, whatever happened to them', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const inventory = new Inventory();
      for (const { kind, folder, usedMs } of [...changes, { kind: 'read', folder: '', usedMs: 0 }]) {
        if (kind === 'put') inventory.put(folder, 'a.jar', 1, usedMs);
        else if (kind === 'touch') inventory.touch(folder, usedMs);
        else if (kind === 'remove') inventory.remove(folder, 'a.jar');
        else if (kind === 'limit') inventory.limitUse(usedMs);
        else {
          const read = kind === 'read' ? [...inventory.byAge()] : first(inventory.byAge(), 2);
          const sorted = [...inventory.folders()].sort((one, other) => one.lastUsedMs - other.lastUsedMs || (one.key < other.key ? -1 : 1));
          expect(read).toEqual(kind === 'read' ? sorted : sorted.slice(0, 2));
        }
      }
    }),
  );
});

function first<Item>(items: Iterable<Item>, count: number): Item[] {
  const found: Item[] = [];
  for (const item of items) {
    found.push(item);
    if (found.length === count) break;
  }
  return found;
}
