import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { beforeEach, describe, expect, it } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import type { EffectiveConfiguration } from '../../src/local/settings/configuration.js';
import { loadConfiguration, type LoadOptions } from '../../src/local/settings/effective.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { thrownBy } from './support.js';

let home = '';
beforeEach(async () => {
  home = await temporaryFolder();
});

const load = (
  options: ClientOptions = {},
  env: Record<string, string> = {},
  more: Partial<LoadOptions> = {},
): Promise<EffectiveConfiguration> => loadConfiguration({ options, env, homeFolder: home, workingFolder: '/work/folder', ...more });
async function place(path: string, content: string | Uint8Array): Promise<string> {
  const file = join(home, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, content);
  return file;
}
const configuration = (value: unknown): Promise<string> => place('.config/clojars-fetch/config.json', JSON.stringify(value));
const settings = (body: string): Promise<string> => place('.m2/settings.xml', `<settings>${body}</settings>`);

describe('loadConfiguration', () => {
  it('has defaults without any source', async () => {
    const result = await load();
    expect(result).toMatchObject({
      localRepository: join(home, '.m2/repository'),
      cacheFolder: join(home, '.cache/clojars-fetch'),
      stateFolder: join(home, '.local/state/clojars-fetch'),
      offline: false,
      paranoid: false,
      timeoutMs: 300_000,
      concurrency: 48,
      artifactMaxBytes: 4 * 2 ** 30,
      pomEnvironment: [],
      allowHttp: [],
      ca: [],
      proxies: [],
      proxyFor: null,
      warnings: [],
      trust: {
        level: null,
        checksums: 'fail',
        quorum: 2,
        acceptMirrorChecksums: false,
        compareRepositories: 'public',
        trustedChecksums: [],
        rules: [],
      },
    });
    expect(result.repositories.map(({ id }) => id)).toEqual(['central', 'clojars']);
    expect(result.sources['settings']).toEqual({ value: join(home, '.m2/settings.xml'), from: 'not found' });
  });

  it('keeps configuration, cache and state where the system does, with XDG variables first', async () => {
    const file = await place('Library/Application Support/clojars-fetch/config.json', '{"concurrency": 7}');
    const mac = await load({}, {}, { platform: 'darwin' });
    expect(mac).toMatchObject({
      concurrency: 7,
      cacheFolder: join(home, 'Library/Caches/clojars-fetch'),
      stateFolder: join(home, 'Library/Application Support/clojars-fetch/state'),
    });
    expect(mac.sources['configurationFile']).toEqual({ value: file, from: file });
    expect((await load({}, { XDG_CONFIG_HOME: join(home, 'xdg') }, { platform: 'darwin' })).concurrency).toBe(48);
  });

  it('reads settings.xml in the encoding that it declares', async () => {
    const text = (encoding: string): string =>
      `<?xml version="1.0" encoding="${encoding}"?><settings><localRepository>/B\u00e4r</localRepository></settings>`;
    for (const bytes of [
      Buffer.from(text('ISO-8859-1'), 'latin1'),
      Buffer.from(text('windows-1252'), 'latin1'),
      Buffer.from(text('ISO8859_1'), 'latin1'),
      Buffer.from(text('ISO8859_15'), 'latin1'),
      Buffer.from(`\n${text('UTF-8')}`),
      Buffer.concat([Buffer.from(text('UTF-8')), Buffer.from('<!-- M\u00fcller -->', 'latin1')]),
      Buffer.from(`\ufeff${text('UTF-16')}`, 'utf16le'),
      Buffer.from(text('utf-8')),
      Buffer.from(`\ufeff${text('UTF-8')}`),
    ]) {
      await place('.m2/settings.xml', bytes);
      expect((await load()).localRepository).toBe('/B\u00e4r');
    }
    const file = await place('.m2/settings.xml', Buffer.from(text('x-unknown'), 'latin1'));
    expect(await thrownBy(() => load())).toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'unreadable',
      message: `${file}: x-unknown is not a supported encoding`,
      setting: 'settings',
    });
    await place('.m2/settings.xml', Buffer.from(text('utf-8'), 'latin1'));
    expect(await thrownBy(() => load())).toMatchObject({ reason: 'unreadable', message: `${file}: not UTF-8 text` });
  });

  it('names the file of an error, but none if an option or a variable is wrong', async () => {
    const pathOf = async (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => null,
        (error: unknown) => (isClojarsFetchError(error) ? [error.path, error.setting] : error),
      );
    expect(await pathOf(load({ timeoutMs: 0 }))).toEqual([undefined, 'timeoutMs']);
    expect(await pathOf(load({}, { CLOJARS_FETCH_TIMEOUT: 'x' }))).toEqual([undefined, 'timeoutMs']);
    const file = await configuration({ timeoutMs: 0 });
    expect(await pathOf(load())).toEqual([file, 'timeoutMs']);
    await place('.config/clojars-fetch/config.json', '{');
    expect(await pathOf(load())).toEqual([file, 'configurationFile']);
    await place('.config/clojars-fetch/config.json', '{}');
    const xml = await place('.m2/settings.xml', '<settings>');
    expect(await pathOf(load())).toEqual([xml, 'settings']);
  });

  it('names the repositories of profiles in settings.xml, which are not used', async () => {
    const profile = (id: string, repository: string): string =>
      `<profile><id>${id}</id><repositories><repository><id>${repository}</id><url>https://me:secret@${repository}.example.org/</url></repository></repositories></profile>`;
    const xml = await settings(
      `<profiles>${profile('work', 'company')}${profile('nexus', 'central')}${profile('idle', 'other')}</profiles><activeProfiles><activeProfile>work</activeProfile><activeProfile>nexus</activeProfile></activeProfiles>`,
    );
    const { warnings, sources } = await load();
    expect(warnings).toEqual([
      `${xml}: the repositories of profile "work" are not used: company (https://company.example.org/). If you need them, name them with --repo or in the configuration file`,
    ]);
    expect(sources['settings.profiles']).toEqual({
      value:
        'not used: work (active): company (https://company.example.org/); nexus (active): central (https://central.example.org/); idle: other (https://other.example.org/)',
      from: xml,
    });
  });

  it('lets the stronger source win: settings.xml, file, environment, options', async () => {
    const xml = await settings('<localRepository>/from/settings</localRepository>');
    expect((await load()).sources['localRepository']).toEqual({ value: '/from/settings', from: xml });
    const file = await configuration({
      localRepository: '../repo',
      timeoutMs: 1000,
      trust: { level: 'origin', quorum: 3, trustedChecksums: ['sums', '~/sums'] },
    });
    const fromFile = await load();
    expect(fromFile.sources['localRepository']).toEqual({ value: join(home, '.config/repo'), from: file });
    expect(fromFile.trust).toMatchObject({
      level: 'quorum',
      quorum: 3,
      trustedChecksums: [join(home, '.config/clojars-fetch/sums'), join(home, 'sums')],
    });
    const env = {
      CLOJARS_FETCH_LOCAL_REPO: 'from-env',
      CLOJARS_FETCH_TIMEOUT: '2.5',
      CLOJARS_FETCH_LEVEL: 'quorum',
      CLOJARS_FETCH_OFFLINE: 'yes',
    };
    const fromEnvironment = await load({}, env);
    expect(fromEnvironment).toMatchObject({
      localRepository: '/work/folder/from-env',
      timeoutMs: 2500,
      offline: true,
      trust: { level: 'quorum', quorum: 3 },
    });
    expect(fromEnvironment.sources['timeoutMs']).toEqual({ value: '2500', from: 'CLOJARS_FETCH_TIMEOUT' });
    const fromOptions = await load({ localRepository: '~/mine', timeoutMs: 5, offline: false, trust: { level: 'none' } }, env);
    expect(fromOptions).toMatchObject({
      localRepository: join(home, 'mine'),
      timeoutMs: 5,
      offline: false,
      trust: { level: 'quorum', quorum: 3 },
    });
    // A number is a minimum, whatever weaker level is given along with it.
    expect(fromOptions.sources['trust.level']).toEqual({ value: 'quorum', from: 'trust.quorum' });
    expect((await load({ trust: { quorum: 2, level: 'pinned' } })).trust.level).toBe('pinned');
  });

  it('reads no user file with settings: false, except one that is named', async () => {
    await settings('<broken');
    await configuration({ nonsense: 1 });
    const named = await place('other.json', '{"concurrency": 7}');
    expect((await load({ settings: false })).concurrency).toBe(48);
    expect((await load({ settings: false, configurationFile: named })).concurrency).toBe(7);
    expect(await thrownBy(() => load({ settings: false, configurationFile: '/nowhere/x.json' }))).toMatchObject({
      reason: 'unreadable',
      message: '/nowhere/x.json: no such file',
    });
    expect((await thrownBy(() => load({ settings: false, configurationFile: home }))).message).toBe(`${home}: not a regular file`);
    const list = await place('list.json', '[]');
    expect(await thrownBy(() => load({ settings: false, configurationFile: list }))).toMatchObject({
      message: `${list} must be an object {…}, not an empty list`,
      hint: 'The file must contain one JSON object, such as {"name": "value"}.',
    });
  });

  it("lays settings.xml over the repositories, and keeps the program's own mirrors", async () => {
    await settings('<mirrors><mirror><id>nexus</id><mirrorOf>*</mirrorOf><url>https://nexus.example.org/</url></mirror></mirrors>');
    await configuration({ mirrors: { clojars: ['https://own.example.org/'] } });
    const result = await load({ mirrors: { central: [{ url: 'https://mine.example.org/', priority: -1 }] } });
    expect(result.repositories.map((repository) => [repository.trackingId, ...repository.mirrors.map(({ url }) => url.host)])).toEqual([
      ['nexus', 'mine.example.org', 'nexus.example.org'],
      ['nexus', 'nexus.example.org', 'own.example.org'],
    ]);
  });

  it('adds a mirror list: untrusted, not counted for a quorum, no new repositories, nothing past a boundary', async () => {
    const list = await place(
      'list.json',
      JSON.stringify({
        version: 1,
        expires: '2030-01-01',
        repositories: [
          {
            id: 'clojars',
            url: 'https://repo.clojars.org',
            mirrors: [{ url: 'https://m.example.org/', operator: 'invented', priority: -9 }],
          },
          { id: 'evil', url: 'https://evil.example.org', mirrors: [] },
        ],
      }),
    );
    const result = await load({ mirrorList: list }, {}, { nowMs: Date.parse('2029-01-01') });
    expect(result.repositories[1]?.mirrors[1]).toEqual({
      url: new URL('https://m.example.org/'),
      operator: null,
      canonical: false,
      trusted: false,
      lastResort: false,
      priority: 1,
    });
    expect(result.warnings).toEqual([
      `${list}: repositories[1]: no repository in use has the id "evil" and this URL; its mirrors are not used`,
    ]);
    expect((await load({ mirrorList: list }, {}, { nowMs: Date.parse('2031-01-01') })).warnings).toEqual([
      `${list}: this mirror list expired on 2030-01-01 and is not used`,
    ]);
    const failing = { fetchText: () => Promise.reject(new Error('down')) };
    expect((await load({ mirrorList: 'https://l.example.org/' }, {}, failing)).warnings).toEqual([
      'https://l.example.org/: the mirror list could not be fetched; its mirrors are not used',
    ]);
  });

  it('shows no secrets in its sources', async () => {
    await settings('<servers><server><id>clojars</id><username>u</username><password>s3cr3t</password></server></servers>');
    const result = await load({ proxy: 'http://u:s3cr3t@proxy:1', repositories: [{ id: 'x', url: 'https://u:s3cr3t@x.example.org/' }] });
    expect(JSON.stringify(result.sources)).not.toContain('s3cr3t');
    expect(result.sources['repositories']).toEqual({ value: 'x=https://x.example.org/', from: 'options' });
  });

  it.each<[unknown, string]>([
    [{ trust: { quorom: 2 } }, 'trust.quorom is not an option (did you mean quorum?)'],
    [{ trust: { quorum: 1 } }, 'trust.quorum must be a whole number from 2 to 16, not 1'],
    [
      { trust: { level: 'Origin' } },
      'trust.level must be one of none, transport, origin, quorum, signed, pinned, not "Origin" (did you mean origin?)',
    ],
    [
      { trust: { signatures: 'required' } },
      'trust.signatures must be one of off, if-present, require, not "required" (did you mean require?)',
    ],
    [{ trust: { model: 'web' } }, 'trust.model must be one of keyring, web-of-trust, key-map, not "web"'],
    [
      { trust: { weakUntil: 'yesterday' } },
      'trust.weakUntil must be a date (2020-12-31) or a time (2020-12-31T23:59:59Z), not "yesterday"',
    ],
    [
      { trust: { weakUntil: '2020-02-31' } },
      'trust.weakUntil must be a date (2020-12-31) or a time (2020-12-31T23:59:59Z), not "2020-02-31"',
    ],
    [{ trust: { webOfTrust: { depth: 0 } } }, 'trust.webOfTrust.depth must be a whole number from 1 to 255, not 0'],
    [{ trust: { acceptSigners: { 'org.lib': 'A'.repeat(40) } } }, 'trust.acceptSigners (a key) must be GROUP:ARTIFACT, not "org.lib"'],
    [
      { trust: { rules: [{ group: '*', signers: ['DEADBEEF'] }] } },
      'trust.rules[0].signers[0] must be the whole fingerprint of a key, 40 or 64 hex digits, not "DEADBEEF"',
    ],
    [
      { trust: { signatureStores: ['http://store.example.org/'] } },
      'trust.signatureStores[0].url: over plain http, anyone on the way can change what is served: http://store.example.org/',
    ],
    [{ pomEnvironment: ['A=b'] }, 'pomEnvironment[0] must be the name of an environment variable, not "A=b"'],
    [{ artifactMaxBytes: 0 }, 'artifactMaxBytes must be a whole number from 1 to 1099511627776, not 0'],
    [{ repositories: [{ id: 'a' }] }, 'repositories[0].url must be given'],
    [
      {
        repositories: [
          { id: 'a', url: 'https://a/' },
          { id: 'a', url: 'https://b/' },
        ],
      },
      'repositories[1].id must be an id that no other repository has, not "a"',
    ],
    [
      { repositories: [{ id: 'a', url: 'http://a.example.org/' }] },
      'repositories[0].url: over plain http, anyone on the way can change what is served: http://a.example.org/',
    ],
    [{ repoFor: { 'org.x': 'clojar' } }, 'repoFor.org.x: unknown repository "clojar" (did you mean clojars?)'],
    [{ offline: 'yes' }, 'offline must be true or false, not "yes"'],
    [{ concurrency: null }, 'concurrency must be a whole number from 1 to 1000, not null'],
    [{ '\u001b[31m': 1 }, '"\\u001b[31m" is not an option'],
  ])('names file, key and allowed values: %j', async (value, problem) => {
    const file = await configuration(value);
    expect(await thrownBy(() => load())).toMatchObject({ code: 'ERR_CONFIG', message: `${file}: ${problem}` });
  });

  it('refuses unknown options and bad variables', async () => {
    const unknown: object = { signature: 'require' };
    expect(await thrownBy(() => load(unknown))).toMatchObject({ reason: 'unknown-option', message: 'options: signature is not an option' });
    expect((await thrownBy(() => load({}, { CLOJARS_FETCH_TIMEOUT: 'soon' }))).message).toBe(
      'CLOJARS_FETCH_TIMEOUT must be a number of seconds from 0.001 to 86400, not "soon"',
    );
    expect(await thrownBy(() => load({}, { CLOJARS_FETCH_SIGNATURES: 'on' }))).toMatchObject({
      code: 'ERR_CONFIG',
      message: 'CLOJARS_FETCH_SIGNATURES must be one of off, if-present, require, not "on"',
    });
    expect((await load({}, { CLOJARS_FETCH_OFLINE: '1', CLOJARS_FETCH_CORPUS: 'x' })).warnings).toEqual([
      '"CLOJARS_FETCH_OFLINE" is not a variable of clojars-fetch (did you mean CLOJARS_FETCH_OFFLINE?)',
    ]);
  });

  it('reads signature options: off, by the web of trust, from the existing keyrings', async () => {
    const { trust, sources } = await load();
    expect(trust).toMatchObject({
      signatures: 'off',
      model: 'web-of-trust',
      keyrings: null,
      weak: 'warn',
      weakUntilMs: null,
      webOfTrust: { completes: 1, marginals: 3, depth: 5 },
      keyMaps: [],
      signatureStores: [],
      acceptSigners: {},
    });
    expect(sources['trust.keyrings']).toEqual({ value: "our own key store and GnuPG's home", from: 'built-in' });
  });

  it('ranks signature options before the environment before the file; paths are relative to their source', async () => {
    const file = await configuration({
      trust: {
        signatures: 'if-present',
        keyrings: ['keys'],
        keyMaps: ['map.list'],
        signatureStores: ['stored', 'https://signatures.example.org/maven'],
        weakUntil: '2020-12-31',
        webOfTrust: { marginals: 2 },
      },
    });
    const folder = dirname(file);
    const keyring = ['/a/one', '/b/two'].join(delimiter);
    const { trust, sources } = await load(
      { trust: { model: 'keyring' } },
      { CLOJARS_FETCH_SIGNATURES: 'require', CLOJARS_FETCH_KEYRING: keyring },
    );
    expect(trust).toMatchObject({
      signatures: 'require',
      model: 'keyring',
      keyrings: [resolve('/a/one'), resolve('/b/two')],
      keyMaps: [join(folder, 'map.list')],
      weak: 'accept',
      weakUntilMs: Date.parse('2020-12-31T23:59:59.999Z'),
      webOfTrust: { completes: 1, marginals: 2, depth: 5 },
    });
    expect(trust.signatureStores.map(({ url, trusted }) => [url.href, trusted])).toEqual([
      [`${pathToFileURL(join(folder, 'stored')).href}/`, false],
      ['https://signatures.example.org/maven/', false],
    ]);
    expect(sources).toMatchObject({
      'trust.signatures': { value: 'require', from: 'CLOJARS_FETCH_SIGNATURES' },
      'trust.model': { value: 'keyring', from: 'options' },
      'trust.weakUntil': { value: '2020-12-31', from: file },
    });
    expect((await load()).trust.model).toBe('key-map');
  });
});
