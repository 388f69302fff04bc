/** The look-ahead for the plugins of a Maven build. */
import { describe, expect } from 'vitest';

import { createFixtureRepository } from '../../support/maven-repository.js';
import { contentOf } from '../../support/workbench.js';
import { it } from '../bench.js';

const group = 'org.example';
const plugin = (artifact: string, versions: readonly string[], needs: string) => ({
  group,
  artifact,
  versions,
  packaging: 'maven-plugin' as const,
  dependencies: [{ group, artifact: needs, version: '1' }],
});
const { files } = createFixtureRepository({
  artifacts: [
    plugin('maven-shade-plugin', ['1', '2', '3-beta'], 'engine'),
    plugin('shading', ['1'], 'engine'),
    { group, artifact: 'engine', versions: ['1'], dependencies: [{ group, artifact: 'gear', version: '1' }] },
    { group, artifact: 'gear', versions: ['1'] },
  ],
});
const file = (artifact: string, version: string, extension: string): string =>
  `org/example/${artifact}/${version}/${artifact}-${version}.${extension}`;
const metadata = 'org/example/maven-shade-plugin/maven-metadata.xml';

describe('a plugin', () => {
  it('has its jar fetched first, since Maven reads it at once, and then what its POM leads to', async ({ bench }) => {
    let isHeld = true;
    const server = await bench.serve(files, { fault: (path) => (isHeld && path === file('engine', '1', 'pom') ? 'hang' : null) });
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    await bench.get(proxy, `r/${file('shading', '1', 'pom')}`);
    await expect.poll(() => server.count(file('shading', '1', 'jar'))).toBe(1);
    // The files of dependencies wait for the POMs.
    expect(server.count(file('engine', '1', 'jar'))).toBe(0);
    isHeld = false;
    const { body } = await bench.get(proxy, `r/${file('shading', '1', 'jar')}`);
    expect(body).toEqual(contentOf(files, file('shading', '1', 'jar')));
  });

  it('whose metadata is asked for has the version fetched that Maven will choose', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    expect((await bench.get(proxy, `r/${metadata}`)).body).toEqual(contentOf(files, metadata));
    const release = /<release>([^<]+)</.exec(contentOf(files, metadata).toString())?.[1] ?? '';
    const expected = [
      file('maven-shade-plugin', release, 'pom'),
      file('maven-shade-plugin', release, 'jar'),
      file('engine', '1', 'jar'),
      file('gear', '1', 'jar'),
    ];
    await expect.poll(() => expected.filter((path) => server.count(path) !== 1)).toEqual([]);
    expect(server.count(metadata)).toBe(1);
    expect(server.count(/maven-shade-plugin-.*\.jar$/)).toBe(1);
  });

  it('is not looked for behind the metadata of a library', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    await bench.get(proxy, 'r/org/example/engine/maven-metadata.xml');
    await bench.get(proxy, `r/${file('gear', '1', 'jar')}`);
    expect(server.requests.filter(({ path }) => path.endsWith('.pom'))).toEqual([]);
  });
});
