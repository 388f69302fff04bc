import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { addMirrors, createDefaultRepositories, createMirror, createRepository } from '../../src/network/mirrors/mirror-list.js';
import { redactUrl } from '../../src/network/mirrors/repository-url.js';

function errorOf(action: () => unknown): { code: string; reason: string; message: string; hint: string | undefined } {
  try {
    action();
  } catch (error) {
    if (isClojarsFetchError(error)) return { code: error.code, reason: error.reason, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('built-in repositories', () => {
  it('are Central, then Clojars, with two canonical origins each and last resorts', () => {
    const rows = createDefaultRepositories().flatMap((repository) =>
      repository.mirrors.map((mirror) => [
        repository.id,
        mirror.url.href,
        mirror.operator,
        mirror.canonical,
        mirror.trusted,
        mirror.lastResort,
      ]),
    );
    expect(rows).toEqual([
      ['central', 'https://repo1.maven.org/maven2/', 'central', true, true, false],
      ['central', 'https://repo.maven.apache.org/maven2/', 'central', true, true, false],
      ['central', 'https://maven-central.storage-download.googleapis.com/maven2/', 'google', false, false, true],
      ['clojars', 'https://repo.clojars.org/', 'clojars', true, true, false],
      ['clojars', 'https://clojars-repo-production.s3.us-east-2.amazonaws.com/', 'clojars', true, true, false],
      ['clojars', 'https://mirrors.tuna.tsinghua.edu.cn/clojars/', 'tuna', false, false, true],
      ['clojars', 'https://mirrors.ustc.edu.cn/clojars/', 'ustc', false, false, true],
    ]);
    expect(createDefaultRepositories().map(({ snapshots }) => snapshots)).toEqual([false, true]);
  });
});

describe('createRepository', () => {
  it('adds the slash, removes credentials, and sends them to the same origin only', () => {
    const repository = createRepository({
      id: 'nexus',
      url: 'https://me:p%40ss@nexus.example.org/repo',
      mirrors: ['https://nexus.example.org/other/', 'https://nexus.example.org:8443/repo/', 'https://elsewhere.example.org/'],
    });
    const basic = { kind: 'basic', username: 'me', password: 'p@ss' };
    expect(repository.url.href).toBe('https://nexus.example.org/repo/');
    expect(repository.operator).toBe('nexus.example.org');
    expect(repository.mirrors.map((mirror) => [mirror.url.href, mirror.credentials, mirror.operator])).toEqual([
      ['https://nexus.example.org/repo/', basic, 'nexus.example.org'],
      ['https://nexus.example.org/other/', basic, null],
      ['https://nexus.example.org:8443/repo/', undefined, null],
      ['https://elsewhere.example.org/', undefined, null],
    ]);
  });

  it('orders by priority: negative before the canonical URL, unset after it, built-in mirrors last', () => {
    const repository = createRepository({
      id: 'clojars',
      url: 'https://repo.clojars.org',
      mirrors: [
        'https://a.example.org/',
        { url: 'https://b.example.org/', priority: -1, trusted: false, operator: 'b' },
        { url: 'https://c.example.org/', priority: 0 },
      ],
    });
    expect(repository.mirrors.map((mirror) => [mirror.url.host, mirror.trusted])).toEqual([
      ['b.example.org', false],
      ['repo.clojars.org', true],
      ['c.example.org', true],
      ['a.example.org', true],
      ['clojars-repo-production.s3.us-east-2.amazonaws.com', true],
      ['mirrors.tuna.tsinghua.edu.cn', false],
      ['mirrors.ustc.edu.cn', false],
    ]);
  });

  it('trusts a built-in third party that the user lists, and still knows its operator', () => {
    const expected = { operator: 'tuna', trusted: true, lastResort: false, canonical: false, priority: 1 };
    const url = 'https://mirrors.tuna.tsinghua.edu.cn/clojars/';
    const listed = createRepository({ id: 'clojars', url: 'https://repo.clojars.org/', mirrors: [url] });
    const [, clojars] = createDefaultRepositories();
    if (clojars === undefined) throw new Error('no clojars');
    for (const repository of [listed, addMirrors(clojars, [createMirror(url)])]) {
      expect(repository.mirrors.filter((mirror) => mirror.url.href === url)).toEqual([expect.objectContaining(expected)]);
    }
  });

  it('does not take another URL under a built-in id for the built-in repository', () => {
    const repository = createRepository({ id: 'clojars', url: 'https://evil.example.org/' });
    expect(repository.mirrors).toHaveLength(1);
    expect(repository.operator).toBe('evil.example.org');
  });

  it('takes secrets from the environment', () => {
    const auth = { token: { env: 'TOKEN' } };
    const repository = createRepository({ id: 'x', url: 'https://x.example.org/', auth }, { env: { TOKEN: 'abc' } });
    expect(repository.mirrors[0]?.credentials).toEqual({ kind: 'bearer', token: 'abc' });
    expect(errorOf(() => createRepository({ id: 'x', url: 'https://x.example.org/', auth }, { env: {} })).message).toBe(
      'repositories.auth.token: the environment variable "TOKEN" is not set',
    );
    expect(errorOf(() => createRepository({ id: 'x', url: 'https://x/', auth: { token: 'a\nHost: b' } })).message).not.toContain('Host');
  });

  it.each([
    [
      'http://repo.example.org/',
      'insecure-url',
      'repositories.url: over plain http, anyone on the way can change what is served: http://repo.example.org/',
    ],
    [
      'http://u:secret@repo.example.org/',
      'insecure-url',
      'repositories.url: over plain http, anyone on the way can change what is served: http://repo.example.org/',
    ],
    ['ftp://repo.example.org/', 'bad-value', 'repositories.url: the scheme ftp: is not supported: ftp://repo.example.org/'],
    ['repo.example.org', 'bad-value', 'repositories.url: not an absolute URL: repo.example.org'],
    ['https://u:secret@:bad:/', 'bad-value', 'repositories.url: not an absolute URL: https://:bad:/'],
    ['https://x.example.org/?a=b', 'bad-value', 'repositories.url: a base URL has no query and no fragment: https://x.example.org/?a=b'],
    ['file://host/x/', 'bad-value', 'repositories.url: a file: URL names no host: file://host/x/'],
  ])('refuses %s', (url, reason, message) => {
    expect(errorOf(() => createRepository({ id: 'x', url }))).toMatchObject({ code: 'ERR_CONFIG', reason, message });
  });

  it.each([
    'http://localhost:8080/',
    'http://127.0.0.1/m/',
    'http://[::1]:1/',
    'http://a.localhost/',
    'file:///srv/maven/',
    'https://x.example.org/',
  ])('accepts %s', (url) => expect(createRepository({ id: 'x', url }).url.href).toBe(url));

  it('accepts http from a host that is allowed by name', () => {
    expect(createRepository({ id: 'x', url: 'http://Repo.example.org/' }, { allowHttp: ['repo.example.org'] }).url.href).toBe(
      'http://repo.example.org/',
    );
    expect(errorOf(() => createRepository({ id: 'x', url: 'http://a.repo.example.org/' }, { allowHttp: ['repo.example.org'] })).hint).toBe(
      'Use https, or allow this host by name, in the configuration file or the library\'s options: `"allowHttp": ["a.repo.example.org"]`.',
    );
  });

  it.each(['', '..', '.', 'a/b', 'a\\b', 'a:b', 'a>b', 'a=b', 'local', ' a', 'a\n', 'a\u0000', 'x'.repeat(129)])(
    'refuses the id %j',
    (id) => {
      expect(errorOf(() => createRepository({ id, url: 'https://x.example.org/' })).code).toBe('ERR_CONFIG');
    },
  );

  it.each(['org.*.x', '*.x', '', 'a b', '..', 'a..b', '.*'])('refuses the group pattern %j', (pattern) => {
    expect(errorOf(() => createRepository({ id: 'x', url: 'https://x.example.org/', groups: [pattern] })).code).toBe('ERR_CONFIG');
  });

  it('throws only its own error, and shows no credentials', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `https://user:s3cr3t@${text}`),
        ),
        fc.string(),
        (url, id) => {
          try {
            createRepository({ id, url });
          } catch (error) {
            if (!isClojarsFetchError(error)) throw error;
            expect(error.message).not.toContain('s3cr3t');
          }
        },
      ),
    );
  });
});

describe('redactUrl', () => {
  it.each([
    ['https://u:p@h/x', 'https://h/x'],
    ['https://u:p/w@h/', 'https://h/'],
    ['https://h/\u001b[31m', 'https://h/\uFFFD[31m'],
  ])('turns %j into %j', (text, shown) => expect(redactUrl(text)).toBe(shown));
});
