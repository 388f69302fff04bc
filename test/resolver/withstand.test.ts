/** Hostile graphs: bounded time, or an error that names the place. */
import { describe, expect, test } from 'vitest';

import { names, request, World } from './support/world.js';

/** Vitest types its matchers as `any`. */
const text = (matcher: unknown): unknown => matcher;

describe('hostile graphs', () => {
  test('50,000 edges', async () => {
    const world = new World();
    const layers = 16;
    const width = 58;
    for (let layer = 0; layer < layers; layer++) {
      for (let place = 0; place < width; place++) {
        world.add(
          `l${layer}x${place}:1`,
          layer + 1 === layers ? {} : { dependencies: Array.from({ length: width }, (_, next) => `l${layer + 1}x${next}:1`) },
        );
      }
    }
    world.add('root:1', { dependencies: Array.from({ length: width }, (_, place) => `l0x${place}:1`) });
    const graph = await world.resolve('root:1');
    expect(graph.nodes).toHaveLength(layers * width + 1);
    expect(graph.nodeCount).toBeGreaterThan(50_000);
  });

  test('a chain of 5,000', async () => {
    const world = new World();
    for (let place = 0; place < 5000; place++) world.add(`c${place}:1`, { dependencies: [`c${place + 1}:1`] });
    await expect(world.resolve('c0:1')).rejects.toMatchObject({
      code: 'ERR_LIMIT',
      reason: 'too-deep',
      coordinate: text(expect.stringMatching(/^g:c\d+:jar:1$/)),
    });
    const longest = await world.resolver().resolve(request('c4100:1'));
    expect(longest.nodes).toHaveLength(901);
  });

  test('a chain of 900 with a cycle at its end', async () => {
    const world = new World();
    for (let place = 0; place < 900; place++) world.add(`c${place}:1`, { dependencies: [`c${place + 1}:1`] });
    world.add('c900:1', { dependencies: ['c450:2'] });
    expect((await world.resolve('c0:1')).nodes).toHaveLength(901);
  });

  test('more nodes than allowed', async () => {
    const world = new World({ 'a:1': { dependencies: ['b:1', 'c:1', 'd:1'] }, 'b:1': {}, 'c:1': {}, 'd:1': {} });
    await expect(world.resolver().resolve(request('a:1'), { limits: { maxNodes: 3 } })).rejects.toMatchObject({
      code: 'ERR_LIMIT',
      reason: 'too-large',
      message: text(expect.stringContaining('g:c:jar:1')),
    });
  });

  test('exclusions that multiply subtrees', async () => {
    const world = new World();
    for (let place = 0; place < 40; place++) {
      world.add(`e${place}:1`, { dependencies: [`e${place + 1}:1 !x${place}`, `e${place + 1}:1 classifier=k !y${place}`] });
    }
    await expect(world.resolver().resolve(request('e0:1'), { limits: { maxNodes: 20_000 } })).rejects.toMatchObject({
      code: 'ERR_LIMIT',
      reason: 'too-large',
    });
    await expect(world.resolver().resolve(request('e0:1'), { limits: { maxExclusionSets: 5000 } })).rejects.toMatchObject({
      code: 'ERR_LIMIT',
      message: text(expect.stringContaining('combinations of exclusions')),
    });
  });

  test('versions of 10 kB', async () => {
    const long = '1.'.repeat(5000) + '0';
    const world = new World({
      'a:1': { dependencies: [`d:${long}`, 'b:1'] },
      'b:1': { dependencies: [`d:[1,${long}]`] },
      [`d:${long}`]: {},
    });
    expect(names(await world.resolve('a:1')).map((name) => name.length)).toEqual([3, long.length + 2, 3]);
    await expect(world.resolve(`d:[2,${'9.'.repeat(5000)}]`)).rejects.toMatchObject({ code: 'ERR_RANGE', reason: 'no-match' });
  });
});
