import { describe, expect, test } from 'vitest';

import { dependency, names, request, World } from './support/world.js';

/** Vitest types its matchers as `any`. */
const text = (matcher: unknown): unknown => matcher;

describe('version conflicts', () => {
  test('are won by the nearest version, and at the same depth by the first', async () => {
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

  test('are won by the highest version on request', async () => {
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

  test('are won by the highest version that every range allows on request', async () => {
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

  test('are won by a range over a nearer plain version outside it', async () => {
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

  test('show the winner to the losers', async () => {
    const world = new World({ 'a:1': { dependencies: ['d:1', 'b:1'] }, 'b:1': { dependencies: ['d:2'] }, 'd:1': {}, 'd:2': {} });
    const graph = await world.resolve('a:1');
    const b = graph.nodes.find(({ node }) => node.artifact?.artifact === 'b')?.node;
    expect(b?.children.kept).toEqual([]);
    expect(b?.children.all.map((node) => node.winner?.artifact?.version)).toEqual(['1']);
  });
});

describe('dependencies', () => {
  const world = new World({
    'a:1': { dependencies: ['b:1 optional', 'c:1 test', 'd:1 provided', 'e:1 runtime', 'w:1 type=war'] },
    'b:1': {},
    'c:1': {},
    'd:1': {},
    'e:1': { dependencies: ['f:1'] },
    'f:1': {},
    'w:1': { dependencies: ['b:1'] },
  });

  test('of a direct dependency are followed unless optional, test or provided; scopes derive', async () => {
    expect(names(await world.resolve('a:1'))).toEqual(['a:1', 'e:1/runtime', 'f:1/runtime', 'w:1']);
  });

  test('of a root are followed even if optional', async () => {
    const graph = await world.resolver().resolve({ root: dependency('a:1'), dependencies: [], managed: [] });
    expect(names(graph)).toEqual(['a:1', 'b:1', 'e:1/runtime', 'f:1/runtime', 'w:1']);
    expect(graph.nodes.map(({ depth }) => depth)).toEqual([0, 1, 1, 2, 1]);
  });

  test('that are excluded are not followed on that path', async () => {
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

  test('in several cycles give the scopes that Maven gives', async () => {
    // Maven Resolver 1.6.3 finds only some of the cycles of a graph, in the order of its hash sets, and answered so.
    const world = new World({
      'h:1': { dependencies: ['d:[1,) classifier=sources', 'core:1', 'f:2'] },
      'd:1': { dependencies: ['x:1'] },
      'f:2': { dependencies: ['z:1 type=maven-plugin'] },
      'z:1': { dependencies: ['c:1 type=zip classifier=linux'] },
      'c:1': { dependencies: ['x:1-SNAPSHOT', 'a:1'] },
      'x:1-SNAPSHOT': { dependencies: ['b:1 classifier=sources'] },
      'b:1': { dependencies: ['f:9'] },
      'a:1': { dependencies: ['f:1 type=pom'] },
      'f:1': { dependencies: ['core:1', 'a:1'] },
      'core:1': { dependencies: ['h:9', 'f:1'] },
    });
    const graph = await world
      .resolver()
      .resolve({ root: null, dependencies: [dependency('h:1', 'system'), dependency('z:1')], managed: [] });
    expect(names(graph)).toEqual(['h:1/system', 'd:1/provided', 'x:1', 'core:1/provided', 'f:2/provided', 'z:1', 'c:1', 'a:1', 'f:1']);
  });

  test('in cycles are numbered in the order in which Maven reaches them', async () => {
    // z is reached only after k, through the shared children of a:2, which are still being walked. Its [1] then comes too late.
    const world = new World({
      'x:1': { dependencies: ['y:1 type=java-source', 'k:[0,)'] },
      'y:1': { dependencies: ['a:2', 'k:1 type=ejb-client', 'z:1', 'k:0'] },
      'k:1': { dependencies: ['a:1'] },
      'k:2': {},
      'a:1': { dependencies: ['d:1', 'x:0'] },
      'd:1': { dependencies: ['y:1 classifier=other'] },
      'z:1': { dependencies: ['k:[1]'] },
    });
    const graph = await world.resolve('x:1');
    expect(names(graph)).toEqual(['x:1', 'y:1', 'a:2', 'k:1', 'z:1', 'k:2']);
  });

  test('in cycles end, and are reported', async () => {
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

  test('applies its exclusions to direct dependencies, too', async () => {
    const exclusion = { group: 'g', artifact: 'c', classifier: '*', extension: '*' };
    const graph = await world
      .resolver()
      .resolve({ ...request('a:1'), managed: [{ ...dependency('a:1'), scope: '', exclusions: [exclusion] }] });
    expect(names(graph)).toEqual(['a:1', 'b:1']);
  });
});

describe('faults', () => {
  test('a missing POM and a broken one are tolerated with a warning, or refused', async () => {
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

  test('a broken POM is reported once, however its artifact was asked for', async () => {
    const world = new World({ 'a:1': { dependencies: ['broken:1'] }, 'broken:1': '<project>' });
    const graph = await world.resolver().resolve({ root: null, dependencies: [dependency('a:1'), dependency('broken:1')], managed: [] });
    expect(graph.problems.map(({ artifact }) => String(artifact))).toEqual(['g:broken:jar:1']);
  });

  test('the problem of LATEST names the version whose POM was read', async () => {
    const world = new World({ 'a:1': { dependencies: ['broken:LATEST'] }, 'broken:1': '<project>' });
    const graph = await world.resolve('a:1');
    expect(names(graph)).toEqual(['a:1', 'broken:LATEST']);
    expect(graph.problems.map(({ artifact }) => String(artifact))).toEqual(['g:broken:jar:1']);
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

  test('ranges: without a match, malformed, in conflict', async () => {
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
  ])("a relocation's target is managed again if it is %s, and the same artifact never is", async (_what, relocation, target, expected) => {
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

  test('a source that fails also fails the resolution, except for POMs that are not needed', async () => {
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
