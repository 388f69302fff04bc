/** The graph is a function of the POMs: never of when they come, nor of which algorithm resolves its conflicts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Pace } from '../../src/base/async/pace.js';
import { isClojarsFetchError } from '../../src/base/error.js';
import { DescriptorReader } from '../../src/maven/pom/descriptor.js';
import { ModelBuilder } from '../../src/maven/pom/effective.js';
import { RawPoms } from '../../src/maven/pom/raw-pom.js';
import { collect } from '../../src/maven/resolver/collect.js';
import { orderConflicts } from '../../src/maven/resolver/conflict-order.js';
import { flatten } from '../../src/maven/resolver/flatten.js';
import type { GraphNode } from '../../src/maven/resolver/graph.js';
import { mediateAcyclic } from '../../src/maven/resolver/mediate-acyclic.js';
import { mediateCyclic } from '../../src/maven/resolver/mediate-cyclic.js';
import { VersionLookup } from '../../src/maven/resolver/version-lookup.js';
import { selectNearest } from '../../src/maven/resolver/version-selector.js';
import { environment, names, type PomParts, request, World } from './support/world.js';

const size = 8;

/** Worlds of artifacts a0…a7 in two versions, with scopes, exclusions, ranges, parents and BOMs. */
function worlds(acyclic: boolean): fc.Arbitrary<Record<string, PomParts>> {
  const edge = fc.tuple(
    fc.nat(size - 1),
    fc.constantFrom('1', '2', '[1,2]', '[2]'),
    fc.constantFrom('', ' runtime', ' optional', ' provided', ' !a3', ' !a5', ' system2'),
  );
  const pom = fc.record({
    edges: fc.array(edge, { maxLength: 4 }),
    parent: fc.option(fc.nat(2), { nil: undefined, freq: 3 }),
    bom: fc.option(fc.nat(2), { nil: undefined, freq: 3 }),
  });
  return fc.array(pom, { minLength: size * 2, maxLength: size * 2 }).map((poms) => {
    const world: Record<string, PomParts> = {};
    poms.forEach(({ edges, parent, bom }, place) => {
      const own = place >> 1;
      const dependencies = edges.filter(([to]) => (acyclic ? to > own : true)).map(([to, version, words]) => `a${to}:${version}${words}`);
      world[`a${own}:${(place & 1) + 1}`] = {
        dependencies: [...new Map(dependencies.map((text) => [text.split(':')[0], text])).values()],
        ...(parent === undefined ? {} : { parent: `p${parent}:1` }),
        ...(bom === undefined ? {} : { managed: [`bom${bom}:1 import type=pom`] }),
      };
    });
    // Parents of parents and BOMs of BOMs, cycles among them included.
    for (let place = 0; place < 3; place++) {
      world[`p${place}:1`] = {
        packaging: 'pom',
        ...(place === 2 ? {} : { parent: `p${place + 1}:1` }),
        managed: [`bom${(place + 1) % 3}:1 import type=pom`],
      };
      world[`bom${place}:1`] = {
        packaging: 'pom',
        managed: [`a${place}:2`, ...(place === 0 ? ['bom1:1 import type=pom'] : place === 1 && !acyclic ? ['bom0:1 import type=pom'] : [])],
      };
    }
    return world;
  });
}

async function outcome(world: World, ...roots: string[]): Promise<unknown> {
  try {
    const graph = await world.resolve(...roots);
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
        const prompt = await outcome(new World(poms), 'a0:1', 'a1:2');
        const shuffled = new World(poms);
        let turn = 0;
        shuffled.delay = () => delays[turn++ % delays.length] ?? 0;
        expect(await outcome(shuffled, 'a0:1', 'a1:2')).toEqual(prompt);
      }),
      { numRuns: 60 },
    );
  });

  test('every file is asked for once', async () => {
    await fc.assert(
      fc.asyncProperty(worlds(false), async (poms) => {
        const world = new World(poms);
        await outcome(world, 'a0:1', 'a1:2');
        expect(world.reads).toHaveLength(new Set(world.reads).size);
      }),
      { numRuns: 40 },
    );
  });

  test('without cycles, the quick mediation gives what the general one gives', async () => {
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
      { numRuns: 300 },
    );
  });
});
