import fc from 'fast-check';
import { expect, it } from 'vitest';

import { type EvictionUnit, planEviction } from '../../../src/local/cache/plan-eviction.js';

const unit = fc.record({
  bytes: fc.integer({ min: 0, max: 100 }),
  files: fc.integer({ min: 0, max: 5 }),
  lastUsedMs: fc.integer({ min: 0, max: 50 }),
  standing: fc.constantFrom('free' as const, 'spared' as const, 'held' as const),
});
const units = fc.array(unit, { maxLength: 30 }).map((all): EvictionUnit[] => all.map((one, index) => ({ ...one, key: `k${index}` })));
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

it('does not depend on the order of the units', () => {
  fc.assert(
    fc.property(units, needed, (all, need) => {
      expect(planEviction([...all].reverse(), need)).toEqual(planEviction(all, need));
    }),
  );
});
