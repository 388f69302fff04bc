import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkHighWater, mergeMetadata, mergeTimestampedVersion, type MetadataSource } from '../../src/maven/metadata/merge.js';
import { parseMetadata } from '../../src/maven/metadata/metadata.js';

const compareVersions = (a: string, b: string): number => Number(a) - Number(b);

function source(
  name: string,
  operator: string | null,
  versions: string[],
  lastUpdated = '20240101000000',
  more: Partial<MetadataSource> = {},
): MetadataSource {
  const last = versions[versions.length - 1] ?? '';
  const metadata = parseMetadata(
    `<metadata><versioning><release>${last}</release><versions>${versions.map((one) => `<version>${one}</version>`).join('')}</versions><lastUpdated>${lastUpdated}</lastUpdated></versioning></metadata>`,
  );
  return { metadata, mirror: `https://${name}.test/`, operator, canonical: false, trusted: false, ...more };
}
const canonical = { canonical: true, trusted: true };
const cdn = source('cdn', 'clojars', ['1', '2'], '20240101000000', canonical);
const bucket = source('bucket', 'clojars', ['1', '2', '3'], '20240201000000', canonical);
const merge = (sources: MetadataSource[], quorum?: number): ReturnType<typeof mergeMetadata> =>
  mergeMetadata(sources, { compareVersions, ...(quorum === undefined ? {} : { quorum }) });

describe('mergeMetadata', () => {
  it('believes the canonical operator, the newest origin last', () => {
    expect(merge([bucket, cdn])).toMatchObject({
      versions: ['1', '2', '3'],
      release: '3',
      lastUpdated: '20240201000000',
      authoritative: true,
      ignored: [],
    });
  });
  it('believes a trusted mirror', () => {
    expect(merge([source('mine', null, ['1', '10', '9'], undefined, { trusted: true })]).versions).toEqual(['1', '9', '10']);
  });
  it('ignores versions that one untrusted mirror invents, and its markers', () => {
    const merged = merge([cdn, source('evil', 'evil', ['1', '2', '99'], '20990101000000')]);
    expect(merged).toMatchObject({
      versions: ['1', '2'],
      release: '2',
      lastUpdated: '20240101000000',
      ignored: [{ version: '99', mirrors: ['https://evil.test/'] }],
    });
    expect(merged.sources).toEqual([
      { mirror: 'https://cdn.test/', lastUpdated: '20240101000000', authoritative: true },
      { mirror: 'https://evil.test/', lastUpdated: '20990101000000', authoritative: false },
    ]);
  });
  it('believes a quorum of known operators', () => {
    const a = source('a', 'a', ['1', '2']);
    expect(merge([a, source('b', 'b', ['1', '2', '3'])])).toMatchObject({
      versions: ['1', '2'],
      release: null,
      lastUpdated: '20240101000000',
      authoritative: false,
    });
    expect(merge([a, source('b', 'b', ['1', '2'])]).release).toBe('2');
    expect(merge([a, source('a2', 'a', ['1', '2'])]).versions).toEqual([]);
    expect(merge([a, source('n', null, ['1', '2'])]).versions).toEqual([]);
    expect(merge([a, source('b', 'b', ['1', '2'])], 3).versions).toEqual([]);
    expect(merge([cdn, source('a', 'a', ['3']), source('b', 'b', ['3'])]).versions).toEqual(['1', '2', '3']);
  });
  it('returns nothing for no sources', () => {
    expect(merge([])).toEqual({
      versions: [],
      latest: null,
      release: null,
      lastUpdated: null,
      authoritative: false,
      sources: [],
      ignored: [],
    });
  });
  it('does not depend on the order of arrival', () => {
    const anySource = fc
      .record({
        name: fc.constantFrom('a', 'b', 'c'),
        operator: fc.constantFrom('x', 'y', null),
        versions: fc.uniqueArray(fc.integer({ min: 1, max: 6 }).map(String)),
        day: fc.integer({ min: 1, max: 3 }),
        canonical: fc.boolean(),
      })
      .map((one) => source(one.name, one.operator, one.versions, `2024010${one.day}000000`, { canonical: one.canonical }));
    fc.assert(
      fc.property(fc.array(anySource, { maxLength: 5 }), (sources) => {
        const strip = (merged: ReturnType<typeof mergeMetadata>): unknown => ({ ...merged, sources: [] });
        expect(strip(merge([...sources].reverse()))).toEqual(strip(merge(sources)));
      }),
    );
  });
});

describe('mergeTimestampedVersion', () => {
  const file = { version: '1-SNAPSHOT', extension: 'jar', classifier: '' };
  const snapshot = (operator: string, build: number, more: Partial<MetadataSource> = {}): MetadataSource => ({
    ...source(operator, operator, [], undefined, more),
    metadata: parseMetadata(
      `<metadata><versioning><snapshot><timestamp>20240101.00000${build}</timestamp><buildNumber>${build}</buildNumber></snapshot><lastUpdated>2024010100000${build}</lastUpdated></versioning></metadata>`,
    ),
  });
  it('takes the newest build of the authorities, or otherwise of a quorum', () => {
    const official = [snapshot('clojars', 1, canonical), snapshot('clojars', 2, canonical)];
    expect(mergeTimestampedVersion([...official, snapshot('evil', 9)], file)).toBe('1-20240101.000002-2');
    expect(mergeTimestampedVersion([snapshot('a', 3), snapshot('b', 3), snapshot('evil', 9)], file)).toBe('1-20240101.000003-3');
    expect(mergeTimestampedVersion([snapshot('a', 3), snapshot('b', 4)], file)).toBeNull();
    expect(mergeTimestampedVersion([], file)).toBeNull();
  });
  it.each<[string, string, string, string | null]>([
    ['an entry that is newer than what was installed', '20240101000001', '', '1-20230101.000000-4'],
    ['what was installed later, by the date of the entry and not of its name', '20240101000003', '', null],
    ['an entry that is as new as what was installed', '20240101000002', '', '1-20230101.000000-4'],
    ['an installed file that is as new', '20230101000000', '20240101000002', null],
    ['not an older installed file', '20250101000000', '20240101000001', '1-20230101.000000-4'],
  ])('takes %s', (_what, installedAt, fileAt, expected) => {
    const entry = (value: string, updated: string): string =>
      `<snapshotVersions><snapshotVersion><extension>jar</extension><value>${value}</value><updated>${updated}</updated></snapshotVersion></snapshotVersions>`;
    const remote = {
      ...source('clojars', 'clojars', [], undefined, canonical),
      metadata: parseMetadata(`<metadata><versioning>${entry('1-20230101.000000-4', '20240101000002')}</versioning></metadata>`),
    };
    const installed = parseMetadata(
      `<metadata><versioning><snapshot><localCopy>true</localCopy></snapshot><lastUpdated>${installedAt}</lastUpdated>${fileAt === '' ? '' : entry('1-SNAPSHOT', fileAt)}</versioning></metadata>`,
    );
    expect(mergeTimestampedVersion([remote], file, { installed })).toBe(expected);
  });
});

describe('checkHighWater', () => {
  const before = { versions: ['1', '2'], lastUpdated: '20240101000000' };
  it.each([
    [null, ['1'], '20200101000000', null],
    [before, ['1', '2'], '20240101000000', null],
    [before, ['1', '2', '3'], '20240102000000', null],
    [before, ['1'], '20240102000000', { vanished: ['2'], older: false }],
    [before, ['1', '2'], '20231231000000', { vanished: [], older: true }],
    [before, ['1', '2'], null, null],
  ])('given %j, then %j, at %s', (previous, versions, lastUpdated, expected) => {
    expect(checkHighWater(previous, { versions, lastUpdated })).toEqual(expected);
  });
});
