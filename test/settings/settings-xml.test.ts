import { tmpdir, userInfo } from 'node:os';
import { sep } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { createProxyRule, parseProxy, selectProxy } from '../../src/local/settings/proxy.js';
import { applyMirrors } from '../../src/local/settings/settings-xml/apply-mirrors.js';
import { matchesMirrorOf, selectMirror } from '../../src/local/settings/settings-xml/mirror-pattern.js';
import { isEncrypted } from '../../src/local/settings/settings-xml/reader.js';
import { parseSettings, type Settings, type SettingsMirror } from '../../src/local/settings/settings-xml/settings-xml.js';
import { createDefaultRepositories, createMirror, createRepository } from '../../src/network/mirrors/mirror-list.js';
import { thrownBy } from './support.js';

const context = { env: { SECRET: 's3cr3t', SELF: '${env.SECRET}' }, homeFolder: '/home/me' };
const parse = (body: string): Settings => parseSettings(`<settings>${body}</settings>`, 'settings.xml', context);
const at = (url: string, id = 'repo'): { id: string; url: URL } => ({ id, url: new URL(url) });

describe('mirrorOf (Maven DefaultMirrorSelector)', () => {
  it.each<[string, { id: string; url: URL }, boolean]>([
    ['*', at('https://x/'), true],
    ['repo', at('https://x/'), true],
    ['Repo', at('https://x/'), false],
    ['other', at('https://x/'), false],
    ['other,repo', at('https://x/'), true],
    ['other, repo', at('https://x/'), true],
    ['*,!repo', at('https://x/'), false],
    ['!repo,*', at('https://x/'), false],
    ['!other,*', at('https://x/'), true],
    ['!other', at('https://x/'), false],
    ['repo,!repo', at('https://x/'), true],
    ['external:*', at('https://x/'), true],
    ['external:*', at('http://localhost:1/'), false],
    ['external:*', at('http://127.0.0.1/'), false],
    ['external:*', at('http://[::1]/'), true],
    ['external:*', at('file:///x/'), false],
    ['external:*,!repo', at('https://x/'), false],
    ['external:http:*', at('https://x/'), false],
    ['external:http:*', at('http://x/'), true],
    ['external:http:*', at('http://localhost/'), false],
    ['', at('https://x/'), false],
    ['!', at('https://x/', '!'), true],
    ['external:http:*,repo', at('https://x/'), true],
  ])('returns for %s and %o: %s', (pattern, repository, expected) => expect(matchesMirrorOf(pattern, repository)).toBe(expected));

  it('takes the exact id before an earlier pattern, then the first', () => {
    const mirror = (mirrorOf: string, layouts = 'default,legacy'): { mirrorOf: string; layouts: string } => ({ mirrorOf, layouts });
    expect(selectMirror(at('https://x/'), [mirror('*'), mirror('repo')])?.mirrorOf).toBe('repo');
    expect(selectMirror(at('https://x/'), [mirror('external:*'), mirror('*')])?.mirrorOf).toBe('external:*');
  });

  it.each<[string, boolean]>([
    ['', true],
    ['*', true],
    ['default', true],
    ['legacy,default', true],
    ['p2', false],
    ['!legacy,*', true],
    ['*,!legacy', true],
    ['*,!default', false],
    ['!default,*', false],
    ['p2, default', false],
  ])('for the layouts %s covers a repository: %s', (layouts, expected) => {
    expect(selectMirror(at('https://x/'), [{ mirrorOf: '*', layouts }]) !== null).toBe(expected);
  });
});

describe('parseSettings', () => {
  it('reads the elements that it knows', async () => {
    const settings = parse(`
      <!-- ours --><unknown><deep/></unknown>
      <localRepository>\${user.home}/repo &amp; &#65;</localRepository><offline>TRUE</offline>
      <mirrors><mirror><id>nexus</id><mirrorOf>*</mirrorOf><url> https://nexus.example.org/ </url></mirror>
        <mirror><id>b</id><mirrorOf>x</mirrorOf><url>http://b/</url><blocked>true</blocked></mirror></mirrors>
      <servers><server><id>nexus</id><username>me</username><password>\${env.SECRET}</password></server>
        <server><id>twice</id><username>me</username><password>\${env.SELF}</password></server></servers>
      <proxies><proxy><host>p</host></proxy><proxy><active>false</active><host>q</host></proxy>
        <proxy><id>s</id><protocol>HTTPS</protocol><host>s</host><port>3128</port><username>u</username><nonProxyHosts>localhost|*.example.org</nonProxyHosts></proxy></proxies>`);
    expect(settings).toEqual({
      localRepository: '/home/me/repo & A',
      offline: true,
      mirrors: [
        { id: 'nexus', url: 'https://nexus.example.org/', mirrorOf: '*', layouts: 'default,legacy', blocked: false },
        { id: 'b', url: 'http://b/', mirrorOf: 'x', layouts: 'default,legacy', blocked: true },
      ],
      servers: [
        { id: 'nexus', username: 'me', password: 's3cr3t' },
        { id: 'twice', username: 'me', password: '${env.SECRET}' },
      ],
      proxies: [
        { id: 'default', protocol: 'http', host: 'p', port: 8080, secure: false, username: null, password: null, nonProxyHosts: [] },
        {
          id: 's',
          protocol: 'https',
          host: 's',
          port: 3128,
          secure: false,
          username: 'u',
          password: null,
          nonProxyHosts: ['localhost', '*.example.org'],
        },
      ],
      profiles: [],
      warnings: [],
    });
    expect(parse('')).toMatchObject({ localRepository: null, mirrors: [], servers: [], proxies: [] });
  });

  it('names the server of an encrypted password, and neither sends nor shows it', async () => {
    const settings = parse(
      '<servers><server><id>nexus</id><username>me</username><password>{COQLCE6DU6GtcS5P=}</password></server></servers>',
    );
    expect(settings.servers).toEqual([{ id: 'nexus', username: 'me', password: null }]);
    expect(settings.warnings).toEqual([
      'settings.xml: the password of server "nexus" is encrypted, which is not supported: it is not sent. Use <password>${env.NAME}</password>, or auth in our configuration file',
    ]);
  });

  it.each([
    ['{abc=}', true],
    ['expires soon {abc=}', true],
    ['{[name=master]abc=}', true],
    ['\\{abc=\\}', false],
    ['${env.X}', false],
    ['${HOME}', false],
    ['a{b', false],
    ['p{!}', false],
    ['pa{ss}word', false],
    ['{0123456789abcdef}', false],
    [`{${Buffer.alloc(32, 1).toString('base64')}}`, true],
    [`reset in May {${Buffer.alloc(48, 1).toString('base64')}}`, true],
    [`{${Buffer.alloc(48, 1).toString('base64').slice(4)}}`, false],
  ])('decides whether %s is encrypted: %s', (password, expected) => expect(isEncrypted(password)).toBe(expected));

  it('fills in system properties, and refuses a local repository with an unknown one', async () => {
    const folder = async (text: string): Promise<string | null> => parse(`<localRepository>${text}</localRepository>`).localRepository;
    expect(await folder('/data/${user.name}${file.separator}${user.home}')).toBe(`/data/${userInfo().username}${sep}/home/me`);
    expect(await folder('${java.io.tmpdir}/m2')).toBe(`${tmpdir()}/m2`);
    for (const text of ['/data/${user.nmae}', '${env.ABSENT}/m2', '/data/${maven.home}']) {
      const expression = text.match(/\$\{.*\}/)?.[0] ?? '';
      expect(await thrownBy(() => folder(text))).toMatchObject({
        code: 'ERR_CONFIG',
        reason: 'bad-value',
        setting: 'localRepository',
        message: `settings.xml: <localRepository> uses "${expression}", which is not set`,
      });
    }
  });

  it('sends no login with an unset variable, and shows no part of a password', async () => {
    const { servers, warnings } = parse(
      '<servers><server><id>a</id><username>u</username><password>x${env.ABSENT}</password></server><server><id>b</id><username>u</username><password>pa${ss}word</password></server></servers>',
    );
    expect(servers).toEqual([
      { id: 'a', username: 'u', password: null },
      { id: 'b', username: 'u', password: 'pa${ss}word' },
    ]);
    expect(warnings).toEqual(['settings.xml: <password> uses "${env.ABSENT}", which is not set']);
  });

  it('reads headers of a server, except those that would change the request', async () => {
    const property = (name: string, value: string): string => `<property><name>${name}</name><value>${value}</value></property>`;
    const { servers, warnings } = parse(
      `<servers><server><id>a</id><configuration><httpHeaders>${property('Job-Token', '${env.SECRET}')}${property('Host', 'x')}${property('X-A', '${env.ABSENT}')}</httpHeaders>` +
        `<httpConfiguration><all><headers>${property('X-Wagon', 'w')}</headers></all></httpConfiguration></configuration></server></servers>`,
    );
    expect(servers).toEqual([{ id: 'a', username: '', password: null, headers: { 'job-token': 's3cr3t', 'x-wagon': 'w' } }]);
    expect(warnings).toEqual([
      'settings.xml: the HTTP header "host" of server "a" is not sent',
      'settings.xml: <value> uses "${env.ABSENT}", which is not set',
      'settings.xml: the HTTP header "x-a" of server "a" is not sent',
    ]);
    const [x] = applyMirrors([createRepository({ id: 'a', url: 'https://x.example.org/' })], [], { servers });
    expect(x?.mirrors[0]?.credentials).toEqual({ kind: 'headers', headers: { 'job-token': 's3cr3t', 'x-wagon': 'w' }, login: null });
    const short = '<httpHeaders><Private-Token>${env.SECRET}</Private-Token><X-B>b</X-B></httpHeaders>';
    const again = parse(`<servers><server><id>a</id><configuration>${short}</configuration></server></servers>`);
    expect(again.servers[0]?.headers).toEqual({ 'private-token': 's3cr3t', 'x-b': 'b' });
  });

  it('names the repositories of profiles, and which ones are active', async () => {
    const profile = (id: string, more = ''): string =>
      `<profile><id>${id}</id>${more}<repositories><repository><id>${id}-repo</id><url>https://${id}.example.org/</url></repository></repositories></profile>`;
    const { profiles } = parse(
      `<profiles>${profile('one')}${profile('two')}${profile('three', '<activation><activeByDefault>true</activeByDefault></activation>')}<profile><id>bare</id></profile></profiles><activeProfiles><activeProfile>two</activeProfile><activeProfile>bare</activeProfile></activeProfiles>`,
    );
    expect(profiles.map(({ id, active, repositories }) => [id, active, repositories[0]?.id])).toEqual([
      ['one', false, 'one-repo'],
      ['two', true, 'two-repo'],
      ['three', true, 'three-repo'],
    ]);
  });

  it.each([
    ['<settings><a></settings>', 'settings.xml: line 1, column 25: not well-formed XML: unexpected close tag'],
    ['', 'settings.xml: the file is empty'],
    [' \n', 'settings.xml: the file is empty'],
    ['<settings/>\n<settings/>', 'settings.xml: line 2, column 11: not well-formed XML: documents may contain only one root'],
    ['<settings><!-- a -- b --></settings>', 'settings.xml: line 1, column 21: not well-formed XML: malformed comment'],
    [
      '<?xml version="1.0"?>\n <!DOCTYPE x [<!ENTITY a "b">]><settings>&a;</settings>',
      'settings.xml: line 2, column 45: not well-formed XML: undefined entity',
    ],
    [
      '<settings><mirrors><mirror><id/><url>https://x/</url><mirrorOf>*</mirrorOf></mirror></mirrors></settings>',
      'settings.xml: line 1: the <id> of a <mirror> is empty',
    ],
    ['<settings>\n<servers><server><id> </id></server></servers></settings>', 'settings.xml: line 2: the <id> of a <server> is empty'],
    [
      '<settings><mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><blocked>true</blocked></mirror></mirrors></settings>',
      'settings.xml: <mirror> "m" has no <url>',
    ],
    [
      '<settings><proxies><proxy><host>h</host><port/></proxy></proxies></settings>',
      'settings.xml: <port> of <proxy> "default" must be a whole number from 1 to 65535',
    ],
    [
      '<settings><mirrors><mirror><id>m</id><url>https://x/</url></mirror></mirrors></settings>',
      'settings.xml: <mirror> "m" has no <mirrorOf>',
    ],
    [
      '<settings><proxies><proxy><host>h</host><port>x</port></proxy></proxies></settings>',
      'settings.xml: <port> of <proxy> "default" must be a whole number from 1 to 65535',
    ],
    [`<settings>${' '.repeat(1024 * 1024)}</settings>`, 'settings.xml: the file is larger than 1048576 bytes'],
  ])('reports %.60s', async (xml, message) => {
    expect(await thrownBy(() => parseSettings(xml, 'settings.xml', context))).toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'bad-value',
      message,
    });
  });

  it.each([
    '<localRepository>/a</localRepository><localRepository>/b</localRepository>',
    '<mirrors/><mirrors><mirror><id>a</id><url>https://x/</url><mirrorOf>*</mirrorOf></mirror></mirrors>',
    '<mirrors><mirror><id>a</id><url>https://x/</url><mirrorOf>b</mirrorOf><mirrorOf>*</mirrorOf></mirror></mirrors>',
    '<servers><server><id>a</id><password>p</password><password>q</password></server></servers>',
    '<proxies><proxy><host>a</host><host>b</host></proxy></proxies>',
  ])('refuses an element that may be there once, as Maven does: %s', async (body) => {
    const error = await thrownBy(() => parse(body));
    expect(error).toMatchObject({ code: 'ERR_CONFIG', reason: 'bad-value' });
    expect(error.message).toMatch(/has <\w+> more than once/);
  });

  it.each([
    ['<settings><servers>\n<server>', 'line 2: the file ends before </server>: it is cut off or unfinished'],
    ['<settings>\n\n<mirr', 'line 3: the file ends before </settings>: it is cut off or unfinished'],
    ['<settings>\n<!-- note', 'line 2: the file ends before </settings>: it is cut off or unfinished'],
    ['\n<sett', 'line 2: the file ends before its first element: it is cut off or unfinished'],
  ])('says that a file is cut off, and what to do: %s', async (xml, message) => {
    expect(await thrownBy(() => parseSettings(xml, '/m/settings.xml', context))).toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'bad-value',
      message: `/m/settings.xml: ${message}`,
      hint: 'Complete it, or restore it from a copy. --no-config works without it.',
    });
  });

  it.each([
    '<mirrors>text<mirror><id>a</id><url>https://x/</url><mirrorOf>*</mirrorOf></mirror></mirrors>',
    '<localRepository>/a<b/></localRepository>',
    '<profiles><profile><id>a</id><properties>text</properties></profile></profiles>',
    '<pluginGroups/><pluginGroups/>',
  ])('refuses text or elements in the wrong place, as Maven does: %s', async (body) => {
    expect(await thrownBy(() => parse(body))).toMatchObject({ code: 'ERR_CONFIG', reason: 'bad-value' });
  });

  it.each([['\n <?xml version="1.0"?><settings/>'], ['<?xml version="1.0"?><?xml version="1.0"?><settings/>']])(
    'refuses a declaration that is not at the start, as Maven does: %j',
    async (xml) => {
      expect(await thrownBy(() => parseSettings(xml, 'settings.xml', context))).toMatchObject({ code: 'ERR_CONFIG' });
    },
  );

  it('reads what Maven reads: text between elements, entities of HTML, other names of the root, a DOCTYPE', () => {
    expect(parse('text')).toMatchObject({ mirrors: [], localRepository: null });
    expect(parse('<localRepository>/&eacute;</localRepository>').localRepository).toBe('/\u00e9');
    expect(parse('<localRepository>\u00a0/a\u00a0</localRepository>').localRepository).toBe('\u00a0/a\u00a0');
    expect(parseSettings('<!DOCTYPE a><project><offline>true</offline></project>', 'settings.xml', context).offline).toBe(true);
  });

  it('keeps an empty element apart from one that is missing', () => {
    const { proxies } = parse('<proxies><proxy><id/><protocol/><host>a</host></proxy></proxies>');
    expect(proxies[0]).toMatchObject({ id: '', protocol: '' });
    expect(selectProxy(proxies, new URL('http://x/'))).toBeNull();
  });

  it('trims a value after its properties are filled in', () => {
    const { servers } = parseSettings(
      '<settings><servers><server><id>a</id><username>${env.NAME}</username><password>${env.NAME}</password></server></servers></settings>',
      'settings.xml',
      { env: { NAME: ' me ' }, homeFolder: '/' },
    );
    expect(servers).toEqual([{ id: 'a', username: 'me', password: 'me' }]);
  });

  it('throws only its own error on hostile text', async () => {
    const token = fc.constantFrom(
      '<settings>',
      '</settings>',
      '<mirrors>',
      '<mirror>',
      '</mirror>',
      '<__proto__>',
      '<constructor/>',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '&',
      '&#0;',
      '&#x110000;',
      '<a b="',
      '">',
      '<proxies><proxy>',
      '\u0000',
      '${env.SECRET}',
      '<?x',
      '?>',
      '<toString>',
    );
    const xml = fc.array(fc.oneof(token, fc.string({ maxLength: 5 })), { maxLength: 30 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          xml,
          xml.map((body) => `<settings>${body}</settings>`),
        ),
        (text) => {
          try {
            parseSettings(text, 's', context);
          } catch (error) {
            if (!isClojarsFetchError(error)) throw error;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect((await thrownBy(() => parse('<a>'.repeat(9000) + '</a>'.repeat(9000)))).code).toBe('ERR_CONFIG');
  });
});

describe('applyMirrors', () => {
  const mirror = (mirrorOf: string, more: Partial<SettingsMirror> = {}): SettingsMirror => ({
    id: 'nexus',
    url: 'https://nexus.example.org/maven',
    mirrorOf,
    layouts: 'default',
    blocked: false,
    ...more,
  });

  it('replaces every built-in mirror: a boundary', () => {
    const servers = [
      { id: 'nexus', username: 'me', password: 'x' },
      { id: 'central', username: 'no', password: 'no' },
    ];
    const repositories = applyMirrors(createDefaultRepositories(), [mirror('*')], { servers });
    for (const repository of repositories) {
      expect(repository).toMatchObject({ operator: 'mirror:nexus', trackingId: 'nexus' });
      expect(repository.mirrors).toEqual([
        {
          url: new URL('https://nexus.example.org/maven/'),
          operator: 'mirror:nexus',
          canonical: true,
          trusted: true,
          lastResort: false,
          priority: 0,
          credentials: { kind: 'basic', username: 'me', password: 'x' },
        },
      ]);
    }
    expect(repositories.map(({ id }) => id)).toEqual(['central', 'clojars']);
  });

  it("keeps mirrors of the program's configuration, and repositories that it does not cover", () => {
    const own = new Map([['central', [createMirror('https://own.example.org/')]]]);
    const [central, clojars] = applyMirrors(createDefaultRepositories(), [mirror('central')], { own });
    expect(central?.mirrors.map(({ url }) => url.host)).toEqual(['nexus.example.org', 'own.example.org']);
    expect(clojars).toEqual(createDefaultRepositories()[1]);
  });

  it('refuses a mirror whose URL has a property without a value', async () => {
    expect(
      await thrownBy(() => applyMirrors(createDefaultRepositories(), [mirror('*', { url: 'https://nexus/${env.ABSENT}/' })])),
    ).toMatchObject({
      reason: 'bad-value',
      setting: 'mirrors',
      message: 'settings.xml: <mirror> "nexus": <url> uses "${env.ABSENT}", which is not set',
    });
    expect(applyMirrors(createDefaultRepositories(), [mirror('other', { url: '${env.ABSENT}' })])).toHaveLength(2);
  });

  it('blocks repositories, and refuses plain http', async () => {
    const [central, clojars] = applyMirrors(createDefaultRepositories(), [
      mirror('clojars', { id: 'stop', blocked: true, url: 'http://0.0.0.0/' }),
    ]);
    expect(central?.blocked).toBeUndefined();
    expect(clojars).toMatchObject({ mirrors: [], blocked: 'settings.xml: <mirror> "stop" blocks it (http://0.0.0.0/)' });
    expect(
      await thrownBy(() => applyMirrors(createDefaultRepositories(), [mirror('*', { url: 'http://nexus.example.org/' })])),
    ).toMatchObject({
      reason: 'insecure-url',
      message:
        'settings.xml: <mirror> "nexus": <url>: over plain http, anyone on the way can change what is served: http://nexus.example.org/',
    });
  });

  it("gives a server's credentials to the repository with its id unless the program's configuration has some", () => {
    const servers = [{ id: 'x', username: 'me', password: 'p' }];
    const [x] = applyMirrors([createRepository({ id: 'x', url: 'https://x.example.org/', auth: { token: 't' } })], [], { servers });
    expect(x?.mirrors[0]?.credentials).toEqual({ kind: 'bearer', token: 't' });
  });
});

describe('proxies', () => {
  it('are chosen as Maven does', async () => {
    const { proxies } = parse(
      '<proxies><proxy><host>one</host><nonProxyHosts>*.example.org|local*</nonProxyHosts></proxy><proxy><protocol>https</protocol><host>two</host><nonProxyHosts>only.org</nonProxyHosts></proxy></proxies>',
    );
    const host = (url: string): string | undefined => selectProxy(proxies, new URL(url))?.host;
    expect(
      [
        'http://a.org/',
        'https://a.org/',
        'http://a.EXAMPLE.org/',
        'http://example.org/',
        'http://localhost/',
        'https://only.org/',
        'file:///x',
      ].map(host),
    ).toEqual(['one', 'two', undefined, 'one', undefined, 'one', undefined]);
  });

  it("of the program's own configuration may use https, and are refused without showing secrets", async () => {
    const rule = createProxyRule([parseProxy('https://me:p%20w@proxy.example.org', 'proxy')]);
    expect(rule(new URL('https://x/'))).toEqual({
      url: new URL('https://proxy.example.org:443/'),
      credentials: { kind: 'basic', username: 'me', password: 'p w' },
    });
    expect((await thrownBy(() => parseProxy('socks://me:secret@h', 'proxy'))).message).toBe('proxy must be the URL of an HTTP proxy');
  });
});
