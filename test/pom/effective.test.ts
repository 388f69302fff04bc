import { describe, expect, test } from 'vitest';

import type { Descriptor } from '../../src/maven/pom/descriptor.js';
import { artifact, World } from '../resolver/support/world.js';

const descriptor = (world: World, name = 'a:1'): Promise<Descriptor> => world.resolver().descriptor(artifact(name));
const shown = ({ dependencies }: Descriptor): string[] =>
  dependencies.map((d) => `${d.artifact.artifact}:${d.artifact.version}:${d.scope}`);

describe('inheritance', () => {
  test("puts the child's entries first and lets them win over the parent's", async () => {
    const world = new World({
      'p:1': { packaging: 'pom', dependencies: ['x:1', 'y:1'], properties: { v: '1', w: 'p' }, managed: ['m:1 runtime'] },
      'a:1': { parent: 'p:1', dependencies: ['z:${v}.${w}', 'y:2 test', 'm'], properties: { v: '2' } },
    });
    const found = await descriptor(world);
    expect(shown(found)).toEqual(['z:2.p:compile', 'y:2:test', 'm:1:runtime', 'x:1:compile']);
    expect(found.sources).toEqual(['g:a:1', 'g:p:1']);
  });

  test('accepts a parent by range if the child has a constant version', async () => {
    const world = new World({
      'p:1': { packaging: 'pom' },
      'p:1.5': { packaging: 'pom', dependencies: ['x:1'] },
      'p:2': { packaging: 'pom' },
      'a:1': { parent: 'p:[1,2)' },
      'b:1': { parent: 'p:[1,)' },
      'c:1': { parent: 'p:[7,8]' },
    });
    expect(shown(await descriptor(world))).toEqual(['x:1:compile']);
    expect((await descriptor(world, 'b:1')).problem).toMatchObject({ kind: 'unresolvable', reason: 'no-match' });
    expect((await descriptor(world, 'c:1')).problem).toMatchObject({ kind: 'unresolvable', reason: 'no-match' });
  });

  test.each([
    [
      'a cycle',
      { 'a:1': { parent: 'p:1' }, 'p:1': { packaging: 'pom', parent: 'q:1' }, 'q:1': { packaging: 'pom', parent: 'p:1' } },
      'invalid',
      'parent-cycle',
    ],
    ['itself', { 'a:1': { parent: 'a:2' }, 'a:2': { packaging: 'pom' } }, 'invalid', 'parent-is-self'],
    ['no POM packaging', { 'a:1': { parent: 'p:1' }, 'p:1': {} }, 'invalid', 'parent-packaging-not-pom'],
    ['missing', { 'a:1': { parent: 'p:1' } }, 'unresolvable', 'absent'],
    ['not XML', { 'a:1': { parent: 'p:1' }, 'p:1': '<html' }, 'invalid', 'malformed'],
  ])('reports a bad parent: %s', async (_name, poms, kind, reason) => {
    expect((await descriptor(new World(poms))).problem).toMatchObject({ kind, reason });
  });

  test('ends for an endless lineage', async () => {
    const world = new World();
    for (let place = 0; place < 1_000; place++) world.add(`p${place}:1`, { packaging: 'pom', parent: `p${place + 1}:1` });
    world.add('p1000:1', { packaging: 'pom' });
    expect((await descriptor(world, 'p0:1')).problem).toMatchObject({ kind: 'invalid', reason: 'too-deep' });
    // Longer than any limit: the walk ends before the end is known.
    for (let place = 1_000; place < 3_000; place++) world.add(`p${place}:1`, { packaging: 'pom', parent: `p${place + 1}:1` });
    world.reads.length = 0;
    await expect(descriptor(world, 'p0:1')).rejects.toMatchObject({ reason: 'too-deep' });
    expect(world.reads.length).toBeLessThan(1_100);
  });
});

describe('management', () => {
  test('prefers own entries to imports, the first import to the second, the child to the parent', async () => {
    const world = new World({
      'bom1:1': { packaging: 'pom', managed: ['x:b1', 'y:b1', 'z:b1'] },
      'bom2:1': { packaging: 'pom', managed: ['y:b2', 'z:b2', 'u:b2 provided !e', 'bom3:1 import type=pom'] },
      'bom3:1': { packaging: 'pom', managed: ['t:${v}'], properties: { v: 'b3' } },
      'p:1': { packaging: 'pom', managed: ['bom2:1 import type=pom'] },
      'a:1': { parent: 'p:1', managed: ['x:own', 'bom1:1 import type=pom'], dependencies: ['x', 'y', 'z', 'u', 't'] },
    });
    const found = await descriptor(world);
    expect(shown(found)).toEqual(['x:own:compile', 'y:b1:compile', 'z:b1:compile', 'u:b2:provided', 't:b3:compile']);
    expect(found.dependencies[3]?.exclusions).toEqual([{ group: 'g', artifact: 'e', classifier: '*', extension: '*' }]);
    expect(found.managed().map((d) => `${d.artifact.artifact}:${d.artifact.version}`)).toEqual(['x:own', 'y:b1', 'z:b1', 'u:b2', 't:b3']);
    expect(found.sources).toEqual(['g:a:1', 'g:p:1', 'g:bom1:1', 'g:bom2:1', 'g:bom3:1']);
  });

  test('interpolates an inherited import in each child', async () => {
    const world = new World({
      'bom:1': { packaging: 'pom', managed: ['x:1'] },
      'bom:2': { packaging: 'pom', managed: ['x:2'] },
      'p:1': { packaging: 'pom', properties: { bom: '1', kind: 'import' }, managed: ['bom:${bom} ${kind} type=pom', 'y:${bom}'] },
      'a:1': { parent: 'p:1', dependencies: ['x', 'y'] },
      'b:1': { parent: 'p:1', properties: { bom: '2' }, dependencies: ['x', 'y'] },
    });
    const resolver = world.resolver();
    expect(shown(await resolver.descriptor(artifact('a:1')))).toEqual(['x:1:compile', 'y:1:compile']);
    expect(shown(await resolver.descriptor(artifact('b:1')))).toEqual(['x:2:compile', 'y:2:compile']);
  });

  test.each([
    [
      'a cycle',
      { 'a:1': { managed: ['b:1 import type=pom'] }, 'b:1': { packaging: 'pom', managed: ['a:1 import type=pom'] } },
      'invalid',
      'import-cycle',
    ],
    ['itself', { 'a:1': { managed: ['a:1 import type=pom'] } }, 'invalid', 'import-cycle'],
    ['missing', { 'a:1': { managed: ['b:1 import type=pom'] } }, 'unresolvable', 'absent'],
    ['without version', { 'a:1': { managed: ['b import type=pom'] } }, 'invalid', 'version-missing'],
    ['missing, next to a cycle', { 'a:1': { managed: ['a:1 import type=pom', 'b:1 import type=pom'] } }, 'unresolvable', 'absent'],
  ])('reports a bad import: %s', async (_name, poms, kind, reason) => {
    expect((await descriptor(new World(poms))).problem).toMatchObject({ kind, reason });
  });

  test('takes the first of equal entries of a BOM, and the last if that BOM imports another one', async () => {
    const world = new World({
      'plain:1': { packaging: 'pom', managed: ['x:1', 'x:2 !e'] },
      'importing:1': { packaging: 'pom', managed: ['y:1 !e', 'y:2', 'plain:1 import type=pom'] },
      'a:1': { managed: ['plain:1 import type=pom', 'importing:1 import type=pom'], dependencies: ['x', 'y'] },
    });
    const { dependencies } = await descriptor(world);
    expect(dependencies.map(({ artifact, exclusions }) => [String(artifact), exclusions.length])).toEqual([
      ['g:x:jar:1', 0],
      ['g:y:jar:2', 0],
    ]);
  });
});

describe('interpolation', () => {
  const version = async (value: string, properties: Record<string, string> = {}): Promise<string | undefined> => {
    const found = await descriptor(new World({ 'a:1': { dependencies: [`d:${value}`], properties } }));
    return found.problem === null ? found.dependencies[0]?.artifact.version : found.problem.reason;
  };

  test.each([
    ['${project.version}', '1'],
    ['${pom.version}', '1'],
    ['${version}', '1'],
    ['${project.artifactId}', 'a'],
    ['${project.packaging}', 'jar'],
    ['${java.version}', '17'],
    ['${env.HOME}', '/home/user'],
    ['${HOME}', '/home/user'],
    ['${nope}', '${nope}'],
    ['x${nope', 'x${nope'],
    ['${}', '${}'],
    ['${project.build.finalName}', 'a-1'],
    ['${project.build.directory}', '${project.basedir}/target'],
  ])('of %s', async (value, expected) => {
    expect(await version(value)).toBe(expected);
  });

  test('handles values within values', async () => {
    expect(await version('${a}', { a: '${b}.${b}', b: '${c}', c: '3' })).toBe('3.3');
  });

  test('reports cycles', async () => {
    expect(await version('1', { a: '${b}', b: '${a}' })).toBe('interpolation-cycle');
    expect(await version('1', { a: '${a}' })).toBe('interpolation-cycle');
    expect(await version('1', { a: '${project.a}' })).toBe('1');
  });

  test('reports an exponential bomb', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 64 }, (_, place) => [`b${place}`, place === 63 ? 'boom' : `\${b${place + 1}}`.repeat(4)]),
    );
    expect(await version('${b0}', properties)).toBe('too-large');
  });

  test('reports a chain of 5,000', async () => {
    const properties = Object.fromEntries(Array.from({ length: 5000 }, (_, place) => [`c${place}`, `\${c${place + 1}}`]));
    expect(await version('${c0}', properties)).toBe('too-deep');
  });
});

describe('dependency types', () => {
  test.each([
    ['jar', 'jar', ''],
    ['test-jar', 'jar', 'tests'],
    ['maven-plugin', 'jar', ''],
    ['ejb-client', 'jar', 'client'],
    ['java-source', 'jar', 'sources'],
    ['javadoc', 'jar', 'javadoc'],
    ['pom', 'pom', ''],
    ['aar', 'aar', ''],
    ['bundle', 'bundle', ''],
    ['war', 'war', ''],
  ])('have their extension and classifier: %s', async (type, extension, classifier) => {
    const found = await descriptor(new World({ 'a:1': { dependencies: [`d:1 type=${type}`] } }));
    expect(found.dependencies[0]?.artifact).toMatchObject({ extension, classifier });
  });

  test('do not override a classifier of the dependency', async () => {
    const found = await descriptor(new World({ 'a:1': { dependencies: ['d:1 type=test-jar classifier=x'] } }));
    expect(String(found.dependencies[0]?.artifact)).toBe('g:d:jar:x:1');
  });

  test('do not override an empty classifier of the dependency', async () => {
    const found = await descriptor(new World({ 'a:1': { dependencies: ['d:1 type=test-jar classifier='] } }));
    expect(String(found.dependencies[0]?.artifact)).toBe('g:d:jar:1');
  });
});
