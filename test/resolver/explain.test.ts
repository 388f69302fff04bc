import { describe, expect, test } from 'vitest';

import { explain, type Occurrence } from '../../src/maven/resolver/graph/explain.js';
import { dependency, request, World } from './support/world.js';

const shown = ({ path, fate, winner }: Occurrence): string =>
  `${path.map(({ artifact, version }) => `${artifact}:${version}`).join(' > ')} ${fate}${winner === null ? '' : ` ${winner.version}`}`;

describe('explain', () => {
  test('shows every path and its outcome', async () => {
    const world = new World({
      'a:1': { dependencies: ['b:1', 'c:1', 'e:1 !d', 'f:2'] },
      'b:1': { dependencies: ['d:1'] },
      'c:1': { dependencies: ['d:2', 'f:1'] },
      'e:1': { dependencies: ['d:9'] },
      'f:1': { dependencies: ['d:3'] },
      'f:2': { dependencies: ['d:1'] },
      'd:1': {},
      'd:2': {},
      'd:3': {},
    });
    const graph = await world.resolver().resolve(request('a:1'), { recordExcluded: true });
    const { occurrences, truncated } = explain(graph.root, 'g', 'd');
    expect(occurrences.map(shown)).toEqual([
      'a:1 > b:1 > d:1 kept 1',
      'a:1 > c:1 > d:2 conflict 1',
      'a:1 > c:1 > f:1 > d:3 cut-off',
      'a:1 > e:1 > d:9 excluded',
      'a:1 > f:2 > d:1 duplicate 1',
    ]);
    expect(truncated).toBe(false);
    expect(explain(graph.root, 'g', 'd', 3).truncated).toBe(true);
  });

  test('shows paths that lead back to an ancestor', async () => {
    const world = new World({
      'a:1': { dependencies: ['b:1'] },
      'b:1': { dependencies: ['c:1'] },
      'c:1': { dependencies: ['b:1', 'b:2', 'd:1'] },
      'd:1': {},
    });
    const graph = await world.resolver().resolve(request('a:1'));
    const paths = explain(graph.root, 'g', 'b').occurrences.map(shown);
    expect(paths[0]).toBe('a:1 > b:1 kept 1');
    expect(paths.slice(1).every((line) => / (?:cycle|conflict) 1$/.test(line))).toBe(true);
  });

  test('shows managed versions, and the versions that a range asked for', async () => {
    const world = new World({ 'a:1': { dependencies: ['b:1', 'd:[1,2]'] }, 'b:1': { dependencies: ['d:1'] }, 'd:1': {}, 'd:2': {} });
    const managed = [{ ...dependency('d:2'), scope: 'runtime' }];
    const graph = await world.resolver().resolve({ ...request('a:1', 'd:[2]'), managed });
    const { occurrences } = explain(graph.root, 'g', 'd');
    expect(occurrences.map(({ premanaged, range }) => [premanaged, range])).toEqual([
      [{ version: '1', scope: 'compile' }, null],
      [{ version: '[1,2]', scope: 'compile' }, null],
      [{}, '[2,2]'],
    ]);
  });
});
