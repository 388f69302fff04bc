/** Header and URL injection, and path traversal: coordinates that would form requests of their own, headers that would name files. */
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:https';

import { describe, expect } from 'vitest';

import { applyMirrorList, parseMirrorList } from '../../src/local/settings/mirror-list/document.js';
import { createRepository } from '../../src/network/mirrors/mirror-list.js';
import { createCertificateAuthority } from '../support/certificate.js';
import { contentOf, coordinate, digest, errorOf, greeter, jar, metadata } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';
import { forge, it, metadataXml, type Stage } from './stage.js';

const files = greeter();
const sha256 = digest('sha256', contentOf(files, jar));

/** A server that records every request line and header as it arrived. */
async function tap(stage: Stage): Promise<{ readonly url: string; readonly lines: string[] }> {
  const lines: string[] = [];
  const url = await stage.hostile((path, request, response) => {
    lines.push(`${request.method ?? ''} ${request.url ?? ''}`, ...request.rawHeaders);
    response.writeHead(files.has(path) ? 200 : 404).end(files.get(path));
  }, 'http');
  return { url, lines };
}

describe('header and URL injection in coordinates', () => {
  const hostile = [
    '1.0\r\nx-evil: 1',
    '1.0\nHost: evil',
    '1.0 HTTP/1.1\r\n\r\nGET /evil',
    '%2e%2e%2fevil',
    '..%2fevil',
    '%00',
    '%0d%0ax',
    '1.0?evil',
    '1.0#evil',
    '1.0;evil',
    '1.0@evil.example',
    '\\\\evil\\x',
    '//evil.example/x',
    'http://evil.example/',
    '1.0/../../evil',
    '1.0\u2028',
    '1.0\u0085',
    '１.0',
    '1.0\ufe0f',
    '.',
    '..',
    '~',
    '1.0:80',
    '[::1]',
  ];
  it.for(hostile)('%j in each part is refused, or requested as one encoded path', async (text, { stage }) => {
    const server = await tap(stage);
    const client = stage.against(server.url);
    const base = { group: 'org.example', artifact: 'greeter', version: '1.0.0', extension: 'jar', classifier: '' };
    for (const part of ['group', 'artifact', 'version', 'extension', 'classifier'] as const) {
      const error = await errorOf(client.resolveArtifact({ ...base, [part]: text }));
      expect(['ERR_COORDINATE', 'ERR_RANGE', 'ERR_NOT_FOUND']).toContain(error.code);
    }
    for (const line of server.lines) {
      expect(line).not.toMatch(/[\r\n]/);
      expect(line.toLowerCase()).not.toMatch(/^x-evil|^host: evil/);
      if (line.startsWith('GET ')) expect(line).toMatch(/^GET \/org\/example\/[\w%.~/-]+$/);
    }
    expect(server.lines.filter((line) => /\.\.|%2e%2e|%2f|%5c|[?#;@]/i.test(line))).toEqual([]);
  });

  it('by names in POMs and metadata is refused, or requested as one encoded path', async ({ stage }) => {
    const bad = ['1.0&#13;&#10;x: 1', '../../../evil', '1?x', '1#x', '%2e%2e', 'a b', '1/../2'];
    for (const [index, version] of bad.entries()) {
      const dependency = `<dependencies><dependency><groupId>g</groupId><artifactId>lib</artifactId><version>${version}</version></dependency></dependencies>`;
      const app = `<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>app</artifactId><version>1</version>${dependency}</project>`;
      const server = await stage.serve(
        forge(forge(world('app:1', 'lib:1'), { [pathOf('app', '1', 'pom')]: app }), {
          'g/lib/maven-metadata.xml': metadataXml([version], { group: 'g', artifact: 'lib' }),
        }),
      );
      const client = stage.against(server.url, [], { localRepository: `${stage.m2}-${index}` });
      await client.resolveDependencies(['g:app:1']).catch(() => undefined);
      await client.resolveArtifact('g:lib:RELEASE').catch(() => undefined);
      expect(
        server.requests.map(({ path }) => path).filter((path) => !/^g\/(app|lib)\/(1\/(app|lib)-1\.|maven-metadata\.xml)/.test(path)),
      ).toEqual([]);
    }
    expect((await readdir(stage.folder)).filter((name) => name.includes('evil'))).toEqual([]);
  });
});

describe('response headers', () => {
  it.for<[string, Record<string, string | string[]>]>([
    ['a file name', { 'content-disposition': 'attachment; filename="../../../../evil"', 'content-location': '/evil' }],
    [
      'cookies and policies',
      {
        'set-cookie': ['a=b; Domain=.example', 'c=d'],
        'strict-transport-security': 'max-age=99999999',
        'alt-svc': 'h2="evil.example:443"; ma=86400',
        link: '</evil>; rel=preload',
      },
    ],
    ['prototypes', { __proto__x: '1', constructor: 'x', 'x-checksum-__proto__': 'y', prototype: 'z' }],
    ['a different checksum in each', { 'x-checksum-md5': 'zz', 'repr-digest': 'sha-256=:AAAA:', digest: 'sha-256=', 'content-md5': 'x' }],
  ] as const)('with %s are ignored', async ([_name, headers], { stage }) => {
    const heard: string[] = [];
    const url = await stage.hostile((path, request, response) => {
      heard.push(`${request.url ?? ''} ${request.headers.cookie ?? ''}`);
      response.writeHead(files.has(path) ? 200 : 404, headers).end(files.get(path));
    });
    const client = stage.against(url);
    expect((await client.resolveArtifact(coordinate)).sha256).toBe(sha256);
    await client.resolveVersions('org.example:greeter');
    expect(heard.filter((line) => /evil|a=b|c=d/.test(line))).toEqual([]);
    expect((await stage.kept()).size).toBeGreaterThan(0);
    expect([...(await stage.kept()).keys()].filter((name) => name.includes('evil'))).toEqual([]);
  });

  it('with a Location lead to another place, whose content must still be the right file', async ({ stage }) => {
    const canonical = await stage.secure(files);
    for (const location of [
      '/org/example/greeter/1.1.0/greeter-1.1.0.jar',
      '?x',
      '#x',
      '.',
      '..',
      '',
      ' ',
      '/\\evil',
      '///x',
      'https:x',
      '\t/x',
    ]) {
      const url = await stage.hostile((path, _request, response) => {
        if (path === jar) return response.writeHead(302, { location }).end();
        return response.writeHead(files.has(path) ? 200 : 404).end(files.get(path));
      });
      const client = stage.against(canonical.url, [{ url, priority: -1 }], {
        localRepository: `${stage.m2}-${Buffer.from(location).toString('hex')}`,
      });
      expect((await client.resolveArtifact(coordinate)).sha256).toBe(sha256);
    }
  });
});

describe('redirects to this machine', () => {
  it('by a server elsewhere are not followed', async ({ stage }) => {
    const authority = await createCertificateAuthority();
    let asked = 0;
    const inside = createServer(
      await authority.issue({ names: ['localhost', 'mirror.example'], addresses: ['127.0.0.1'] }),
      (request, response) => {
        if (request.headers.host?.startsWith('mirror.example') === true)
          return void response
            .writeHead(302, { location: `https://${request.url?.endsWith('.jar') === true ? 'localhost' : '127.0.0.1'}:${port}/admin` })
            .end();
        asked += 1;
        response.end();
      },
    );
    const { port } = await stage.listen(inside);
    const client = stage.against(
      `https://mirror.example:${port}/`,
      [],
      { ca: authority.ca },
      { resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) },
    );
    const error = await errorOf(client.resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'redirect' });
    expect(JSON.stringify(error.attempts)).toContain('to this machine');
    expect(asked).toBe(0);
  });
});

describe('repository URLs', () => {
  it.for([
    'https://x/?a=b',
    'https://x/#a',
    'javascript:alert(1)',
    'data:,x',
    'ftp://x/',
    'https://x\r\nevil/',
    'https://%0d%0a/',
    '//x/',
    'file://host/x',
    'http://public.example/',
    'https://',
    'https://a b/',
    `https://${'x'.repeat(3_000)}/`,
  ])('like %j are refused', async (url, { stage }) => {
    const error = await errorOf(stage.against(url).resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_CONFIG' });
    expect(error.message).not.toMatch(/[\r\n]/);
  });

  it("may hold traversal by the user's choice, which is resolved once; a coordinate cannot add to it", async ({ stage }) => {
    const server = await stage.serve(files);
    const client = stage.against(`${server.origin}/a/../repo/`);
    expect((await client.resolveArtifact(coordinate)).mirror).toBe(server.url);
  });
});

describe('URLs in a mirror list from the web', () => {
  const repositories = [createRepository({ id: 'r', url: 'https://repo.example/' })];
  const apply = (mirrors: readonly string[], source = 'https://lists.example/mirrors.json') =>
    applyMirrorList(
      repositories,
      parseMirrorList(
        JSON.stringify({ version: 1, expires: '2999-01-01', repositories: [{ id: 'r', url: 'https://repo.example/', mirrors }] }),
        source,
      ),
      { source, nowMs: Date.now() },
    );

  it.each([
    'file:///etc/',
    'http://127.0.0.1:9200/',
    'https://localhost/',
    'http://[::1]:8080/',
    'https://x.localhost/',
    'http://elsewhere.example/',
    'http://0x7f.1/',
    'http://2130706433/',
  ])('cannot name this machine or use plain http: %s', async (url) => {
    expect(await errorOf(Promise.resolve().then(() => apply([url])))).toMatchObject({ code: 'ERR_CONFIG' });
  });

  it('are not all asked if there are a thousand', () => {
    const {
      repositories: [repository],
      warnings,
    } = apply(Array.from({ length: 1_000 }, (_, index) => `https://victim.example/${index}/`));
    expect(repository?.mirrors.length).toBeLessThan(40);
    expect(warnings).toEqual([expect.stringContaining('lists 1000 mirrors')]);
  });
});

describe('path traversal in metadata', () => {
  it('of a snapshot: its build cannot name another folder', async ({ stage }) => {
    const live = greeter({ versions: ['2.0-SNAPSHOT'] });
    const path = 'org/example/greeter/2.0-SNAPSHOT/maven-metadata.xml';
    for (const value of [
      '2.0-20240101.000000-1/../../../../evil',
      '../evil',
      '2.0-evil',
      '2.0-20240101.000000-1%2f..',
      '2.0-..',
      '2.0-20240101.000000-1\u0000',
    ]) {
      const xml = `<metadata><groupId>org.example</groupId><artifactId>greeter</artifactId><version>2.0-SNAPSHOT</version><versioning><snapshotVersions>${['jar', 'pom'].map((extension) => `<snapshotVersion><extension>${extension}</extension><value>${value.replace('\u0000', '&#0;')}</value><updated>20250101000000</updated></snapshotVersion>`).join('')}</snapshotVersions></versioning></metadata>`;
      const server = await stage.serve(forge(live, { [path]: xml }));
      await stage
        .against(server.url, [], { localRepository: `${stage.m2}-${Buffer.from(value).toString('hex')}` })
        .resolveArtifact('org.example:greeter:2.0-SNAPSHOT')
        .catch(() => undefined);
      expect(
        server.requests
          .map((request) => request.path)
          .filter(
            (asked) =>
              !/^org\/example\/greeter\/2\.0-SNAPSHOT\/(maven-metadata\.xml(\.\w+)?|greeter-2\.0-[\w.-]+)$/.test(asked) ||
              asked.includes('..'),
          ),
      ).toEqual([]);
    }
    expect((await readdir(stage.folder)).filter((name) => name.includes('evil'))).toEqual([]);
  });

  it('of an artifact: an invalid version is dropped', async ({ stage }) => {
    const server = await stage.serve(
      forge(files, { [metadata]: metadataXml(['1.0.0', '../../evil', '/etc/passwd', 'a/b', 'C:x', 'con', '1.1.0']) }),
    );
    const list = await stage.against(server.url).resolveVersions('org.example:greeter');
    expect(list.versions.filter((version) => /[/\\:]|\.\./.test(version))).toEqual([]);
  });
});
