/**
 * The built-in repositories and their mirrors for a user without any configuration: every public name leads, through a proxy, to a local
 * server that stands for it.
 */
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';

import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { builtInRepositories } from '../../src/network/mirrors/built-in.js';
import { files as answering, type KeyHosts, startKeyHosts } from '../support/key-hosts.js';
import { coordinate, errorOf, greeter, it } from '../support/workbench.js';

const files = greeter();
const nothing = new Map<string, Buffer>();
const urls = builtInRepositories.flatMap(({ url, mirrors }) => [url, ...mirrors.map((mirror) => mirror.url)]);
const hosts = urls.map((url) => new URL(url).hostname);
const [cdn, bucket, tuna, ustc] = [
  'repo.clojars.org',
  'clojars-repo-production.s3.us-east-2.amazonaws.com',
  'mirrors.tuna.tsinghua.edu.cn',
  'mirrors.ustc.edu.cn',
] as const;

let internet: KeyHosts;
beforeEach(async () => {
  internet = await startKeyHosts();
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'])
    for (const one of [name, name.toLowerCase()]) vi.stubEnv(one, '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await internet.close();
});

const central = { 'repo1.maven.org': nothing, 'repo.maven.apache.org': nothing, 'maven-central.storage-download.googleapis.com': nothing };

/** Puts a server behind each name; the others refuse. Central has nothing, as for a library of Clojars. */
async function stage(of: Readonly<Record<string, ReadonlyMap<string, Buffer>>>): Promise<ClientOptions> {
  for (const [host, content] of Object.entries(of)) {
    const path = new URL(urls.find((url) => new URL(url).hostname === host) ?? '').pathname;
    await internet.serve(host, answering(Object.fromEntries([...content].map(([name, bytes]) => [path + name, bytes]))));
  }
  return { proxy: internet.proxy, ca: internet.ca };
}
const asked = (host: string): boolean => internet.requests.some((request) => request.startsWith(`${host} `));

describe('a library of Clojars, without configuration', () => {
  it('comes from the CDN, and no third party is asked', async ({ bench }) => {
    const found = await bench
      .client(await stage({ ...central, [cdn]: files, [bucket]: files, [tuna]: files, [ustc]: files }))
      .resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'clojars', mirror: `https://${cdn}/`, verification: { level: 'origin' } });
    expect([asked(tuna), asked(ustc)]).toEqual([false, false]);
  });

  it('comes from the bucket behind a dead CDN, at the same level, and no third party is asked', async ({ bench }) => {
    const found = await bench
      .client(await stage({ ...central, [bucket]: files, [tuna]: files, [ustc]: files }))
      .resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'clojars', mirror: `https://${bucket}/`, verification: { level: 'origin' } });
    expect([asked(tuna), asked(ustc)]).toEqual([false, false]);
  });

  it('comes from the bucket if the CDN remembers a 404 from before the release', async ({ bench }) => {
    const found = await bench
      .client(await stage({ ...central, [cdn]: nothing, [bucket]: files, [tuna]: nothing, [ustc]: nothing }))
      .resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'clojars', mirror: `https://${bucket}/` });
  });

  it('is accepted from two third parties that agree if all of Clojars is down', async ({ bench }) => {
    const found = await bench.client(await stage({ ...central, [tuna]: files, [ustc]: files })).resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'clojars', verification: { level: 'quorum' } });
    expect([`https://${tuna}/clojars/`, `https://${ustc}/clojars/`]).toContain(found.mirror);
    expect(
      found.verification.witnesses
        .filter(({ agrees }) => agrees)
        .map(({ operator }) => operator)
        .sort(),
    ).toEqual(['tuna', 'ustc']);
  });

  it('is accepted from two third parties before it is known why all of Clojars is silent', async ({ bench }) => {
    const options = await stage({ ...central, [tuna]: files, [ustc]: files });
    const requests: string[] = [];
    for (const host of [cdn, bucket]) await internet.serve(host, ({ url = '' }) => void requests.push(`${host} ${url}`));
    // A file that waited for the end of these would not come before the test is over.
    const tuning = { connectTimeoutMs: 600_000, firstByteTimeoutMs: 600_000 };
    const found = await bench.client(options, tuning).resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'clojars', verification: { level: 'quorum' } });
    expect(requests.length).toBeGreaterThan(0);
  });

  it.for([
    ['differ', { [tuna]: files, [ustc]: greeter({ seed: 'other' }) }, /^ERR_(?:QUORUM|CHECKSUM)$/],
    ['are only one', { [tuna]: files }, /^ERR_QUORUM$/],
  ] as const)('is refused if all of Clojars is down and the third parties %s', async ([_, places, code], { bench }) => {
    const client = bench.client(await stage({ ...central, ...places }));
    expect((await errorOf(client.resolveArtifact(coordinate))).code).toMatch(code);
    expect((await bench.placed()).filter((name) => name.endsWith('.jar'))).toEqual([]);
  });

  it('gives an error that names every place if none answers', async ({ bench }) => {
    const error = await errorOf(bench.client(await stage({})).resolveArtifact(coordinate));
    expect(error.code).toBe('ERR_UNREACHABLE');
    expect(new Set(error.attempts.map(({ mirror }) => new URL(mirror).hostname))).toEqual(new Set(hosts));
  });
});

describe('a library of Central, without configuration', () => {
  it("comes from the operator's other name if repo1 is down", async ({ bench }) => {
    const found = await bench
      .client(await stage({ 'repo.maven.apache.org': files, [cdn]: nothing, [bucket]: nothing }))
      .resolveArtifact(coordinate);
    expect(found).toMatchObject({
      repository: 'central',
      mirror: 'https://repo.maven.apache.org/maven2/',
      verification: { level: 'origin' },
    });
  });
});
