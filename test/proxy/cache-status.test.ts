/** Cache-Status of answers without a file: RFC 9211. An answer that is the proxy's own has none. */
import { describe, expect } from 'vitest';

import type { Proxy } from '../../src/app/proxy/proxy-options.js';
import { createRefusingPort } from '../support/dead-port.js';
import { greeter, jar } from '../support/workbench.js';
import { it, type ProxyBench } from './bench.js';

const absent = {
  file: 'org/example/none/1.0.0/none-1.0.0.jar',
  'its checksum': 'org/example/other/1.0.0/other-1.0.0.jar.sha1',
  metadata: 'org/example/none/maven-metadata.xml',
  'a document': 'archetype-catalog.xml',
};

const hostOf = (url: string): string => new URL(url).host;

async function statusOf(bench: ProxyBench, proxy: Proxy, path: string): Promise<readonly unknown[]> {
  const { status, headers } = await bench.get(proxy, path);
  return [status, headers['cache-status'], headers['age']];
}

describe('Cache-Status of a 404', () => {
  for (const [name, path] of Object.entries(absent)) {
    it(`says for ${name} whether the mirror was asked, and how long ago`, async ({ bench }) => {
      let nowMs = Date.now();
      const { url } = await bench.serve(greeter());
      const proxy = await bench.start({ repositories: [{ id: 'r', url }], lookAhead: false }, { clock: () => nowMs });
      const asked = [404, `clojars-fetch; fwd=miss; detail="${hostOf(url)}"`, undefined];
      expect(await statusOf(bench, proxy, `r/${path}`)).toEqual(asked);
      nowMs += 5_000;
      expect(await statusOf(bench, proxy, `r/${path}`)).toEqual([404, 'clojars-fetch; hit', '5']);
      nowMs += 60_000;
      expect(await statusOf(bench, proxy, `r/${path}`)).toEqual(asked);
    });
  }

  it('of all repositories is a hit only if none of them was asked', async ({ bench }) => {
    const [one, two] = [await bench.serve(greeter()), await bench.serve(greeter())];
    const nowMs = Date.now();
    const repositories = [one, two].map(({ url }, index) => ({ id: `r${index}`, url, groups: ['org.example'] }));
    for (const path of [absent.file, absent.metadata]) {
      const proxy = await bench.start({ repositories, lookAhead: false }, { clock: () => nowMs });
      await bench.get(proxy, `r1/${path}`);
      expect(await statusOf(bench, proxy, `all/${path}`)).toEqual([404, `clojars-fetch; fwd=miss; detail="${hostOf(one.url)}"`, undefined]);
      expect(await statusOf(bench, proxy, `all/${path}`)).toEqual([404, 'clojars-fetch; hit', '0']);
    }
  });
});

describe('Cache-Status', () => {
  it('is missing where the proxy answers for itself', async ({ bench }) => {
    const files = greeter();
    files.set(jar, Buffer.from('damaged'));
    const { url } = await bench.serve(files);
    const dead = await createRefusingPort();
    bench.atEnd(() => dead.close());
    const repositories = [
      { id: 'r', url },
      { id: 'dead', url: `http://127.0.0.1:${dead.port}/` },
    ];
    const proxy = await bench.start({ repositories, lookAhead: false, patienceMs: 3_000 });
    const rows = [
      ['x/org/example', 404],
      ['r/favicon.ico', 404],
      ['r/org/none/', 404],
      ['r/%2e%2e/x', 400],
      [`all/${jar}`, 409],
      [`r/${jar}`, 502],
      [`dead/${jar}`, 503],
    ] as const;
    for (const [path, status] of rows) expect(await statusOf(bench, proxy, path), path).toEqual([status, undefined, undefined]);
  });
});
