/** Holds a cache against a model: the files that a plain list, in the order of use, would keep. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { openFolderCache } from '../../../src/local/cache/folder-cache.js';
import { createTemporaryFolder } from '../../support/folder.js';
import { clojars, jar, place } from './support.js';

const limitBytes = 1000;

interface Step {
  readonly kind: 'fetch' | 'use' | 'hold' | 'release' | 'damage';
  readonly version: number;
  /** Of the file to fetch. */
  readonly size: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('fetch', 'fetch', 'fetch', 'use', 'hold', 'release', 'damage'),
  version: fc.integer({ min: 0, max: 7 }),
  size: fc.integer({ min: 1, max: 600 }),
});

/** Versions and sizes, used longest ago first. */
class Model {
  readonly kept = new Map<number, number>();
  readonly held = new Map<number, (() => void)[]>();

  get bytes(): number {
    return [...this.kept.values()].reduce((sum, size) => sum + size, 0);
  }

  use(version: number): void {
    const size = this.kept.get(version);
    if (size === undefined) return;
    this.kept.delete(version);
    this.kept.set(version, size);
  }

  /** Removes what must leave; false, and removes nothing, if there is not enough. */
  makeRoom(bytes: number): boolean {
    const movable = [...this.kept].filter(([version]) => !this.held.has(version));
    let lacking = this.bytes + bytes - limitBytes;
    if (lacking > movable.reduce((sum, [, size]) => sum + size, 0)) return false;
    for (const [version, size] of movable) {
      if (lacking <= 0) break;
      this.kept.delete(version);
      lacking -= size;
    }
    return true;
  }
}

it('keeps what a list in the order of use would keep', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { path: folder, remove } = await createTemporaryFolder();
      // Later than the times of the files themselves.
      let now = Date.now() + 3_600_000;
      const cache = await openFolderCache({ folder, repositories: [clojars], limitBytes, now: () => (now += 1000), freeBytes: () => null });
      const model = new Model();
      try {
        await cache.counted();
        for (const one of steps) {
          const path = jar(String(one.version));
          if (one.kind === 'use') {
            cache.touch('clojars', path);
            model.use(one.version);
          } else if (one.kind === 'hold') {
            model.held.set(one.version, [...(model.held.get(one.version) ?? []), cache.hold('clojars', path)]);
          } else if (one.kind === 'release') {
            const [release, ...rest] = model.held.get(one.version) ?? [];
            release?.();
            if (rest.length > 0) model.held.set(one.version, rest);
            else model.held.delete(one.version);
          } else if (one.kind === 'damage') {
            await cache.setAside('clojars', path);
            model.kept.delete(one.version);
          } else if (!model.kept.has(one.version)) {
            const free = await cache.reserve(one.size).catch(() => null);
            expect(free !== null).toBe(model.makeRoom(one.size));
            if (free === null) continue;
            await place(cache, path, Buffer.alloc(one.size));
            free();
            model.kept.set(one.version, one.size);
          }
          expect(cache.stats()).toMatchObject({ bytes: model.bytes, files: model.kept.size, reservedBytes: 0 });
          for (let n = 0; n <= 7; n++) {
            expect(cache.lookup('clojars', jar(String(n))) !== null).toBe(model.kept.has(n));
            expect(existsSync(join(cache.folder('clojars'), jar(String(n))))).toBe(model.kept.has(n));
          }
        }
      } finally {
        await cache.close();
        await remove();
      }
    }),
    { numRuns: 20 },
  );
});
