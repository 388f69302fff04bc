/**
 * The graph is a function of the POMs: it depends neither on the order in which they arrive nor on the algorithm that resolves its
 * conflicts.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Pace } from '../../src/base/async/pace.js';
import { isClojarsFetchError } from '../../src/base/error.js';
import { DescriptorReader } from '../../src/maven/pom/descriptor.js';
import { ModelBuilder } from '../../src/maven/pom/effective.js';
import { RawPoms } from '../../src/maven/pom/raw-pom.js';
import { flatten } from '../../src/maven/resolver/graph/flatten.js';
import type { GraphNode } from '../../src/maven/resolver/graph/graph.js';
import { VersionLookup } from '../../src/maven/resolver/graph/version-lookup.js';
import { collect } from '../../src/maven/resolver/maven/collect.js';
import { orderConflicts } from '../../src/maven/resolver/maven/conflict-order.js';
import { mediateAcyclic } from '../../src/maven/resolver/maven/mediate-acyclic.js';
import { mediateCyclic } from '../../src/maven/resolver/maven/mediate-cyclic.js';
import { selectNearest } from '../../src/maven/resolver/maven/version-selector.js';
import type { ResolveGraphOptions } from '../../src/maven/resolver/resolve-graph.js';
import { worlds } from './support/random-worlds.js';
import { environment, names, request, World } from './support/world.js';

async function outcome(world: World, options: ResolveGraphOptions, ...roots: string[]): Promise<unknown> {
  try {
    const graph = await world.resolver().resolve(request(...roots), options);
    return [
      names(graph),
      graph.nodes.map(({ depth, node }) => [depth, node.optional]),
      graph.cycles,
      graph.sources,
      graph.problems.map(({ artifact, problem }) => [String(artifact), problem.kind, problem.reason]),
    ];
  } catch (error) {
    if (!isClojarsFetchError(error)) throw error;
    return [error.code, error.reason, error.coordinate];
  }
}

describe('determinism', () => {
  test('the order of arrival changes nothing', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(worlds(false), fc.array(fc.nat(3), { minLength: 16, maxLength: 16 }), async (poms, delays) => {
        const prompt = await outcome(new World(poms), {}, 'a0:1', 'a1:2');
        const shuffled = new World(poms);
        let turn = 0;
        shuffled.delay = () => delays[turn++ % delays.length] ?? 0;
        expect(await outcome(shuffled, {}, 'a0:1', 'a1:2')).toEqual(prompt);
      }),
      { numRuns: 30 },
    );
  });

  test.each(['nearest', 'tools-deps'] as const)('POMs that are there at once change nothing, by the rule %s', async (conflicts) => {
    await fc.assert(
      fc.asyncProperty(worlds(false), fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }), async (poms, there) => {
        const awaited = await outcome(new World(poms), { conflicts }, 'a0:1', 'a1:2');
        const local = new World(poms);
        const names = [...local.files.keys()];
        local.isThere = (name) => there[names.indexOf(name) % there.length] === true;
        expect(await outcome(local, { conflicts }, 'a0:1', 'a1:2')).toEqual(awaited);
        expect(local.reads).toHaveLength(new Set(local.reads).size);
      }),
      { numRuns: 40 },
    );
  });

  test('every file is requested once', async () => {
    await fc.assert(
      fc.asyncProperty(worlds(false), async (poms) => {
        const world = new World(poms);
        await outcome(world, {}, 'a0:1', 'a1:2');
        expect(world.reads).toHaveLength(new Set(world.reads).size);
      }),
      { numRuns: 20 },
    );
  });

  test('without cycles, the quick mediation gives the same as the general one', async () => {
    await fc.assert(
      fc.asyncProperty(worlds(true), async (poms) => {
        const results = [];
        for (const mediate of [mediateAcyclic, mediateCyclic]) {
          let root: GraphNode;
          try {
            const raw = new RawPoms(new World(poms));
            const graph = await collect(
              new DescriptorReader(new ModelBuilder(raw, environment)),
              new VersionLookup(raw),
              request('a0:1', 'a1:2', 'a2:1'),
              { descriptors: 'lenient', maxNodes: 100_000, maxDepth: 100, maxExclusionSets: 1000 },
            );
            root = graph.root;
            const pace = new Pace(undefined);
            const order = await orderConflicts(root, pace);
            expect(order.cyclic.size).toBe(0);
            await mediate(root, order, selectNearest, pace);
            results.push(flatten(root).map(({ node, depth }) => [String(node.artifact), node.scope, node.optional, depth]));
          } catch (error) {
            if (!isClojarsFetchError(error)) throw error;
            results.push([error.code, error.reason, error.message]);
          }
        }
        expect(results[0]).toEqual(results[1]);
      }),
      { numRuns: 150 },
    );
  });
});
