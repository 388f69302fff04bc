/** Repositories serve checksums of different algorithms: the client asks for the customary one first and uses the first that exists. */
import { describe, expect } from 'vitest';

import { contentOf, coordinate, digest, errorOf, greeter, it, jar } from '../support/workbench.js';

type Algorithm = 'sha1' | 'sha256' | 'sha512' | 'md5';
/** In the order of asking; Clojars and Central both serve the first. */
const order: readonly Algorithm[] = ['sha1', 'sha256', 'sha512', 'md5'];
const plain = new Map([...greeter()].filter(([path]) => !/\.(?:sha1|sha256|sha512|md5)$/.test(path)));
const withChecksums = (...algorithms: readonly Algorithm[]): Map<string, Buffer> =>
  new Map(
    [...plain].flatMap(([path, content]) => [
      [path, content] as const,
      ...algorithms.map((algorithm) => [`${path}.${algorithm}`, Buffer.from(digest(algorithm, content))] as const),
    ]),
  );

describe('a repository that serves', () => {
  it.for<[readonly Algorithm[], Algorithm]>([
    [['sha1'], 'sha1'],
    [['sha256'], 'sha256'],
    [['sha512'], 'sha512'],
    [['md5'], 'md5'],
    [['sha1', 'md5'], 'sha1'],
    [['sha256', 'md5'], 'sha256'],
    [['sha256', 'sha512'], 'sha256'],
    [order, 'sha1'],
  ] as const)('%j: %s is used, and no later one is requested', async ([served, used], { bench }) => {
    const server = await bench.serve(withChecksums(...served));
    const found = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
    expect(found.verification.checksum).toMatchObject({ algorithm: used, source: server.url });
    expect(found.verification.level).toBe('transport');
    const asked = order.filter((algorithm) => server.count(`${jar}.${algorithm}`) > 0);
    expect(asked).toEqual(order.slice(0, order.indexOf(used) + 1));
    expect(server.count(jar)).toBe(1);
  });

  it.for(order)('only a wrong %s: the file is refused', async (algorithm, { bench }) => {
    const files = withChecksums(algorithm);
    files.set(`${jar}.${algorithm}`, Buffer.from(digest(algorithm, Buffer.from('another file'))));
    const server = await bench.serve(files);
    expect(await errorOf(bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_CHECKSUM',
      reason: 'mismatch',
    });
    expect((await bench.placed()).filter((name) => name.endsWith('.jar'))).toEqual([]);
  });

  it('none: the file is refused by default, and used if checksums may be missing', async ({ bench }) => {
    const server = await bench.serve(plain);
    const options = { repositories: [{ id: 'r', url: server.url }] };
    expect(await errorOf(bench.client(options).resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_CHECKSUM', reason: 'missing' });
    const found = await bench.client({ ...options, trust: { checksums: 'warn' } }).resolveArtifact(coordinate);
    expect(found.sha256).toBe(digest('sha256', contentOf(plain, jar)));
  });
});
