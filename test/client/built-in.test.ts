/**
 * The built-in repositories and their mirrors as a user without any configuration has them: every public name leads,
 * through a proxy, to a server on this machine that stands for it.
 */
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { builtInRepositories } from '../../src/repository/built-in.js';
import type { ClientOptions } from '../../src/settings/client-options.js';
import { createCertificateAuthority, type CertificateAuthority, type ServerCertificate } from '../support/certificate.js';
import { portOf } from '../support/dead-port.js';
import { coordinate, createWorkbench, errorOf, greeter, type Workbench } from '../artifact/workbench.js';

const files = greeter();
const nothing = new Map<string, Buffer>();
const urls = builtInRepositories.flatMap(({ url, mirrors }) => [url, ...mirrors.map((mirror) => mirror.url)]);
const hosts = urls.map((url) => new URL(url).hostname);
const [cdn, bucket, tuna, ustc] = ['repo.clojars.org', 'clojars-repo-production.s3.us-east-2.amazonaws.com', 'mirrors.tuna.tsinghua.edu.cn', 'mirrors.ustc.edu.cn'] as const;

let authority: CertificateAuthority;
let tls: ServerCertificate;
let bench: Workbench;
let proxy: Server | null = null;
let tunnels: string[] = [];
let places: Map<string, number>;
let servers: Server[] = [];
beforeAll(async () => {
  authority = await createCertificateAuthority();
  tls = await authority.issue({ names: hosts });
});
beforeEach(async () => {
  bench = await createWorkbench();
  tunnels = [];
  places = new Map();
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']) for (const one of [name, name.toLowerCase()]) vi.stubEnv(one, '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await bench.close();
  await Promise.all(servers.map((server) => new Promise<void>((done) => {
    server.close(() => done());
    server.closeAllConnections();
  })));
  servers = [];
  proxy = null;
});

/** Puts a server behind each name; one that is not given refuses. Central has nothing, as for a library of Clojars. */
async function stage(of: Readonly<Record<string, ReadonlyMap<string, Buffer>>>): Promise<ClientOptions> {
  const all: Record<string, ReadonlyMap<string, Buffer>> = { 'repo1.maven.org': nothing, 'repo.maven.apache.org': nothing, 'maven-central.storage-download.googleapis.com': nothing, ...of };
  for (const [host, content] of Object.entries(all)) {
    const path = new URL(urls.find((url) => new URL(url).hostname === host) ?? '').pathname.slice(1);
    const served = new Map([...content].map(([name, bytes]) => [`/${path}${name}`, bytes]));
    const place = createSecureServer(tls, ({ url = '' }, response) => {
      const body = served.get(url);
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    await new Promise<void>((done) => place.listen(0, '127.0.0.1', done));
    servers.push(place);
    places.set(host, portOf(place.address()));
  }
  const server = createServer((_, response) => response.writeHead(403).end());
  server.on('connect', (incoming, socket) => {
    const host = (incoming.url ?? '').replace(/:443$/, '');
    tunnels.push(host);
    const place = places.get(host);
    if (place === undefined) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    const onward = connect(place, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const side of [onward, socket]) side.on('error', () => undefined).on('close', () => (onward.destroy(), socket.destroy()));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  servers.push(server);
  proxy = server;
  return { proxy: `http://127.0.0.1:${portOf(server.address())}`, ca: authority.ca };
}

describe('a library of Clojars, without configuration', () => {
  it('comes from the CDN; no third party hears of it', async () => {
    const found = await bench.client(await stage({ [cdn]: files, [bucket]: files, [tuna]: files, [ustc]: files })).resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'clojars', mirror: `https://${cdn}/`, verification: { level: 'origin' } });
    expect(tunnels).not.toContain(tuna);
    expect(tunnels).not.toContain(ustc);
  });

  it('the CDN is dead: from the bucket behind it, as good as from the CDN; no third party hears of it', async () => {
    const found = await bench.client(await stage({ [bucket]: files, [tuna]: files, [ustc]: files })).resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'clojars', mirror: `https://${bucket}/`, verification: { level: 'origin' } });
    expect(tunnels).not.toContain(tuna);
    expect(tunnels).not.toContain(ustc);
  });

  it('the CDN remembers a 404 of before the release: the bucket has it', async () => {
    const found = await bench.client(await stage({ [cdn]: nothing, [bucket]: files, [tuna]: nothing, [ustc]: nothing })).resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'clojars', mirror: `https://${bucket}/` });
  });

  it('all of Clojars is dead: two third parties that agree are a quorum', async () => {
    const found = await bench.client(await stage({ [tuna]: files, [ustc]: files })).resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'clojars', verification: { level: 'quorum' } });
    expect([`https://${tuna}/clojars/`, `https://${ustc}/clojars/`]).toContain(found.mirror);
    expect(found.verification.witnesses.filter(({ agrees }) => agrees).map(({ operator }) => operator).sort()).toEqual(['tuna', 'ustc']);
  });

  it('all of Clojars is dead, and the two third parties differ, or one is alone: refused', async () => {
    const differing = bench.client(await stage({ [tuna]: files, [ustc]: greeter({ seed: 'other' }) }));
    expect(await errorOf(differing.resolveArtifact(coordinate))).toMatchObject({ code: expect.stringMatching(/^ERR_(?:QUORUM|CHECKSUM)$/) as unknown });
    places.delete(ustc);
    const alone = bench.client({ ca: authority.ca, proxy: `http://127.0.0.1:${portOf(proxy?.address() ?? null)}`, localRepository: `${bench.folder}/other`, cacheFolder: `${bench.folder}/other-cache`, stateFolder: `${bench.folder}/other-state` });
    expect(await errorOf(alone.resolveArtifact('org.example:greeter:1.1.0'))).toMatchObject({ code: 'ERR_QUORUM' });
    expect((await bench.placed()).filter((name) => name.endsWith('.jar'))).toEqual([]);
  });

  it('nobody is there: every place is named in the error', async () => {
    const options = await stage({});
    for (const host of hosts) places.delete(host);
    const error = await errorOf(bench.client(options).resolveArtifact(coordinate));
    expect(error.code).toBe('ERR_UNREACHABLE');
    expect(new Set(error.attempts.map(({ mirror }) => new URL(mirror).hostname))).toEqual(new Set(hosts));
  });
});

describe('a library of Central, without configuration', () => {
  it('repo1 is dead: from the other name of the same operator', async () => {
    const found = await bench.client({ ...(await stage({ 'repo.maven.apache.org': files, [cdn]: nothing, [bucket]: nothing })), }).resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'central', mirror: 'https://repo.maven.apache.org/maven2/', verification: { level: 'origin' } });
  });
});
