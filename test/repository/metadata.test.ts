import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseMetadata, timestampedVersion } from '../../src/maven/metadata/metadata.js';
import { MetadataError } from '../../src/maven/metadata/metadata-error.js';
import { isSafeVersion } from '../../src/maven/metadata/safe-version.js';

const artifactLevel = `<?xml version="1.0" encoding="UTF-8"?>
<metadata><groupId>org</groupId><artifactId>lib</artifactId><versioning>
<latest>1.1-SNAPSHOT</latest><release>1.0</release>
<versions><version>0.9</version><version> 1.0 </version><version>1.0</version><version>1.1-SNAPSHOT</version></versions>
<lastUpdated>20240102030405</lastUpdated></versioning></metadata>`;

const snapshotLevel = (inner: string): string =>
  `<metadata modelVersion="1.1.0"><groupId>org</groupId><artifactId>lib</artifactId><version>1.1-SNAPSHOT</version><versioning>${inner}<lastUpdated>20240103000000</lastUpdated></versioning></metadata>`;
const legacy = '<snapshot><timestamp>20240101.000000</timestamp><buildNumber>3</buildNumber></snapshot>';
const entry = (extension: string, value: string, updated: string, classifier = ''): string =>
  `<snapshotVersion>${classifier && `<classifier>${classifier}</classifier>`}<extension>${extension}</extension><value>${value}</value><updated>${updated}</updated></snapshotVersion>`;
const jar = { version: '1.1-SNAPSHOT', extension: 'jar', classifier: '' };

describe('parseMetadata', () => {
  it('reads the artifact level', () => {
    expect(parseMetadata(Buffer.from(artifactLevel), { group: 'org', artifact: 'lib' })).toEqual({
      group: 'org',
      artifact: 'lib',
      version: null,
      versions: ['0.9', '1.0', '1.1-SNAPSHOT'],
      latest: '1.1-SNAPSHOT',
      release: '1.0',
      lastUpdated: '20240102030405',
      snapshot: null,
      snapshotVersions: [],
      plugins: [],
      dropped: [],
    });
  });
  it('reads plugin metadata of a group as having no versions', () => {
    expect(parseMetadata('<metadata><plugins><plugin><prefix>x</prefix></plugin></plugins></metadata>', { group: 'org' }).versions).toEqual(
      [],
    );
  });
  it('drops unsafe versions and reports them', () => {
    const bad = ['../../etc', 'a/b', 'a\\b', '..', '[1,2)', '1 0', '1\u200b0', 'a:b', '\u202e01', '1\u00070'];
    const text = `<metadata><versioning><release>../x</release><versions>${bad.map((one) => `<version>${one}</version>`).join('')}<version>1.0</version><version>2.0\u0007</version></versions></versioning></metadata>`;
    const read = parseMetadata(text);
    // Maven trims control characters, too.
    expect(read.versions).toEqual(['1.0', '2.0']);
    expect(read.release).toBeNull();
    expect(read.dropped).toHaveLength(bad.length + 1);
    expect(read.dropped.join()).not.toMatch(/\p{C}/u);
  });
  it('accepts names that differ in case only, and the version of a build of the same snapshot', () => {
    expect(parseMetadata(artifactLevel, { group: 'Org', artifact: 'Lib' }).versions).toHaveLength(3);
    const build = snapshotLevel(legacy).replace('1.1-SNAPSHOT', '1.1-20240101.000000-3');
    expect(parseMetadata(build, { version: '1.1-SNAPSHOT' }).snapshot).toMatchObject({ buildNumber: 3 });
  });
  it.each([
    ['another artifact', artifactLevel, { group: 'org', artifact: 'other' }, 'wrong-coordinate'],
    ['another group', artifactLevel, { group: 'evil', artifact: 'lib' }, 'wrong-coordinate'],
    ['another snapshot', snapshotLevel(''), { version: '2-SNAPSHOT' }, 'wrong-coordinate'],
    ['a web page', '<html><body>Log in</body></html>', {}, 'malformed'],
    ['no XML', 'gone', {}, 'malformed'],
    ['an entity bomb', '<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><metadata>&b;</metadata>', {}, 'malformed'],
    [
      'too many versions',
      `<metadata><versioning><versions>${'<version>1</version>'.repeat(100_001)}</versions></versioning></metadata>`,
      {},
      'too-large',
    ],
    ['more than 8 MiB', `<metadata>${' '.repeat(8 * 1024 * 1024)}</metadata>`, {}, 'too-large'],
  ])('refuses %s', (_name, text, subject, reason) => {
    expect(() => parseMetadata(text, subject)).toThrowError(expect.objectContaining({ name: 'MetadataError', reason }));
  });
  it('throws only MetadataError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string().map((inner) => `<metadata><versioning><versions><version>${inner}</version></versions></versioning></metadata>`),
        ),
        (input) => {
          try {
            for (const version of parseMetadata(input).versions) expect(isSafeVersion(version)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(MetadataError);
          }
        },
      ),
    );
  });
});

describe('timestampedVersion', () => {
  const from = (inner: string, file = jar): string | null => timestampedVersion(parseMetadata(snapshotLevel(inner)), file)?.version ?? null;
  const list = (...entries: string[]): string => `${legacy}<snapshotVersions>${entries.join('')}</snapshotVersions>`;
  it.each([
    [
      'the entry of that extension',
      list(entry('jar', '1.1-20240102.000000-4', '20240102000000'), entry('pom', '1.1-20240102.000000-5', '20240102000000')),
      jar,
      '1.1-20240102.000000-4',
    ],
    ['a commit without a number', list(entry('jar', '1.1-7146c6de53', '')), jar, '1.1-7146c6de53'],
    ['a commit after the output of git describe', list(entry('jar', '1.1-v2-5-g7146c6d', '')), jar, '1.1-v2-5-g7146c6d'],
    [
      'the newest of several',
      list(entry('jar', '1.1-20240102.000000-4', '20240102000000'), entry('jar', '1.1-20240101.000000-3', '20240101000000')),
      jar,
      '1.1-20240102.000000-4',
    ],
    [
      'by classifier',
      list(entry('jar', '1.1-20240102.000000-4', '20240102000000'), entry('jar', '1.1-20240101.000000-3', '20240101000000', 'sources')),
      { ...jar, classifier: 'sources' },
      '1.1-20240101.000000-3',
    ],
    ['no entry of that extension', list(entry('pom', '1.1-20240102.000000-4', '20240102000000')), jar, null],
    ['the older form', legacy, jar, '1.1-20240101.000000-3'],
    ['a local copy, which the base version names', '<snapshot><localCopy>true</localCopy></snapshot>', jar, '1.1-SNAPSHOT'],
    [
      'a build that calls itself a local copy',
      legacy.replace('<snapshot>', '<snapshot><localCopy>true</localCopy>'),
      jar,
      '1.1-20240101.000000-3',
    ],
    ['nothing at all', '', jar, null],
    ['an entry of another version', list(entry('jar', '9.9-20240102.000000-4', '20240102000000')), jar, null],
    ['a release, by the older form', legacy, { ...jar, version: '1.1' }, null],
  ])('finds %s', (_name, inner, file, expected) => {
    expect(from(inner, file)).toBe(expected);
  });
});
