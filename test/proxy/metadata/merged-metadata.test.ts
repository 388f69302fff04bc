/** The metadata of several repositories as one: the union, and which repository may be skipped. */
import { describe, expect } from 'vitest';

import { Absences } from '../../../src/app/proxy/files/absence.js';
import { mergeRepositories } from '../../../src/app/proxy/metadata/merge-served.js';
import { mergedMetadata, type MetadataMember } from '../../../src/app/proxy/metadata/merged-metadata.js';
import { MetadataStore } from '../../../src/app/proxy/metadata/metadata-store.js';
import type { WrittenMetadata } from '../../../src/maven/metadata/format.js';
import { parseMetadata } from '../../../src/maven/metadata/metadata.js';
import type { FaultServer } from '../../support/fault-server.js';
import { contentOf, errorOf, greeter, metadata } from '../../support/workbench.js';
import { it, listing, type MetadataBench, put, versionsText } from './bench.js';

const snapshot = 'org/example/greeter/2.0-SNAPSHOT/maven-metadata.xml';
const hourMs = 3_600_000;

/** Opens a store, and the repositories `a`, `b` and so on at these servers. */
async function open(bench: MetadataBench, servers: readonly FaultServer[], repoFor: Record<string, string> = {}) {
  const repositories = servers.map(({ url }, index) => ({ id: 'abc'.charAt(index), url }));
  const members = await bench.contexts({ repositories, repoFor });
  const clock = { ms: Date.UTC(2026, 0, 1) };
  const folderOf = (id: string): string => `${bench.folder}/tree/${id}`;
  const store = new MetadataStore({ absences: new Absences(), stateFolder: bench.stateFolder, folderOf, now: () => clock.ms });
  bench.atEnd(() => store.close());
  return { members, store, clock };
}

const merged = (store: MetadataStore, members: readonly MetadataMember[], path: string) =>
  mergedMetadata(members, path, ({ context, repository }, isNeeded) => store.get(context, repository, path, { isNeeded }));

const read = ({ bytes }: { readonly bytes: Uint8Array }) => parseMetadata(bytes);

describe('the merged metadata', () => {
  it('has all versions in order, and the marks of the newer file', async ({ bench }) => {
    const a = await bench.serve(listing(['1.10', '1.9'], '20240201000000'));
    const b = await bench.serve(listing(['1.2', '1.10', '2.0'], '20240101000000'));
    const { members, store } = await open(bench, [a, b]);
    const found = await merged(store, members, metadata);
    expect(found).toMatchObject({ status: 'miss', mirror: a.url, ageMs: 0 });
    expect(read(found)).toMatchObject({
      versions: ['1.2', '1.9', '1.10', '2.0'],
      latest: '1.9',
      release: '1.9',
      lastUpdated: '20240201000000',
      group: 'org.example',
      artifact: 'greeter',
    });
    expect(await merged(store, members, metadata)).toMatchObject({ status: 'hit', bytes: found.bytes });
  });

  it('is the published file if one repository alone has it', async ({ bench }) => {
    const files = listing(['1.0']);
    const { members, store } = await open(bench, [await bench.serve(new Map()), await bench.serve(files)]);
    expect((await merged(store, members, metadata)).bytes).toEqual(contentOf(files, metadata));
  });

  it('of plugins is their union; of two with the same prefix, the first repository counts', async ({ bench }) => {
    const plugins = (...pairs: string[][]): string =>
      `<metadata><plugins>${pairs.map(([prefix, artifact]) => `<plugin><prefix>${prefix}</prefix><artifactId>${artifact}</artifactId></plugin>`).join('')}</plugins></metadata>`;
    const [one, two] = [new Map<string, Buffer>(), new Map<string, Buffer>()];
    put(one, metadata, plugins(['x', 'x-plugin'], ['y', 'y-plugin']));
    put(two, metadata, plugins(['y', 'evil'], ['z', 'z-plugin']));
    const { members, store } = await open(bench, [await bench.serve(one), await bench.serve(two)]);
    expect(read(await merged(store, members, metadata)).plugins.map(({ prefix, artifact }) => `${prefix} ${artifact}`)).toEqual([
      'x x-plugin',
      'y y-plugin',
      'z z-plugin',
    ]);
  });

  it('of a snapshot is that of the first repository that has it', async ({ bench }) => {
    const build = (timestamp: string) => greeter({ versions: ['2.0-SNAPSHOT'], snapshots: [{ timestamp, buildNumber: 1 }] });
    const [first, second] = [build('20240101.000000'), build('20250101.000000')];
    const { members, store } = await open(bench, [await bench.serve(new Map()), await bench.serve(first), await bench.serve(second)]);
    expect((await merged(store, members, snapshot)).bytes).toEqual(contentOf(first, snapshot));
  });

  it('that no repository has is absent', async ({ bench }) => {
    const { members, store } = await open(bench, [await bench.serve(new Map()), await bench.serve(new Map())]);
    const error = await errorOf(merged(store, members, metadata));
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    expect(error.attempts).toHaveLength(2);
  });

  it('is asked for only where the group is bound', async ({ bench }) => {
    const [a, b] = [await bench.serve(listing(['9.9'])), await bench.serve(listing(['1.0']))];
    const { members, store } = await open(bench, [a, b], { 'org.example.*': 'b', 'org.example': 'b' });
    expect(read(await merged(store, members, metadata)).versions).toEqual(['1.0']);
    expect(a.count()).toBe(0);
  });
});

describe('a repository that cannot be reached', () => {
  it('is an error if it comes first, since it may have the artifact', async ({ bench }) => {
    const [a, b] = [await bench.serve(listing(['1.0']), { fault: { status: 503 } }), await bench.serve(listing(['1.0']))];
    const { members, store } = await open(bench, [a, b]);
    for (const path of [metadata, snapshot])
      expect(await errorOf(merged(store, members, path))).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'status' });
  });

  it('is skipped with a warning if it comes last', async ({ bench }) => {
    const [a, b] = [await bench.serve(listing(['1.0'])), await bench.serve(listing(['2.0']), { fault: { status: 503 } })];
    const { members, store } = await open(bench, [a, b]);
    expect(read(await merged(store, members, metadata)).versions).toEqual(['1.0']);
    expect(bench.warnings('repository-passed-over')).toEqual([
      `b could not be reached; versions that only it has are missing from ${metadata}`,
    ]);
  });

  it('and is not bound does not matter', async ({ bench }) => {
    const [a, b] = [await bench.serve(new Map(), { fault: 'refuse' }), await bench.serve(listing(['1.0']))];
    const { members, store } = await open(bench, [a, b], { 'org.example.*': 'b', 'org.example': 'b' });
    expect(read(await merged(store, members, metadata)).versions).toEqual(['1.0']);
  });

  it('with a copy makes the merged file stale', async ({ bench }) => {
    const [a, b] = [await bench.serve(listing(['1.0'])), await bench.serve(listing(['2.0']))];
    const { members, store, clock } = await open(bench, [a, b]);
    await merged(store, members, metadata);
    a.setFault({ status: 503 });
    clock.ms += 2 * hourMs;
    const found = await merged(store, members, metadata);
    expect(found).toMatchObject({ status: 'stale', ageMs: 2 * hourMs, mirror: a.url });
    expect(read(found).versions).toEqual(['1.0', '2.0']);
  });

  it('is an error if no other has the artifact', async ({ bench }) => {
    const [a, b] = [await bench.serve(new Map()), await bench.serve(new Map(), { fault: { status: 503 } })];
    const { members, store } = await open(bench, [a, b]);
    expect(await errorOf(merged(store, members, metadata))).toMatchObject({ code: 'ERR_UNREACHABLE' });
  });

  it('offline counts as absent if it has no copy', async ({ bench }) => {
    const [a, b] = [await bench.serve(listing(['1.0'])), await bench.serve(new Map())];
    const { members, store } = await open(bench, [a, b]);
    const offline = members.map(({ context, repository }) => ({
      repository,
      context: { ...context, run: { ...context.run, offline: true } },
    }));
    expect(await errorOf(merged(store, offline, metadata))).toMatchObject({ code: 'ERR_OFFLINE' });
    await merged(store, members, metadata);
    expect(read(await merged(store, offline, metadata)).versions).toEqual(['1.0']);
  });
});

describe('a path that is not that of metadata', () => {
  it('is refused without a request', async ({ bench }) => {
    const a = await bench.serve(new Map());
    const { members, store } = await open(bench, [a]);
    expect(await errorOf(merged(store, members, 'a/../maven-metadata.xml'))).toMatchObject({ code: 'ERR_COORDINATE' });
    expect(a.count()).toBe(0);
  });
});

describe('mergeRepositories', () => {
  const document = (versions: string[], lastUpdated: string | null, mark: string | null = versions.at(-1) ?? null): WrittenMetadata => ({
    ...parseMetadata(versionsText(versions)),
    lastUpdated,
    latest: mark,
    release: mark,
  });

  it.for([
    ['the newer file', document(['1'], '20240101000000'), document(['2'], '20250101000000'), '2', '20250101000000'],
    ['the newer file, whichever comes first', document(['1'], '20250101000000'), document(['2'], '20240101000000'), '1', '20250101000000'],
    ['the later of two equally new ones', document(['2'], '20240101000000'), document(['1'], '20240101000000'), '1', '20240101000000'],
    ['the later one if it has no date', document(['1'], '20240101000000'), document(['2'], null), '2', '20240101000000'],
    ['the later one if the first has no date', document(['1'], null), document(['2'], '20240101000000'), '2', '20240101000000'],
    ['the one that has any', document(['1'], '20240101000000'), document(['2'], '20250101000000', null), '1', '20250101000000'],
  ] as const)('takes the marks of %s', ([_name, first, second, mark, date]) => {
    expect(mergeRepositories([first, second])).toMatchObject({
      versions: ['1', '2'],
      latest: mark,
      release: mark,
      lastUpdated: date,
    });
  });
});
