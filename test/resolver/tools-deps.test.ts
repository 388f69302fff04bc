import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ClojarsFetchError } from '../../src/base/error.js';
import { GraphArtifact, type GraphDependency } from '../../src/maven/pom/descriptor.js';
import { explain } from '../../src/maven/resolver/graph/explain.js';
import type { ResolvedGraph } from '../../src/maven/resolver/graph/flatten.js';
import type { ResolveGraphOptions } from '../../src/maven/resolver/resolve-graph.js';
import { dependency, names, type PomParts, World } from './support/world.js';

/** `a:1 !x` excludes g:x. */
function library(text: string): GraphDependency {
  const [name = '', ...excluded] = text.split(' ');
  const exclusions = excluded.map((word) => ({ group: 'g', artifact: word.slice(1), classifier: '*', extension: '*' }));
  return { ...dependency(name), exclusions };
}

interface Project extends ResolveGraphOptions {
  readonly overrides?: readonly string[];
}

function resolve(world: World, roots: readonly string[], { overrides = [], ...options }: Project = {}): Promise<ResolvedGraph> {
  const request = { root: null, dependencies: roots.map(library), managed: overrides.map(library) };
  return world.resolver().resolve(request, { ...options, conflicts: 'tools-deps' });
}

const listOf = async (poms: Readonly<Record<string, PomParts>>, ...roots: string[]): Promise<string[]> =>
  names(await resolve(new World(poms), roots));

/** The reasons of every occurrence of an artifact, in the order of a walk. */
function fatesOf(graph: ResolvedGraph, artifact: string): string[] {
  return explain(graph.root, 'g', artifact).occurrences.map(
    ({ path, fate }) => `${path.map((one) => `${one.artifact}:${one.version}`).join(' ')} ${fate}`,
  );
}

async function failureOf(promise: Promise<unknown>): Promise<ClojarsFetchError> {
  return promise.then(
    () => expect.fail('it was resolved'),
    (error: ClojarsFetchError) => error,
  );
}

describe('versions', () => {
  it('the newest version wins, however deep it is', async () => {
    const poms = {
      'a:1': { dependencies: ['x:1'] },
      'b:1': { dependencies: ['c:1'] },
      'c:1': { dependencies: ['x:2'] },
      'x:1': {},
      'x:2': {},
    };
    expect(await listOf(poms, 'a:1', 'b:1')).toEqual(['a:1', 'b:1', 'c:1', 'x:2']);
  });

  it("a library of the project keeps the project's version", async () => {
    const graph = await resolve(new World({ 'a:1': { dependencies: ['x:2'] }, 'x:1': {}, 'x:2': {} }), ['a:1', 'x:1']);
    expect(names(graph)).toEqual(['a:1', 'x:1']);
    expect(fatesOf(graph, 'x')).toEqual(['a:1 x:2 use-top', 'x:1 kept']);
  });

  it('an override replaces any version, and the dependencies of the replaced one are not read', async () => {
    const world = new World({ 'a:1': { dependencies: ['x:3'] }, 'x:1': { dependencies: ['y:1'] }, 'y:1': {} });
    const graph = await resolve(world, ['a:1'], { overrides: ['x:1'] });
    expect(names(graph)).toEqual(['a:1', 'x:1', 'y:1']);
    expect(world.reads).not.toContain('g:x:3');
    expect(explain(graph.root, 'g', 'x').occurrences[0]?.premanaged).toEqual({ version: '3' });
  });

  it('a library that only a superseded version needed is dropped', async () => {
    const world = new World({
      'a:1': { dependencies: ['x:1'] },
      'b:1': { dependencies: ['c:1'] },
      'c:1': { dependencies: ['x:2'] },
      'x:1': { dependencies: ['orphan:1'] },
      'x:2': {},
      'orphan:1': { dependencies: ['deeper:1'] },
      'deeper:1': {},
    });
    const graph = await resolve(world, ['a:1', 'b:1']);
    expect(names(graph)).toEqual(['a:1', 'b:1', 'c:1', 'x:2']);
    expect(fatesOf(graph, 'x')).toEqual(['a:1 x:1 superseded', 'b:1 c:1 x:2 kept']);
    expect(fatesOf(graph, 'deeper')).toEqual(['a:1 x:1 orphan:1 deeper:1 parent-omitted']);
  });

  it('an older version that comes later is not read, and a broken POM of it is not an error', async () => {
    const world = new World({ 'a:1': { dependencies: ['x:2'] }, 'b:1': { dependencies: ['x:1'] }, 'x:2': {}, 'x:1': { parent: 'gone:1' } });
    const graph = await resolve(world, ['a:1', 'b:1'], { prefetch: false });
    expect(names(graph)).toEqual(['a:1', 'b:1', 'x:2']);
    expect(fatesOf(graph, 'x')).toEqual(['a:1 x:2 kept', 'b:1 x:1 older-version']);
    expect(world.reads).not.toContain('g:x:1');
  });

  it('the missing parent of a version that was selected once ends the resolution, although a newer one replaces it', async () => {
    const poms = { 'a:1': { dependencies: ['x:1'] }, 'b:1': { dependencies: ['x:2'] }, 'x:2': {}, 'x:1': { parent: 'gone:1' } };
    expect(await failureOf(resolve(new World(poms), ['a:1', 'b:1']))).toMatchObject({ code: 'ERR_POM' });
    expect(names(await resolve(new World(poms), ['b:1', 'a:1']))).toEqual(['a:1', 'b:1', 'x:2']);
  });

  it('a range stands for its newest version; a single version in brackets is that version, without a look at the others', async () => {
    const versions = { 'x:1.0': {}, 'x:1.9': {}, 'x:2.0': {} };
    expect(await listOf({ 'a:1': { dependencies: ['x:[1.0,2.0)'] }, ...versions }, 'a:1')).toEqual(['a:1', 'x:1.9']);
    expect(await listOf({ 'a:1': { dependencies: ['x:[1.0]'] }, ...versions }, 'a:1')).toEqual(['a:1', 'x:1.0']);
    // Java lists equal versions in the order of a HashMap, whatever their order in the metadata.
    for (const equal of [
      { 'x:2': {}, 'x:2.0': {} },
      { 'x:2.0': {}, 'x:2': {} },
    ])
      expect(await listOf({ 'a:1': { dependencies: ['x:[1,)'] }, ...equal }, 'a:1')).toEqual(['a:1', 'x:2.0']);
    const excluded = resolve(new World({ 'a:1': { dependencies: ['x:[9,)'] }, ...versions }), ['a:1 !x']);
    expect(await failureOf(excluded), 'also if it is excluded').toMatchObject({ code: 'ERR_RANGE', reason: 'no-match' });
  });
});

describe('exclusions', () => {
  const poms = {
    'a:1': { dependencies: ['m:1'] },
    'b:1': { dependencies: ['m:1'] },
    'm:1': { dependencies: ['x:1', 'y:1'] },
    'x:1': {},
    'y:1': {},
  };

  it('cut off a library if every path excludes it', async () => {
    const graph = await resolve(new World(poms), ['a:1 !x', 'b:1 !x']);
    expect(names(graph)).toEqual(['a:1', 'b:1', 'm:1', 'y:1']);
    expect(fatesOf(graph, 'x')).toEqual(['a:1 m:1 x:1 excluded', 'b:1 m:1 x:1 excluded']);
  });

  it('do not apply to a path that lacks them', async () => {
    const direct = {
      'a:1': { dependencies: ['m:1 !x'] },
      'b:1': { dependencies: ['m:1'] },
      'm:1': { dependencies: ['x:1', 'y:1'] },
      'x:1': {},
      'y:1': {},
    };
    expect(await listOf(direct, 'a:1', 'b:1')).toEqual(['a:1', 'b:1', 'm:1', 'y:1', 'x:1']);
  });

  it('with a wildcard exclude nothing', async () => {
    const wild = { ...poms, 'a:1': { dependencies: ['m:1 !*:*'] } };
    expect(await listOf(wild, 'a:1')).toEqual(['a:1', 'm:1', 'x:1', 'y:1']);
  });
});

describe('dependencies of a POM', () => {
  it('count in the scopes compile and runtime unless they are optional', async () => {
    const dependencies = ['c:1', 'r:1 runtime', 'p:1 provided', 't:1 test', 'o:1 optional'];
    expect(await listOf({ 'a:1': { dependencies }, 'c:1': {}, 'r:1': {} }, 'a:1')).toEqual(['a:1', 'c:1', 'r:1']);
  });

  it('follow a war, which is the same library as the jar', async () => {
    const poms = { 'a:1': { dependencies: ['w:1 type=war'] }, 'w:1': { dependencies: ['y:1'] }, 'y:1': {} };
    expect(await listOf(poms, 'a:1')).toEqual(['a:1', 'w:1', 'y:1']);
  });

  it('come from the target of a relocation, which is not itself a library', async () => {
    const graph = await resolve(new World({ 'old:1': { relocation: 'g:new:2' }, 'new:2': { dependencies: ['y:1'] }, 'y:1': {} }), [
      'old:1',
    ]);
    expect(names(graph)).toEqual(['old:1', 'y:1']);
    expect(graph.nodes[0]?.node.movedTo?.toString()).toBe('g:new:jar:2');
  });
});

describe('local libraries', () => {
  const local = (name: string, path: string): GraphDependency => ({
    ...dependency(`${name}:`),
    artifact: new GraphArtifact('g', name, 'jar', '', '').withLocalPath(path),
  });
  const project = (world: World, dependencies: readonly GraphDependency[], libraries: Record<string, readonly GraphDependency[]>) =>
    world
      .resolver()
      .resolve({ root: null, dependencies, managed: [] }, { conflicts: 'tools-deps', localLibraries: new Map(Object.entries(libraries)) });

  it('bring their dependencies, also in a circle', async () => {
    const graph = await project(new World({ 'x:1': {} }), [local('one', '/p/one')], {
      '/p/one': [local('two', '/p/two')],
      '/p/two': [local('one', '/p/one'), dependency('x:1')],
    });
    expect(graph.nodes.map(({ node }) => node.artifact?.artifact)).toEqual(['one', 'two', 'x']);
  });

  it('have no order: two folders of one library are refused, unless the project names it', async () => {
    const libraries = { '/p/a': [local('x', '/p/1')], '/p/b': [local('x', '/p/2')] };
    const both = [local('a', '/p/a'), local('b', '/p/b')];
    expect(await failureOf(project(new World(), both, libraries))).toMatchObject({ code: 'ERR_CONFIG' });
    expect((await project(new World(), [...both, local('x', '/p/1')], libraries)).nodes).toHaveLength(3);
  });
});

describe('hostile or unlucky input', () => {
  it('a cycle of rising versions: the second version of a orphans the b that asked for it', async () => {
    const poms: Record<string, PomParts> = {};
    for (let version = 1; version <= 300; version += 1) {
      poms[`a:${version}`] = { dependencies: [`b:${version}`] };
      poms[`b:${version}`] = { dependencies: version === 300 ? [] : [`a:${version + 1}`] };
    }
    expect(await listOf({ 'r:1': { dependencies: ['a:1'] }, ...poms }, 'r:1')).toEqual(['r:1', 'a:2']);
  });

  it('50,000 edges', async () => {
    const [rows, columns] = [10, 70];
    const poms: Record<string, PomParts> = {};
    const all = Array.from({ length: columns }, (_, column) => column);
    for (let row = 0; row < rows; row += 1) {
      for (const column of all) {
        const dependencies = all.map((other) => `n${row + 1}x${other}:${((column + other) % 2) + 1}`);
        for (const version of [1, 2]) poms[`n${row}x${column}:${version}`] = row === rows - 1 ? {} : { dependencies };
      }
    }
    const graph = await resolve(new World(poms), ['n0x0:1', 'n0x1:1']);
    expect(graph.nodeCount).toBeGreaterThan(45_000);
    expect(names(graph).every((name) => name.startsWith('n0') || name.endsWith(':2'))).toBe(true);
    expect(await failureOf(resolve(new World(poms), ['n0x0:1'], { limits: { maxNodes: 10_000 } }))).toMatchObject({ code: 'ERR_LIMIT' });
  });

  it('10,000 exclusions on one path', async () => {
    const excluded = Array.from({ length: 10_000 }, (_, index) => `!e${index}`).join(' ');
    const poms = { 'a:1': { dependencies: ['m:1', 'e9999:1'] }, 'm:1': { dependencies: ['e1:1', 'y:1'] }, 'y:1': {} };
    expect(await listOf(poms, `a:1 ${excluded}`)).toEqual(['a:1', 'm:1', 'y:1']);
  });

  it('answers in any order: the result is the same', async () => {
    const edge = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 3 }));
    const poms = fc.array(fc.array(edge, { maxLength: 4 }), { minLength: 30, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(poms, fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1 }), async (lists, delays) => {
        const parts = Object.fromEntries(
          lists.map((list, index) => [
            `n${Math.floor(index / 3)}:${(index % 3) + 1}`,
            { dependencies: list.map(([to, version]) => `n${to}:${version}`) },
          ]),
        );
        const slow = new World(parts);
        let next = 0;
        slow.delay = () => delays[next++ % delays.length] ?? 0;
        const [expected, graph] = [
          await resolve(new World(parts), ['n0:1', 'n1:1'], { prefetch: false }),
          await resolve(slow, ['n0:1', 'n1:1']),
        ];
        expect(names(graph)).toEqual(names(expected));
        expect(graph.sources).toEqual(expected.sources);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the file of a library', () => {
  const filesOf = async (...roots: string[]): Promise<string[]> => {
    const poms = {
      'a:1': { dependencies: ['b:2 classifier=${os.detected.classifier}', 'c:1 classifier=x-${none}'] },
      'b:1': {},
      'b:2': {},
      'c:1': {},
    };
    return (await resolve(new World(poms), roots)).nodes.map(({ node: { artifact } }) => String(artifact));
  };
  const rest = ['g:b:jar:2', 'g:c:jar:x-:1'];

  it('has the part of the classifier that is before a property without a value', async () => {
    expect(await filesOf('a:1')).toEqual(['g:a:jar:1', ...rest]);
  });

  it('is on the class path once', async () => {
    expect(await filesOf('a:1', 'b:2')).toEqual(['g:a:jar:1', ...rest]);
    expect(await filesOf('a:1', 'b:1')).toEqual(['g:a:jar:1', 'g:b:jar:1', ...rest]);
  });
});
