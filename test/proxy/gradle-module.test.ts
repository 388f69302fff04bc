/** Gradle's module metadata, as Gradle asks for it: after the POM, by HEAD and GET, with its checksums. */
import { describe, expect } from 'vitest';

import { contentOf, digest, greeter, jar, pom } from '../support/workbench.js';
import { it } from './bench.js';

const folder = 'org/example/greeter/1.0.0/';
const module = `${folder}greeter-1.0.0.module`;

/** A library with module metadata, as Gradle publishes it. */
function published(): Map<string, Buffer> {
  const files = greeter();
  const artifact = contentOf(files, jar);
  const document = {
    formatVersion: '1.1',
    component: { group: 'org.example', module: 'greeter', version: '1.0.0', attributes: { 'org.gradle.status': 'release' } },
    createdBy: { gradle: { version: '8.5' } },
    variants: [
      {
        name: 'runtimeElements',
        attributes: { 'org.gradle.usage': 'java-runtime', 'org.gradle.category': 'library', 'org.gradle.jvm.version': 17 },
        files: [
          {
            name: 'greeter-1.0.0.jar',
            url: 'greeter-1.0.0.jar',
            size: artifact.length,
            ...{ sha512: digest('sha512', artifact), sha256: digest('sha256', artifact) },
            ...{ sha1: digest('sha1', artifact), md5: digest('md5', artifact) },
          },
        ],
      },
    ],
  };
  const content = Buffer.from(JSON.stringify(document, null, 2));
  files.set(module, content);
  files.set(`${module}.sha1`, Buffer.from(digest('sha1', content)));
  return files;
}

describe('module metadata of Gradle', () => {
  it('is served as a file of its own type, for HEAD before it was fetched too', async ({ bench }) => {
    const files = published();
    const content = contentOf(files, module);
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url);
    const head = await bench.get(proxy, `r/${module}`, {}, 'HEAD');
    const got = await bench.get(proxy, `r/${module}`);
    expect(got.body.equals(content)).toBe(true);
    for (const { status, headers } of [head, got]) {
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'application/vnd.org.gradle.module+json',
        'content-length': String(content.length),
        'x-checksum-sha1': digest('sha1', content),
        'cache-control': 'public, max-age=31536000, immutable',
      });
    }
    const again = await bench.get(proxy, `r/${module}`, { 'if-none-match': String(got.headers.etag) });
    expect([again.status, again.headers['cache-status']]).toEqual([304, 'clojars-fetch; hit']);
    expect(server.requests.map(({ path }) => path).sort()).toEqual([module, `${module}.sha1`]);
  });

  it('has all checksums, of which the repository need not have more than one, and is listed', async ({ bench }) => {
    const files = published();
    const content = contentOf(files, module);
    const proxy = await bench.inFrontOf((await bench.serve(files)).url);
    for (const path of [pom, module]) expect((await bench.get(proxy, `r/${path}`)).status).toBe(200);
    for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512']) {
      const { status, body } = await bench.get(proxy, `r/${module}.${algorithm}`);
      expect([status, body.toString()]).toEqual([200, digest(algorithm, content)]);
    }
    const listing = (await bench.get(proxy, `r/${folder}`)).body.toString();
    for (const name of ['greeter-1.0.0.module', 'greeter-1.0.0.pom']) expect(listing).toContain(`>${name}</a>`);
  });

  it('is refused if it is damaged, and absent if there is none', async ({ bench }) => {
    const files = published();
    files.set(module, Buffer.from(contentOf(files, module).toString().replace('1.1', '1.2')));
    const proxy = await bench.inFrontOf((await bench.serve(files)).url);
    const refused = await bench.get(proxy, `r/${module}`);
    expect([refused.status, refused.phrase]).toEqual([502, expect.stringContaining('refused')]);
    const other = module.replaceAll('1.0.0', '1.1.0');
    expect((await bench.get(proxy, `r/${other}`)).status).toBe(404);
  });
});
