/** Arbitrary worlds of POMs, for properties that hold for every graph. */
import fc from 'fast-check';

import type { PomParts } from './world.js';

const size = 8;

/** Worlds of artifacts a0…a7 in two versions, with scopes, exclusions, ranges, parents and BOMs. */
export function worlds(acyclic: boolean): fc.Arbitrary<Record<string, PomParts>> {
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
    // Including parents of parents, BOMs of BOMs, and cycles among them.
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
