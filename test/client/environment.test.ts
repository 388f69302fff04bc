/** Settings that the client takes from the environment, and how it ends while calls are in progress. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, describe, expect, onTestFinished, vi } from 'vitest';

import type { DiagnosisCheck } from '../../src/app/client/diagnose.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { createCertificateAuthority } from '../support/certificate.js';
import { startForwardProxy } from '../support/forward-proxy.js';
import { coordinate, errorOf, greeter, it, jar, pom, type Workbench } from '../support/workbench.js';

const files = greeter();
const large = greeter({ size: 3_000_000, versions: ['1.0.0', '1.1.0', '1.2.0', '1.3.0'] });

afterEach(async () => {
  vi.unstubAllEnvs();
});

/** A proxy that serves whole URLs from the fixture; `seen` has a line for each request, with its login. */
async function startProxy(): Promise<{ readonly url: string; readonly seen: string[] }> {
  const proxy = await startForwardProxy({ answer: ({ pathname }) => files.get(pathname.slice(1)) });
  onTestFinished(() => proxy.close());
  return {
    url: proxy.url.replace('http://', ''),
    get seen() {
      return proxy.requests.map(({ line, login }) => `${line} ${login ?? 'no login'}`);
    },
  };
}

/** Independent of this machine's own environment. */
function withoutProxies(): void {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'HTTP_NO_PROXY'])
    for (const one of [name, name.toLowerCase()]) vi.stubEnv(one, '');
}

describe('proxies in doctor', () => {
  const lineOf = async (bench: Workbench, options: ClientOptions = {}): Promise<DiagnosisCheck | undefined> => {
    const { checks } = await bench.client({ offline: true, ...options }).diagnose();
    return checks.find(({ name }) => name === 'proxy');
  };
  const noProxy = 'https: no proxy; http: no proxy';

  it.for<[string, Record<string, string>, Omit<DiagnosisCheck, 'name'>]>([
    ['none', { NO_PROXY: 'a.example' }, { status: 'ok', detail: noProxy }],
    [
      'the variable of each scheme, without its login, and the variables with exceptions',
      { HTTPS_PROXY: 'http://ada:s3cret@one:3128', http_proxy: 'two:80', NO_PROXY: 'a.example', HTTP_NO_PROXY: 'b.example' },
      {
        status: 'ok',
        detail: 'https: http://one:3128/ (HTTPS_PROXY); http: http://two/ (http_proxy); direct for the hosts of NO_PROXY, HTTP_NO_PROXY',
      },
    ],
    [
      'a SOCKS proxy for schemes that no other variable covers',
      { ALL_PROXY: 'socks5://ada:s3cret@host:1080', https_proxy: 'http://one:3128' },
      {
        status: 'warn',
        detail: 'https: http://one:3128/ (https_proxy); http: cannot be reached (ALL_PROXY: socks5: proxies are not supported)',
        hint: 'Name an http or https proxy. SOCKS proxies and automatic configuration (PAC) are not supported.',
      },
    ],
  ])('include %s', async ([, environment, expected], { bench }) => {
    withoutProxies();
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    expect(await lineOf(bench)).toEqual({ name: 'proxy', ...expected });
  });

  it("are the configuration's before the environment's, and include settings.xml with an unsupported proxy", async ({ bench }) => {
    withoutProxies();
    vi.stubEnv('HTTPS_PROXY', 'http://one:3128');
    expect(await lineOf(bench, { proxy: 'https://ada:s3cret@own:443' })).toMatchObject({
      status: 'ok',
      detail: 'https: https://own:443/ (options); http: https://own:443/ (options)',
    });
    const settings = join(bench.folder, 'settings.xml');
    const proxy = (id: string, protocol: string): string =>
      `<proxy><id>${id}</id><protocol>${protocol}</protocol><host>${id}.example</host><nonProxyHosts>localhost</nonProxyHosts></proxy>`;
    await writeFile(settings, `<settings><proxies>${proxy('old', 'socks5')}${proxy('web', 'http')}</proxies></settings>`);
    expect(await lineOf(bench, { settings })).toMatchObject({
      status: 'warn',
      detail: `https: http://web.example:8080/ (${settings}); http: http://web.example:8080/ (${settings}); direct for the hosts of <nonProxyHosts>; proxy "old" of ${settings}: socks5 proxies are not supported`,
    });
  });
});

describe('proxies from the environment', () => {
  const login = `Basic ${Buffer.from('ada:s3cret').toString('base64')}`;

  it('are asked for the whole URL of an http mirror with HTTP_PROXY; the login is shown nowhere else', async ({ bench }) => {
    const proxy = await startProxy();
    withoutProxies();
    vi.stubEnv('HTTP_PROXY', `http://ada:s3cret@${proxy.url}`);
    const client = bench.client({ allowHttp: ['mirror.example'], repositories: [{ id: 'r', url: 'http://mirror.example/' }] });
    expect((await client.resolveArtifact(coordinate)).mirror).toBe('http://mirror.example/');
    expect(proxy.seen.sort()).toEqual(
      [jar, `${jar}.sha1`, pom, `${pom}.sha1`].map((path) => `GET http://mirror.example/${path} ${login}`).sort(),
    );
    const absent = await errorOf(client.resolveArtifact('org.example:absent:1'));
    expect(JSON.stringify([bench.events, absent, String(absent.stack), await client.diagnose(), await client.listMirrors()])).not.toContain(
      's3cret',
    );
  });

  it('tunnel an https mirror with HTTPS_PROXY, whose certificate is checked; NO_PROXY bypasses them', async ({ bench }) => {
    const authority = await createCertificateAuthority();
    const server = await bench.serve(files, {
      tls: await authority.issue({ names: ['mirror.example', 'localhost'] }),
      hostname: 'mirror.example',
    });
    const proxy = await startProxy();
    withoutProxies();
    vi.stubEnv('https_proxy', `ada:s3cret@${proxy.url}`);
    vi.stubEnv('no_proxy', 'localhost');
    const found = await bench.client({ ca: authority.ca, repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
    expect(found.verification.level).toBe('origin');
    expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT mirror.example:${server.port} ${login}`]));
    expect(server.requests.map(({ headers }) => headers['proxy-authorization'])).not.toContain(login);
    const [before, tunnelled] = [proxy.seen.length, server.count()];
    await bench
      .client({ ca: authority.ca, repositories: [{ id: 'r', url: server.url.replace('mirror.example', 'localhost') }] })
      .resolveArtifact('org.example:greeter:1.1.0');
    expect(proxy.seen).toHaveLength(before);
    expect(server.count()).toBeGreaterThan(tunnelled);
  });
});

describe('proxies from settings.xml', () => {
  const settingsWith = async (bench: Workbench, url: string, more = ''): Promise<string> => {
    const file = join(bench.folder, 'settings.xml');
    const [host = '', port = ''] = url.split(':');
    await writeFile(
      file,
      `<settings><proxies><proxy><id>p</id><active>true</active><protocol>http</protocol><host>${host}</host><port>${port}</port>${more}</proxy></proxies></settings>`,
    );
    return file;
  };

  it('are used with their login, which is shown nowhere else, and override the environment', async ({ bench }) => {
    const [named, other] = [await startProxy(), await startProxy()];
    withoutProxies();
    vi.stubEnv('HTTP_PROXY', `http://${other.url}`);
    const settings = await settingsWith(bench, named.url, '<username>ada</username><password>s3cret</password>');
    const client = bench.client({ settings, allowHttp: ['mirror.example'], repositories: [{ id: 'r', url: 'http://mirror.example/' }] });
    expect((await client.resolveArtifact(coordinate)).mirror).toBe('http://mirror.example/');
    const login = `Basic ${Buffer.from('ada:s3cret').toString('base64')}`;
    expect(named.seen.sort()).toEqual(
      [jar, `${jar}.sha1`, pom, `${pom}.sha1`].map((path) => `GET http://mirror.example/${path} ${login}`).sort(),
    );
    expect(other.seen).toEqual([]);
    const absent = await errorOf(client.resolveArtifact('org.example:absent:1'));
    expect(JSON.stringify([bench.events, absent, String(absent.stack), await client.diagnose(), await client.listMirrors()])).not.toContain(
      's3cret',
    );
  });

  it('are not used for hosts that they exclude, nor if they are inactive', async ({ bench }) => {
    const named = await startProxy();
    withoutProxies();
    const server = await bench.serve(files);
    const settings = await settingsWith(bench, named.url, '<nonProxyHosts>127.0.0.*|localhost</nonProxyHosts>');
    expect((await bench.client({ settings, repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate)).mirror).toBe(
      server.url,
    );
    expect(named.seen).toEqual([]);
  });

  it("are overridden by the client's own option", async ({ bench }) => {
    const [named, own] = [await startProxy(), await startProxy()];
    withoutProxies();
    const client = bench.client({
      settings: await settingsWith(bench, named.url),
      proxy: `http://eve:pw@${own.url}`,
      allowHttp: ['mirror.example'],
      repositories: [{ id: 'r', url: 'http://mirror.example/' }],
    });
    await client.resolveArtifact(coordinate);
    expect(named.seen).toEqual([]);
    expect(own.seen.every((line) => line.endsWith(`Basic ${Buffer.from('eve:pw').toString('base64')}`))).toBe(true);
    expect(own.seen).toHaveLength(4);
  });
});

describe('certificate authorities', () => {
  it('from `ca` are trusted in addition to NODE_EXTRA_CA_CERTS', async ({ bench }) => {
    const [extra, own] = [await createCertificateAuthority('extra'), await createCertificateAuthority('own')];
    const here = { names: ['localhost'], addresses: ['127.0.0.1'] };
    const [one, other] = [
      await bench.serve(files, { tls: await extra.issue(here) }),
      await bench.serve(files, { tls: await own.issue(here) }),
    ];
    const file = join(bench.folder, 'extra.pem');
    await writeFile(file, extra.ca);
    withoutProxies();
    vi.stubEnv('NODE_EXTRA_CA_CERTS', file);
    const client = bench.client({ ca: own.ca, repositories: [{ id: 'one', url: one.url, groups: ['org.example'] }] });
    expect((await client.resolveArtifact(coordinate)).mirror).toBe(one.url);
    const second = bench.client({
      ca: own.ca,
      repositories: [{ id: 'other', url: other.url }],
      localRepository: join(bench.folder, 'other'),
    });
    expect((await second.resolveArtifact(coordinate)).mirror).toBe(other.url);
    vi.stubEnv('NODE_EXTRA_CA_CERTS', '');
    const without = bench.client({ ca: own.ca, repositories: [{ id: 'one', url: one.url }], localRepository: join(bench.folder, 'third') });
    expect(await errorOf(without.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'tls' });
  });
});

describe('a mirror list on the web', () => {
  it('is fetched through the proxy, from a host that is allowed by name in any case of letters', async ({ bench }) => {
    const proxy = await startProxy();
    withoutProxies();
    vi.stubEnv('HTTP_PROXY', `http://${proxy.url}`);
    await bench.client({ allowHttp: ['List.Example:8080'], mirrorList: 'http://list.example:8080/list.json' }).listMirrors();
    expect(proxy.seen).toEqual(['GET http://list.example:8080/list.json no login']);
    expect(bench.of('warning').map(({ message }) => message)).toEqual([expect.stringContaining('could not be fetched')]);
  });

  it.for(['<html>sign in here</html>', '{"version": 1}', '\u001b[31m'])(
    'is ignored, and stops nothing, if the response is not a list: %j',
    async (answer, { bench }) => {
      withoutProxies();
      const server = await bench.serve(new Map([...files, ['list.json', Buffer.from(answer)]]));
      const client = bench.client({ mirrorList: `${server.url}list.json`, repositories: [{ id: 'r', url: server.url }] });
      expect((await client.resolveArtifact(coordinate)).mirror).toBe(server.url);
      expect(bench.of('warning').map(({ warning, message }) => [warning, message])).toEqual([
        ['configuration', expect.stringContaining('its mirrors are not used')],
      ]);
      expect(JSON.stringify(bench.events)).not.toMatch(/\\u001b/);
    },
  );

  const list = Buffer.from(
    JSON.stringify({
      version: 1,
      expires: '2999-01-01',
      repositories: [{ id: 'clojars', url: 'https://repo.clojars.org/', mirrors: ['https://m.example.org/'] }],
    }),
  );

  it('is trusted with a certificate of a company authority', async ({ bench }) => {
    const authority = await createCertificateAuthority();
    const tls = await authority.issue({ names: ['localhost'], addresses: ['127.0.0.1'] });
    const server = await bench.serve(new Map([['list.json', list]]), { tls });
    withoutProxies();
    const mirrors = await bench.client({ ca: authority.ca, mirrorList: `${server.url}list.json` }).listMirrors();
    expect(mirrors.find(({ url }) => url === 'https://m.example.org/')).toMatchObject({ repository: 'clojars', trusted: false });
  });

  it('is fetched although the resolver is down, from the remembered address of its host', async ({ bench }) => {
    const authority = await createCertificateAuthority();
    const tls = await authority.issue({ names: ['list.example'] });
    const server = await bench.serve(new Map([['list.json', list]]), { tls, hostname: 'list.example' });
    withoutProxies();
    const { cacheFolder = '' } = bench.ownFolders();
    await mkdir(cacheFolder, { recursive: true });
    const addresses = [{ address: '127.0.0.1', family: 4 }];
    await writeFile(join(cacheFolder, 'addresses.json'), JSON.stringify({ 'list.example': { addresses, atMs: Date.now() - 3600_000 } }));
    const resolve = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { code: 'EAI_AGAIN' }));
    const client = bench.client({ ca: authority.ca, mirrorList: `${server.url}list.json` }, { resolve });
    expect((await client.listMirrors()).map(({ url }) => url)).toContain('https://m.example.org/');
    expect(bench.of('warning')).toEqual([]);
  });
});

describe('close() during calls', () => {
  it('ends each of them, wherever it is, and leaves nothing behind; later calls end at once', async ({ bench }) => {
    const server = await bench.serve(large, {
      fault: (path) =>
        path.includes('/1.0.0/')
          ? 'hang'
          : path.includes('/1.1.0/')
            ? { fault: 'hang-half-way', match: /\.jar$/ }
            : path.includes('/1.2.0/')
              ? { fault: 'hang', match: /sha1$/ }
              : { delayMs: 60_000 },
    });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }], concurrency: 3 });
    const errors = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'].map((version) => errorOf(client.resolveArtifact(`org.example:greeter:${version}`)));
    const versions = errorOf(client.resolveVersions('org.example:greeter'));
    await expect.poll(() => server.count()).toBeGreaterThanOrEqual(3);
    await client.close();
    for (const error of await Promise.all([...errors, versions])) expect(error).toMatchObject({ code: 'ERR_ABORTED', reason: 'signal' });
    expect((await bench.placed()).filter((name) => /\.jar$|tmp/.test(name))).toEqual([]);
    expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_ABORTED' });
    await client.close(); // a second time does no harm
  });
});
