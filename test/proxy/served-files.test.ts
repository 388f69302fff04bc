/** The kinds of files that the proxy serves, and what it refuses to serve as one repository. */
import { describe, expect } from 'vitest';

import type { ClientEvent } from '../../src/base/event.js';
import { contentOf, digest, greeter, jar, metadata } from '../support/workbench.js';
import { it } from './bench.js';

const snapshots = greeter({ versions: ['1.0.0', '2.0-SNAPSHOT'] });
const signature = Buffer.from('-----BEGIN PGP SIGNATURE-----\n');
const plugins = Buffer.from(
  '<metadata><plugins><plugin><name>P</name><prefix>p</prefix><artifactId>p-maven-plugin</artifactId></plugin></plugins></metadata>',
);
const files = new Map([
  ...snapshots,
  [`${jar}.asc`, signature],
  ['org/example/greeter/1.0.0/greeter-1.0.0.module', Buffer.from('{"formatVersion":"1.1"}')],
  ['org/example/greeter/1.0.0/greeter-1.0.0.module.sha1', Buffer.from(digest('sha1', Buffer.from('{"formatVersion":"1.1"}')))],
  ['org/plugins/maven-metadata.xml', plugins],
]);

describe('the proxy', () => {
  it.for([
    ['a signature', `${jar}.asc`],
    ["Gradle's module", 'org/example/greeter/1.0.0/greeter-1.0.0.module'],
    ['metadata of an artifact', metadata],
    ['metadata of a snapshot', 'org/example/greeter/2.0-SNAPSHOT/maven-metadata.xml'],
    ['metadata of a group of plugins', 'org/plugins/maven-metadata.xml'],
    ['a build of a snapshot', 'org/example/greeter/2.0-SNAPSHOT/greeter-2.0-20240102.030405-1.jar'],
  ] as const)('serves %s as upstream has it, with checksums', async ([, path], { bench }) => {
    const proxy = await bench.inFrontOf((await bench.serve(files)).url);
    const { status, body, headers } = await bench.get(proxy, `r/${path}`);
    expect(status).toBe(200);
    expect(body).toEqual(contentOf(files, path));
    expect(headers['repr-digest']).toMatch(/^sha-256=:/);
    expect((await bench.get(proxy, `r/${path}.sha256`)).body.toString()).toBe(digest('sha256', body));
    const isRelease = /greeter-1\.0\.0|-1\.jar$/.test(path);
    // Upstream says nothing about its metadata.
    expect(headers['last-modified'] !== undefined).toBe(!path.endsWith('maven-metadata.xml'));
    expect(headers['cache-control']).toContain(isRelease ? 'immutable' : 'no-cache');
  });

  it('makes no signature that upstream does not have', async ({ bench }) => {
    const proxy = await bench.inFrontOf((await bench.serve(snapshots)).url);
    expect((await bench.get(proxy, `r/${jar}.asc`)).status).toBe(404);
  });

  it('does not obey the no-cache of a request', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url);
    const headers = { 'cache-control': 'no-cache', pragma: 'no-cache' };
    for (const path of [jar, jar, metadata, metadata]) expect((await bench.get(proxy, `r/${path}`, headers)).status).toBe(200);
    expect([server.count(jar), server.count(metadata)]).toEqual([1, 1]);
  });

  it('refuses repositories as one if groups are not bound, and names the two ways out', async ({ bench }) => {
    const { url } = await bench.serve(files);
    const repositories = [
      { id: 'one', url },
      { id: 'two', url },
    ];
    const proxy = await bench.start({ repositories, lookAhead: false });
    for (const path of [jar, metadata, 'archetype-catalog.xml', 'org/example/']) {
      const { status, phrase, body } = await bench.get(proxy, `all/${path}`);
      expect([status, phrase]).toEqual([409, expect.stringContaining('--repo-for')]);
      const { reason, hint } = JSON.parse(body.toString()) as { reason: string; hint: string };
      expect([reason, hint]).toEqual(['not-bound', expect.stringMatching(/--repo-for .*\/one\//)]);
    }
    const bound = await bench.start({ repositories, lookAhead: false, repoFor: { 'org.example': 'one', 'org.other': 'two' } });
    expect((await bench.get(bound, `all/${jar}`)).status).toBe(200);
  });

  it('tells its listeners of events, until they have heard enough', async ({ bench }) => {
    const proxy = await bench.inFrontOf((await bench.serve(files)).url);
    const events: ClientEvent[] = [];
    const stop = proxy.on((event) => events.push(event));
    await bench.get(proxy, `r/${jar}`);
    expect(events.map(({ type }) => type)).toContain('placed');
    stop();
    const count = events.length;
    await bench.get(proxy, 'r/org/example/greeter/1.0.0/greeter-1.0.0.pom');
    expect(events).toHaveLength(count);
  });
});
