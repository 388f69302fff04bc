import { describe, expect, test } from 'vitest';

import { dependency, names, request, World } from './support/world.js';

/** Vitest types its matchers as `any`. */
const text = (matcher: unknown): unknown => matcher;

describe('what wins', () => {
  test('the nearest version, and at the same depth the first', async () => {
    const world = new World({
      'a:1': { dependencies: ['b:1', 'c:1'] },
      'b:1': { dependencies: ['d:1'] },
      'c:1': { dependencies: ['d:2', 'e:1'] },
      'e:1': { dependencies: ['d:3'] },
      'd:1': {},
      'd:2': {},
      'd:3': {},
    });
    expect(names(await world.resolve('a:1'))).toEqual(['a:1', 'b:1', 'd:1', 'c:1', 'e:1']);
    expect(names(await world.resolve('a:1', 'd:3'))).toEqual(['a:1', 'b:1', 'c:1', 'e:1', 'd:3']);
  });

  test('the highest version, when asked for', async () => {
    const world = new World({
      'a:1': { dependencies: ['d:1', 'c:1'] },
      'c:1': { dependencies: ['d:2'] },
      'd:1': { dependencies: ['old:1'] },
      'd:2': { dependencies: ['new:1'] },
      'old:1': {},
      'new:1': {},
    });
    const graph = await world.resolver().resolve(request('a:1'), { conflicts: 'highest' });
    expect(names(graph)).toEqual(['a:1', 'c:1', 'd:2', 'new:1']);
  });

  test('the highest version that every range allows, when asked for', async () => {
    const world = new World({
      'a:1': { dependencies: ['d:1', 'b:1', 'c:1'] },
      'b:1': { dependencies: ['d:[1,3)'] },
      'c:1': { dependencies: ['d:3'] },
      'd:1': {},
      'd:2': { dependencies: ['two:1'] },
      'd:3': {},
      'two:1': {},
    });
    expect(names(await world.resolver().resolve(request('a:1'), { conflicts: 'highest' }))).toEqual(['a:1', 'b:1', 'd:2', 'two:1', 'c:1']);
    const torn = new World({ 'a:1': { dependencies: ['d:[1]', 'b:1'] }, 'b:1': { dependencies: ['d:[2]'] }, 'd:1': {}, 'd:2': {} });
    await expect(torn.resolver().resolve(request('a:1'), { conflicts: 'highest' })).rejects.toMatchObject({
      code: 'ERR_RANGE',
      reason: 'conflict',
      message: text(expect.stringContaining('g:d')),
    });
  });

  test('a range over a nearer plain version outside it', async () => {
    const world = new World({
      'a:1': { dependencies: ['d:1', 'b:1'] },
      'b:1': { dependencies: ['d:[2,3)'] },
      'd:1': {},
      'd:2': {},
      'd:2.5': {},
      'd:3': {},
    });
    expect(names(await world.resolve('a:1'))).toEqual(['a:1', 'b:1', 'd:2.5']);
  });

  test('losers know their winner', async () => {
    const world = new World({ 'a:1': { dependencies: ['d:1', 'b:1'] }, 'b:1': { dependencies: ['d:2'] }, 'd:1': {}, 'd:2': {} });
    const graph = await world.resolve('a:1');
    const b = graph.nodes.find(({ node }) => node.artifact?.artifact === 'b')?.node;
    expect(b?.children.kept).toEqual([]);
    expect(b?.children.all.map((node) => node.winner?.artifact?.version)).toEqual(['1']);
  });
});

describe('what is followed', () => {
  const world = new World({
    'a:1': { dependencies: ['b:1 optional', 'c:1 test', 'd:1 provided', 'e:1 runtime', 'w:1 type=war'] },
    'b:1': {},
    'c:1': {},
    'd:1': {},
    'e:1': { dependencies: ['f:1'] },
    'f:1': {},
    'w:1': { dependencies: ['b:1'] },
  });

  test('below a direct dependency: no optional, test and provided ones; scopes derive', async () => {
    expect(names(await world.resolve('a:1'))).toEqual(['a:1', 'e:1/runtime', 'f:1/runtime', 'w:1']);
  });

  test('below a root: optional ones too', async () => {
    const graph = await world.resolver().resolve({ root: dependency('a:1'), dependencies: [], managed: [] });
    expect(names(graph)).toEqual(['a:1', 'b:1', 'e:1/runtime', 'f:1/runtime', 'w:1']);
    expect(graph.nodes.map(({ depth }) => depth)).toEqual([0, 1, 1, 2, 1]);
  });

  test('not what is excluded, on that path', async () => {
    const excluding = new World({
      'a:1': { dependencies: ['b:1 !d', 'c:1'] },
      'b:1': { dependencies: ['d:1'] },
      'c:1': { dependencies: ['d:2'] },
      'd:1': {},
      'd:2': {},
      'x:1': { dependencies: ['b:1 !*:*'] },
    });
    expect(names(await excluding.resolve('a:1'))).toEqual(['a:1', 'b:1', 'c:1', 'd:2']);
    expect(names(await excluding.resolve('x:1'))).toEqual(['x:1', 'b:1']);
  });

  test('cycles end, and are told', async () => {
    const cyclic = new World({
      'a:1': { dependencies: ['b:1'] },
      'b:1': { dependencies: ['c:1', 'a:2'] },
      'c:1': { dependencies: ['b:1'] },
    });
    const graph = await cyclic.resolve('a:1');
    expect(names(graph)).toEqual(['a:1', 'b:1', 'c:1']);
    expect(graph.cycles.map(({ path }) => path)).toEqual([
      ['g:b:jar:', 'g:c:jar:', 'g:b:jar:'],
      ['g:a:jar:', 'g:b:jar:', 'g:a:jar:'],
    ]);
  });
});

describe('management', () => {
  const world = new World({
    'a:1': { dependencies: ['b:1'] },
    'b:1': { dependencies: ['c:1'] },
    'c:1': {},
    'c:9': {},
    'b:9': { dependencies: ['c:1'] },
  });

  test('applies from the second level down', async () => {
    const managed = [
      { ...dependency('a:9'), scope: '' },
      { ...dependency('c:9'), scope: 'runtime' },
    ];
    const graph = await world.resolver().resolve({ ...request('a:1'), managed });
    expect(names(graph)).toEqual(['a:1', 'b:1', 'c:9/runtime']);
    expect(graph.nodes[2]?.node.premanaged).toEqual({ version: '1', scope: 'compile' });
  });

  test('exclusions apply to direct dependencies too', async () => {
    const exclusion = { group: 'g', artifact: 'c', classifier: '*', extension: '*' };
    const graph = await world
      .resolver()
      .resolve({ ...request('a:1'), managed: [{ ...dependency('a:1'), scope: '', exclusions: [exclusion] }] });
    expect(names(graph)).toEqual(['a:1', 'b:1']);
  });
});

describe('faults', () => {
  test('a missing POM and a broken one are tolerated and told, or refused', async () => {
    const world = new World({ 'a:1': { dependencies: ['gone:1', 'broken:1'] }, 'broken:1': '<project>' });
    const graph = await world.resolve('a:1');
    expect(names(graph)).toEqual(['a:1', 'gone:1', 'broken:1']);
    expect(graph.problems.map(({ artifact, problem }) => [artifact.artifact, problem.kind])).toEqual([
      ['gone', 'missing'],
      ['broken', 'invalid'],
    ]);
    await expect(world.resolver().resolve(request('a:1'), { descriptors: 'strict' })).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      coordinate: 'g:gone:jar:1',
    });
  });

  test('a missing parent or BOM is fatal', async () => {
    const world = new World({ 'a:1': { parent: 'p:1' }, 'b:1': { managed: ['bom:1 import type=pom'] } });
    await expect(world.resolve('a:1')).rejects.toMatchObject({
      code: 'ERR_POM',
      reason: 'unresolvable',
      message: text(expect.stringContaining('g:p:1')),
    });
    await expect(world.resolve('b:1')).rejects.toMatchObject({
      code: 'ERR_POM',
      reason: 'unresolvable',
      message: text(expect.stringContaining('g:bom:1')),
    });
  });

  test('ranges: none matches, malformed, in conflict', async () => {
    const world = new World({
      'a:1': { dependencies: ['d:[5,)'] },
      'b:1': { dependencies: ['d:[1'] },
      'd:1': {},
      'd:2': {},
      'c:1': { dependencies: ['d:[1]', 'e:1'] },
      'e:1': { dependencies: ['d:[2]'] },
    });
    await expect(world.resolve('a:1')).rejects.toMatchObject({ code: 'ERR_RANGE', reason: 'no-match', coordinate: 'g:d:jar:[5,)' });
    await expect(world.resolve('b:1')).rejects.toMatchObject({ code: 'ERR_RANGE', reason: 'malformed' });
    await expect(world.resolve('c:1')).rejects.toMatchObject({
      code: 'ERR_RANGE',
      reason: 'conflict',
      message: text(expect.stringContaining('[1,1] and [2,2]')),
    });
  });

  test('relocations: followed, and refused in a cycle', async () => {
    const world = new World({
      'a:1': { relocation: 'h:b:2' },
      'h:b:2': { dependencies: ['c:1'] },
      'c:1': {},
      'x:1': { relocation: 'g:y:1' },
      'y:1': { relocation: 'g:x:1' },
    });
    const graph = await world.resolve('a:1');
    expect(graph.nodes.map(({ node }) => [String(node.artifact), node.relocations.map(String)])).toEqual([
      ['h:b:jar:2', ['g:a:jar:1']],
      ['g:c:jar:1', []],
    ]);
    await expect(world.resolve('x:1')).rejects.toMatchObject({ code: 'ERR_POM', reason: 'relocation-cycle' });
  });

  // Measured: `mvn dependency:tree` of Maven 3.8.7 over the same POMs.
  test.each([
    ['another artifact', 'g:new:1', 'new:1', 'new:2'],
    ['another group', 'h:moved:1', 'h:moved:1', 'moved:2'],
    ['the same artifact', 'g:old:3', 'old:3', 'old:3'],
  ])("a relocation's target that is %s is managed again, and the same artifact never", async (_what, relocation, target, expected) => {
    const world = new World({
      'a:1': { dependencies: ['old:1'] },
      // Management of `old` applies before the relocation, that of the target after it.
      'old:1': { relocation },
      'new:1': {},
      'new:2': {},
      'h:moved:1': {},
      'h:moved:2': {},
      'old:3': {},
      'old:4': {},
    });
    const version = target === 'old:3' ? '1' : '2';
    const name = target.replace(/:\d$/, '');
    const graph = await world.resolver().resolve({ ...request('a:1'), managed: [dependency(`${name}:${version}`, '')] });
    expect(names(graph)).toEqual(['a:1', expected]);
    const direct = await world.resolver().resolve({ ...request('old:1'), managed: [dependency(`${name}:${version}`, '')] });
    expect(names(direct), 'a direct dependency is not managed').toEqual([target.replace('h:', '')]);
  });

  test('a source that fails fails the resolution, but not for what nobody needs', async () => {
    const world = new World({ 'a:1': { dependencies: ['b:1'] }, 'b:1': {} });
    const failing = Object.assign(Object.create(world) as World, {
      read: (group: string, id: string, version: string) =>
        id === 'b' ? Promise.reject(new Error('unreachable')) : world.read(group, id, version),
    });
    await expect(failing.resolve('a:1')).rejects.toThrow('unreachable');
    const managed = [{ ...dependency('a:1'), scope: '', exclusions: [{ group: '*', artifact: 'b', classifier: '*', extension: '*' }] }];
    expect(names(await failing.resolver().resolve({ ...request('a:1'), managed }))).toEqual(['a:1']);
  });
});
