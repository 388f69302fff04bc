/** Neither the time nor the order of answers decides anything. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { formatDependencyTree } from '../../src/fetch/resolution/text.js';
import { Workbench } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'h'];

/** Artifacts of three versions each, with random dependencies: cycles, ranges and conflicts included. */
const graphs = fc
  .array(
    fc.array(
      fc.record({
        to: fc.constantFrom(...names),
        version: fc.constantFrom('1', '2', '3', '[1,3)', '[2,]'),
        scope: fc.constantFrom('', '', ' runtime', ' provided', ' optional'),
      }),
      { maxLength: 3 },
    ),
    { minLength: 21, maxLength: 21 },
  )
  .map((edges) =>
    world(
      ...edges.map((targets, index) => {
        const unique = targets.filter(({ to }, at) => targets.findIndex((other) => other.to === to) === at);
        const tail = unique.map(({ to, version, scope }) => `${to}:${version}${scope}`).join(', ');
        return `${names[index % 7] ?? ''}:${Math.floor(index / 7) + 1}${tail === '' ? '' : ` -> ${tail}`}`;
      }),
    ),
  );

describe('arrival order', () => {
  test('changes neither the closure nor the files on the disk', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 40, maxLength: 40 }), async (files, delays) => {
        const outcomes = [];
        for (const shuffled of [false, true]) {
          const bench = new Workbench();
          await bench.open();
          try {
            const server = await bench.serve(files, {
              fault: (_path, index) => (shuffled ? { delayMs: delays[index % delays.length] ?? 0 } : null),
            });
            const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
            const outcome = await client.resolveDependencies(['g:a:1', 'g:b:2']).then(
              (resolution) => ({
                tree: formatDependencyTree(resolution.tree()),
                order: resolution.dependencies.map(({ coordinate, scope, sha256 }) => [coordinate, scope, sha256]),
                cycles: resolution.cycles,
                wanted: resolution.dependencies
                  .flatMap(({ artifact, version, path }) => (path === null ? [] : [pathOf(artifact, version)]))
                  .sort(),
              }),
              (error: unknown) => String(error),
            );
            const jars = (await bench.placed()).filter((name) => name.endsWith('.jar'));
            // No superseded file remains, whatever was fetched before that was known.
            if (typeof outcome === 'string') expect(jars).toEqual([]);
            else expect(jars).toEqual(outcome.wanted);
            expect((await bench.placed()).filter((name) => name.endsWith('tmp'))).toEqual([]);
            outcomes.push(outcome);
          } finally {
            await bench.close();
          }
        }
        expect(outcomes[1]).toEqual(outcomes[0]);
      }),
      // No shrinking: a counterexample holds every file, and the seed alone replays it.
      { numRuns: 6, endOnFailure: true },
    );
  });
});
