/** Metadata is written so that every reader of `maven-metadata.xml` gets back what was written. */
import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';

import { formatMetadata, type WrittenMetadata } from '../../src/maven/metadata/format.js';
import { parseMetadata } from '../../src/maven/metadata/metadata.js';
import { isSafeVersion } from '../../src/maven/metadata/safe-version.js';

const nothing: WrittenMetadata = {
  group: null,
  artifact: null,
  version: null,
  versions: [],
  latest: null,
  release: null,
  lastUpdated: null,
  snapshot: null,
  snapshotVersions: [],
  plugins: [],
};

const safe = fc.oneof(fc.constantFrom('1.0', '1.0-SNAPSHOT', 'a&b', '1.0-20240101.000000-3'), fc.string().filter(isSafeVersion));
const stamp = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 14, maxLength: 14 }).map((digits) => digits.join(''));
const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value, { nil: null });
/** Text as an XML document can have it, without white space around it. */
const freeText = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .map((text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').trim())
  .filter((text) => text !== '');

const documents: fc.Arbitrary<WrittenMetadata> = fc.record({
  group: optional(freeText),
  artifact: optional(freeText),
  version: optional(safe),
  versions: fc.uniqueArray(safe, { maxLength: 8 }),
  latest: optional(safe),
  release: optional(safe),
  lastUpdated: optional(stamp),
  snapshot: optional(
    fc.record({ timestamp: optional(safe), buildNumber: fc.integer({ min: 0, max: 999_999_999 }), localCopy: fc.boolean() }),
  ),
  snapshotVersions: fc.array(
    fc.record({ extension: safe, classifier: fc.oneof(fc.constant(''), safe), value: safe, updated: optional(stamp) }),
    { maxLength: 5 },
  ),
  plugins: fc.array(fc.record({ name: optional(freeText), prefix: safe, artifact: safe }), { maxLength: 5 }),
});

describe('formatMetadata', () => {
  it('is read back unchanged by parseMetadata', () => {
    fc.assert(
      fc.property(documents, (document) => {
        expect(parseMetadata(formatMetadata(document))).toEqual({ ...document, dropped: [] });
      }),
    );
  });

  it('writes the same bytes for the same contents, and for what was read from them', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const bytes = formatMetadata(document);
        expect(formatMetadata(structuredClone(document))).toEqual(bytes);
        expect(formatMetadata(parseMetadata(bytes))).toEqual(bytes);
      }),
    );
  });

  it('is well-formed for a second parser, which reads the same versions', () => {
    const parser = new XMLParser({ parseTagValue: false, isArray: (_, path) => path === 'metadata.versioning.versions.version' });
    fc.assert(
      fc.property(documents, (document) => {
        const text = Buffer.from(formatMetadata(document)).toString();
        expect(XMLValidator.validate(text)).toBe(true);
        const read: unknown = parser.parse(text);
        if (document.versions.length > 0)
          expect(read).toMatchObject({ metadata: { versioning: { versions: { version: document.versions } } } });
      }),
    );
  });

  it('writes an artifact as Maven does', () => {
    const text = Buffer.from(
      formatMetadata({
        ...nothing,
        group: 'org.example',
        artifact: 'greeter',
        versions: ['1.0', '1.1-SNAPSHOT'],
        latest: '1.1-SNAPSHOT',
        release: '1.0',
        lastUpdated: '20240102030405',
      }),
    ).toString();
    expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<metadata>
  <groupId>org.example</groupId>
  <artifactId>greeter</artifactId>
  <versioning>
    <latest>1.1-SNAPSHOT</latest>
    <release>1.0</release>
    <versions>
      <version>1.0</version>
      <version>1.1-SNAPSHOT</version>
    </versions>
    <lastUpdated>20240102030405</lastUpdated>
  </versioning>
</metadata>
`);
  });

  it('writes a snapshot with the model version that has files by classifier', () => {
    const text = Buffer.from(
      formatMetadata({
        ...nothing,
        version: '1.0-SNAPSHOT',
        snapshot: { timestamp: '20240101.000000', buildNumber: 3, localCopy: false },
        snapshotVersions: [
          { extension: 'jar', classifier: 'sources', value: '1.0-20240101.000000-3', updated: '20240101000000' },
          { extension: 'pom', classifier: '', value: '1.0-20240101.000000-3', updated: null },
        ],
      }),
    ).toString();
    expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<metadata modelVersion="1.1.0">
  <version>1.0-SNAPSHOT</version>
  <versioning>
    <snapshot>
      <timestamp>20240101.000000</timestamp>
      <buildNumber>3</buildNumber>
    </snapshot>
    <snapshotVersions>
      <snapshotVersion>
        <classifier>sources</classifier>
        <extension>jar</extension>
        <value>1.0-20240101.000000-3</value>
        <updated>20240101000000</updated>
      </snapshotVersion>
      <snapshotVersion>
        <extension>pom</extension>
        <value>1.0-20240101.000000-3</value>
      </snapshotVersion>
    </snapshotVersions>
  </versioning>
</metadata>
`);
  });

  it('escapes names, and replaces what XML cannot express', () => {
    const bytes = formatMetadata({ ...nothing, plugins: [{ name: 'a<b> & "c"]]>\r\u0000\ud800', prefix: 'p', artifact: 'a' }] });
    expect(parseMetadata(bytes).plugins).toEqual([{ name: 'a<b> & "c"]]>\r\ufffd\ufffd', prefix: 'p', artifact: 'a' }]);
  });
});

describe('the plugins of a group', () => {
  const list = (inner: string): string => `<metadata><plugins>${inner}</plugins></metadata>`;
  const plugin = (prefix: string, artifact: string, name = ''): string =>
    `<plugin>${name && `<name>${name}</name>`}<prefix>${prefix}</prefix><artifactId>${artifact}</artifactId></plugin>`;

  it('are read, also alongside the versions of an artifact of the same path', () => {
    const text = list(plugin('clean', 'maven-clean-plugin', 'Apache Maven Clean Plugin') + plugin('hello', 'hello-maven-plugin'));
    const plugins = [
      { name: 'Apache Maven Clean Plugin', prefix: 'clean', artifact: 'maven-clean-plugin' },
      { name: null, prefix: 'hello', artifact: 'hello-maven-plugin' },
    ];
    expect(parseMetadata(text).plugins).toEqual(plugins);
    const both = text.replace('<plugins>', '<groupId>org</groupId><artifactId>lib</artifactId><plugins>');
    expect(parseMetadata(both, { group: 'org', artifact: 'lib', pluginGroup: 'org.lib' }).plugins).toEqual(plugins);
  });

  it('may name the group whose folder holds the file, but no other group', () => {
    const named = (group: string): string => list(plugin('a', 'b')).replace('<plugins>', `<groupId>${group}</groupId><plugins>`);
    const subject = { group: 'org', artifact: 'plugins', pluginGroup: 'org.plugins' };
    expect(parseMetadata(named('org.plugins'), subject).plugins).toHaveLength(1);
    expect(parseMetadata(named('org'), subject).plugins).toHaveLength(1);
    expect(() => parseMetadata(named('org.evil'), subject)).toThrowError(expect.objectContaining({ reason: 'wrong-coordinate' }));
  });

  it('are dropped if their prefix or artifact is unsafe in a path or missing', () => {
    const read = parseMetadata(
      list(plugin('../x', 'a') + plugin('a', '../../etc') + '<plugin><prefix>p</prefix></plugin>' + plugin('p', 'a')),
    );
    expect(read.plugins).toEqual([{ name: null, prefix: 'p', artifact: 'a' }]);
    expect(read.dropped).toEqual(['../x', '../../etc']);
  });

  it('are refused if there are too many', () => {
    expect(() => parseMetadata(list('<plugin/>'.repeat(100_001)))).toThrowError(expect.objectContaining({ reason: 'too-large' }));
  });
});
