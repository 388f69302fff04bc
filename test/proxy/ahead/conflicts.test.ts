/** The look-ahead where dependencies name several versions of the same artifact. */
import { describe, expect } from 'vitest';

import { createFixtureRepository } from '../../support/maven-repository.js';
import { it } from '../bench.js';

const dependency = (artifact: string, version = '1') => ({ group: 'org.example', artifact, version });
const { files } = createFixtureRepository({
  artifacts: [
    { group: 'org.example', artifact: 'top', versions: ['1'], dependencies: [dependency('left'), dependency('right')] },
    { group: 'org.example', artifact: 'left', versions: ['1'], dependencies: [dependency('deep', '1')] },
    { group: 'org.example', artifact: 'right', versions: ['1'], dependencies: [dependency('deep', '2')] },
    { group: 'org.example', artifact: 'deep', versions: ['1', '2'], dependencies: [dependency('new')] },
    { group: 'org.example', artifact: 'new', versions: ['1'] },
  ],
});
const file = (artifact: string, version: string, extension: string): string =>
  `org/example/${artifact}/${version}/${artifact}-${version}.${extension}`;

describe('several versions of an artifact', () => {
  it('have all their POMs read, as tools do, and the file of one is fetched', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    await bench.get(proxy, `r/${file('top', '1', 'pom')}`);
    await expect.poll(() => server.count(file('new', '1', 'jar'))).toBe(1);
    expect([server.count(file('deep', '1', 'pom')), server.count(file('deep', '2', 'pom'))]).toEqual([1, 1]);
    await expect.poll(() => server.count(file('deep', '1', 'jar')) + server.count(file('deep', '2', 'jar'))).toBe(1);
  });
});
