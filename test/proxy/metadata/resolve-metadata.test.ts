/** The metadata of one repository as bytes: whose word counts, when the bytes are the published ones, and what a rollback does. */

import { describe, expect } from 'vitest';

import { type KeptMetadata, resolveMetadata } from '../../../src/fetch/versions/resolve-metadata.js';
import { parseMetadata } from '../../../src/maven/metadata/metadata.js';
import { contentOf, errorOf, greeter, metadata } from '../../support/workbench.js';
import { it, listing, put, versionsText } from './bench.js';

const versionsOf = ({ bytes }: KeptMetadata): readonly string[] => parseMetadata(bytes).versions;
const published = (files: ReadonlyMap<string, Buffer>): Uint8Array => contentOf(files, metadata);

describe('the metadata of a repository', () => {
  it('is the published file, byte for byte, from the canonical operator', async ({ bench }) => {
    const files = listing(['1.0', '1.1']);
    const { context, repository } = await bench.one((await bench.serve(files)).url);
    const found = await resolveMetadata(context, { repository, path: metadata, kept: null });
    expect(found).toMatchObject({ origin: 'served', bytes: published(files), rollback: null, mirror: repository.url.href });
    expect(found.sources).toEqual([{ mirror: repository.url.href, lastUpdated: '20240102030405', authoritative: true }]);
  });

  it('costs one small request if nothing has changed: no body and no checksum', async ({ bench }) => {
    const files = listing(['1.0']);
    const server = await bench.serve(files);
    const { context, repository } = await bench.one(server.url);
    const kept = await resolveMetadata(context, { repository, path: metadata, kept: null });
    server.clear();
    const again = await resolveMetadata(context, { repository, path: metadata, kept });
    expect(again).toMatchObject({ origin: 'unchanged', bytes: kept.bytes, validators: kept.validators });
    expect(server.requests.map(({ path, headers }) => [path, headers['if-none-match'] !== undefined])).toEqual([[metadata, true]]);
    put(files, metadata, versionsText(['1.0', '2.0'], '20250101000000'));
    const changed = await resolveMetadata(context, { repository, path: metadata, kept: again });
    expect(changed.origin).toBe('served');
    expect(versionsOf(changed)).toEqual(['1.0', '2.0']);
  });

  it('is asked for with the tag of the same mirror only', async ({ bench }) => {
    const files = listing(['1.0']);
    const [one, other] = [await bench.serve(files), await bench.serve(files)];
    const first = await bench.one(one.url);
    const kept = await resolveMetadata(first.context, { ...first, path: metadata, kept: null });
    const second = await bench.one(other.url);
    const found = await resolveMetadata(second.context, { ...second, path: metadata, kept });
    expect(found.origin).toBe('served');
    expect(other.requests.some(({ headers }) => headers['if-none-match'] !== undefined)).toBe(false);
  });

  it('of a snapshot and of a group of plugins is the published file, too', async ({ bench }) => {
    const files = greeter({ versions: ['2.0-SNAPSHOT'] });
    const snapshot = 'org/example/greeter/2.0-SNAPSHOT/maven-metadata.xml';
    const plugins = 'org/example/plugins/maven-metadata.xml';
    put(
      files,
      plugins,
      '<metadata><plugins><plugin><prefix>x</prefix><artifactId>x-maven-plugin</artifactId></plugin></plugins></metadata>',
    );
    const { context, repository } = await bench.one((await bench.serve(files)).url);
    for (const path of [snapshot, plugins]) {
      const found = await resolveMetadata(context, { repository, path, kept: null });
      expect(found).toMatchObject({ origin: 'served', bytes: contentOf(files, path) });
    }
  });

  it('is rewritten without versions that are unsafe in a path', async ({ bench }) => {
    const { context, repository } = await bench.one((await bench.serve(listing(['1.0', '../../../etc']))).url);
    const found = await resolveMetadata(context, { repository, path: metadata, kept: null });
    expect(found).toMatchObject({ origin: 'written', validators: [], lastModifiedMs: Date.UTC(2024, 0, 2, 3, 4, 5) });
    expect(Buffer.from(found.bytes).toString()).not.toContain('etc');
  });

  it.for([
    ['of another artifact', versionsText(['1.0']).replace('greeter', 'other')],
    ['that is a web page', '<html><body>Sign in</body></html>'],
  ])('%s is refused', async ([_name, text], { bench }) => {
    const files = new Map<string, Buffer>();
    put(files, metadata, text ?? '');
    const { context, repository } = await bench.one((await bench.serve(files)).url);
    const error = await errorOf(resolveMetadata(context, { repository, path: metadata, kept: null }));
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'not-maven' });
  });

  it('that differs from its checksum is refused', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']), { fault: 'corrupt-checksum' });
    const { context, repository } = await bench.one(server.url);
    const error = await errorOf(resolveMetadata(context, { repository, path: metadata, kept: null }));
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'checksum-mismatch' });
  });

  it('that is missing is ERR_NOT_FOUND, and out of reach is ERR_UNREACHABLE', async ({ bench }) => {
    const server = await bench.serve(new Map());
    const { context, repository } = await bench.one(server.url);
    const request = { repository, path: metadata, kept: null };
    expect(await errorOf(resolveMetadata(context, request))).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    server.setFault({ status: 503 });
    expect(await errorOf(resolveMetadata(context, request))).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'status' });
  });

  it.for(['maven-metadata.xml', 'a/../b/maven-metadata.xml', 'org/example/greeter/1.0/greeter-1.0.pom', 'a//maven-metadata.xml'])(
    'is not asked for by the path %s',
    async (path, { bench }) => {
      const server = await bench.serve(new Map());
      const { context, repository } = await bench.one(server.url);
      expect(await errorOf(resolveMetadata(context, { repository, path, kept: null }))).toMatchObject({ code: 'ERR_COORDINATE' });
      expect(server.count()).toBe(0);
    },
  );
});

describe('while the canonical operator is down', () => {
  it('a quorum that serves the same bytes gives the published file', async ({ bench }) => {
    const files = listing(['1.0', '1.1']);
    const [down, a, b] = [await bench.serve(files, { fault: { status: 503 } }), await bench.secure(files), await bench.secure(files)];
    const { context, repository } = await bench.one(down.url, [a.url, b.url]);
    const found = await resolveMetadata(context, { repository, path: metadata, kept: null });
    expect(found).toMatchObject({ origin: 'served', bytes: published(files) });
    expect(found.validators.map(({ mirror }) => mirror)).toEqual([a.url, b.url]);
    a.clear();
    expect((await resolveMetadata(context, { repository, path: metadata, kept: found })).origin).toBe('unchanged');
    expect(a.count(`${metadata}.sha1`)).toBe(0);
  });

  it('versions that one mirror invents are left out, with what is not read', async ({ bench }) => {
    const down = await bench.serve(new Map(), { fault: { status: 503 } });
    const a = await bench.secure(listing(['1.0', '1.1']));
    const liar = await bench.secure(listing(['1.0', '1.1', '9.9'], '20300101000000'));
    const { context, repository } = await bench.one(down.url, [a.url, liar.url]);
    const found = await resolveMetadata(context, { repository, path: metadata, kept: null });
    expect(found.origin).toBe('written');
    expect(versionsOf(found)).toEqual(['1.0', '1.1']);
    expect(Buffer.from(found.bytes).toString()).not.toMatch(/9\.9|2030|as published/);
  });

  it('one mirror alone proves nothing', async ({ bench }) => {
    const down = await bench.serve(new Map(), { fault: { status: 503 } });
    const liar = await bench.secure(listing(['1.0']));
    const { context, repository } = await bench.one(down.url, [liar.url]);
    const error = await errorOf(resolveMetadata(context, { repository, path: metadata, kept: null }));
    expect(error).toMatchObject({ code: 'ERR_QUORUM', reason: 'too-few' });
  });

  it('plugins and builds need a quorum as well', async ({ bench }) => {
    const snapshot = 'org/example/greeter/2.0-SNAPSHOT/maven-metadata.xml';
    const build = (value: string): string =>
      `<snapshotVersion><extension>jar</extension><value>2.0-${value}</value><updated>20240101000000</updated></snapshotVersion>`;
    const text = (builds: string, plugins: string): string =>
      `<metadata><groupId>org.example</groupId><artifactId>greeter</artifactId><version>2.0-SNAPSHOT</version><versioning><snapshotVersions>${builds}</snapshotVersions></versioning>${plugins}</metadata>`;
    const plugin = (prefix: string, artifact: string): string =>
      `<plugin><prefix>${prefix}</prefix><artifactId>${artifact}</artifactId></plugin>`;
    const [honest, lying] = [new Map<string, Buffer>(), new Map<string, Buffer>()];
    put(honest, snapshot, text(build('20240101.000000-1'), ''));
    put(lying, snapshot, text(build('20240101.000000-1') + build('20300101.000000-9'), ''));
    put(honest, metadata, `<metadata><plugins>${plugin('a', 'a-plugin')}</plugins></metadata>`);
    put(lying, metadata, `<metadata><plugins>${plugin('a', 'a-plugin')}${plugin('b', 'evil')}${plugin('a', 'evil')}</plugins></metadata>`);
    const down = await bench.serve(new Map(), { fault: { status: 503 } });
    const { context, repository } = await bench.one(down.url, [(await bench.secure(lying)).url, (await bench.secure(honest)).url]);
    const builds = await resolveMetadata(context, { repository, path: snapshot, kept: null });
    expect(parseMetadata(builds.bytes).snapshotVersions.map(({ value }) => value)).toEqual(['2.0-20240101.000000-1']);
    const plugins = await resolveMetadata(context, { repository, path: metadata, kept: null });
    expect(parseMetadata(plugins.bytes).plugins).toEqual([{ name: null, prefix: 'a', artifact: 'a-plugin' }]);
  });
});

describe('metadata that goes back in time', () => {
  it('is served as before if it is older, and is reported', async ({ bench }) => {
    const files = listing(['1.0', '1.1'], '20240201000000');
    const { context, repository } = await bench.one((await bench.serve(files)).url);
    const kept = await resolveMetadata(context, { repository, path: metadata, kept: null });
    put(files, metadata, versionsText(['1.0'], '20240101000000'));
    const found = await resolveMetadata(context, { repository, path: metadata, kept });
    expect(found).toMatchObject({ origin: 'kept', bytes: kept.bytes, rollback: { vanished: ['1.1'], older: true } });
    expect(bench.of('warning')).toMatchObject([{ warning: 'metadata-rollback', path: metadata }]);
    expect(bench.warnings('metadata-rollback')[0]).toContain('org.example:greeter: metadata went back in time: versions vanished: 1.1;');
  });

  it('is served with the versions that vanished if it is newer otherwise', async ({ bench }) => {
    const files = listing(['1.0', '1.1'], '20240201000000');
    const { context, repository } = await bench.one((await bench.serve(files)).url);
    const kept = await resolveMetadata(context, { repository, path: metadata, kept: null });
    put(files, metadata, versionsText(['1.0', '1.2'], '20240301000000'));
    const found = await resolveMetadata(context, { repository, path: metadata, kept });
    expect(found).toMatchObject({ origin: 'written', rollback: { vanished: ['1.1'], older: false } });
    expect(parseMetadata(found.bytes)).toMatchObject({ versions: ['1.0', '1.1', '1.2'], release: '1.2', lastUpdated: '20240301000000' });
  });

  it('is served as before if the repository no longer has any', async ({ bench }) => {
    const files = listing(['1.0']);
    const { context, repository } = await bench.one((await bench.serve(files)).url);
    const kept = await resolveMetadata(context, { repository, path: metadata, kept: null });
    files.clear();
    expect(await resolveMetadata(context, { repository, path: metadata, kept })).toMatchObject({ origin: 'kept', bytes: kept.bytes });
    expect(bench.warnings('metadata-rollback')).toEqual(['org.example:greeter: metadata went back in time: r no longer has any']);
  });

  it('is served as it is, and reported, if no earlier copy is there', async ({ bench }) => {
    const files = listing(['1.0', '1.1'], '20240201000000');
    const { context, repository } = await bench.one((await bench.serve(files)).url);
    await resolveMetadata(context, { repository, path: metadata, kept: null });
    put(files, metadata, versionsText(['1.0'], '20240101000000'));
    const found = await resolveMetadata(context, { repository, path: metadata, kept: null });
    expect(found).toMatchObject({ origin: 'served', rollback: { vanished: ['1.1'] } });
  });

  it('is judged by repository: another one may list more', async ({ bench }) => {
    const [a, b] = [await bench.serve(listing(['1.0', '1.1'])), await bench.serve(listing(['1.0']))];
    const members = await bench.contexts({
      repositories: [
        { id: 'a', url: a.url },
        { id: 'b', url: b.url },
      ],
    });
    for (const { context, repository } of members) await resolveMetadata(context, { repository, path: metadata, kept: null });
    expect(bench.of('warning')).toEqual([]);
  });
});

describe('a repository that has no say', () => {
  const repositories = (a: string, b: string) => [
    { id: 'a', url: a },
    { id: 'b', url: b },
  ];

  it('about a group is not asked, and does not learn its names', async ({ bench }) => {
    const [a, b] = [await bench.serve(listing(['1.0'])), await bench.serve(listing(['1.0']))];
    const [first] = await bench.contexts({ repositories: repositories(a.url, b.url), repoFor: { 'org.*': 'b' } });
    if (first === undefined) throw new Error('no repository');
    const error = await errorOf(resolveMetadata(first.context, { ...first, path: metadata, kept: null }));
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    expect(a.count()).toBe(0);
  });

  it('about the plugins of a bound group lists none of them', async ({ bench }) => {
    const plugins = '<plugins><plugin><prefix>x</prefix><artifactId>evil</artifactId></plugin></plugins>';
    const [a, b] = [await bench.serve(listing(['1.0'], undefined, plugins)), await bench.serve(new Map())];
    const [first] = await bench.contexts({ repositories: repositories(a.url, b.url), repoFor: { 'org.example.greeter': 'b' } });
    if (first === undefined) throw new Error('no repository');
    const found = await resolveMetadata(first.context, { ...first, path: metadata, kept: null });
    expect(parseMetadata(found.bytes)).toMatchObject({ versions: ['1.0'], plugins: [] });
  });
});

describe('under a frozen lockfile', () => {
  it('metadata lists what was chosen, and no mirror is asked', async ({ bench }) => {
    const server = await bench.serve(greeter({ versions: ['1.0.0', '1.2.0', '2.0.0'] }));
    const { context, repository } = await bench.one(server.url);
    const lock = {
      source: 'lockfile',
      frozen: true,
      versionsOf: (_group: string, artifact: string) => (artifact === 'greeter' ? ['1.2.0', '1.0.0'] : null),
      chosen: ({ version }: { version: string }) => (version === '2.0-SNAPSHOT' ? '2.0-20240101.000000-3' : null),
      refusal: () => new Error('refused'),
    };
    const frozen = { ...context, run: { ...context.run, lock: lock as unknown as typeof context.run.lock } };
    const found = await resolveMetadata(frozen, { repository, path: metadata, kept: null });
    expect(found.origin).toBe('locked');
    expect(parseMetadata(found.bytes)).toMatchObject({ versions: ['1.0.0', '1.2.0'], release: '1.2.0' });
    const snapshot = 'org/example/greeter/2.0-SNAPSHOT/maven-metadata.xml';
    const build = await resolveMetadata(frozen, { repository, path: snapshot, kept: null });
    expect(parseMetadata(build.bytes).snapshot).toEqual({ timestamp: '20240101.000000', buildNumber: 3, localCopy: false });
    const other = resolveMetadata(frozen, { repository, path: 'org/example/other/maven-metadata.xml', kept: null });
    await expect(other).rejects.toThrow('refused');
    expect(server.count()).toBe(0);
  });
});
