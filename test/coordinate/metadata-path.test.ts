import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseMetadataPath } from '../../src/maven/coordinate/metadata-path.js';
import { metadataPath, snapshotMetadataPath } from '../../src/maven/coordinate/path.js';

describe('parseMetadataPath', () => {
  it('reads an artifact, which may be a group of plugins', () => {
    expect(parseMetadataPath('org/apache/maven/plugins/maven-metadata.xml')).toEqual({
      artifact: { group: 'org.apache.maven', name: 'plugins' },
      snapshot: null,
      pluginGroup: 'org.apache.maven.plugins',
    });
    expect(parseMetadataPath('org/clojure/data.json/maven-metadata.xml')).toMatchObject({ pluginGroup: null });
    expect(parseMetadataPath('plugins/maven-metadata.xml')).toEqual({ artifact: null, snapshot: null, pluginGroup: 'plugins' });
  });

  it('reads a snapshot', () => {
    expect(parseMetadataPath('org/lib/1.0-SNAPSHOT/maven-metadata.xml')).toEqual({
      artifact: { group: 'org', name: 'lib' },
      snapshot: '1.0-SNAPSHOT',
      pluginGroup: null,
    });
  });

  it.each([
    'maven-metadata.xml',
    '/maven-metadata.xml',
    'a.b/maven-metadata.xml',
    'a.b/c/maven-metadata.xml',
    'a//b/maven-metadata.xml',
    'a/../b/maven-metadata.xml',
    'a/b/1.0-20240101.000000-1/maven-metadata.xml',
    'a/b/maven-metadata.xml.sha1',
    'a/b/maven-metadata-central.xml',
    `${'a/'.repeat(600)}maven-metadata.xml`,
  ])('refuses %s', (path) => {
    expect(parseMetadataPath(path)).toBeNull();
  });

  it('is the inverse of metadataPath and snapshotMetadataPath', () => {
    const word = fc.stringMatching(/^[a-bd-z][a-z0-9]{0,6}$/);
    const groups = fc.array(word, { minLength: 1, maxLength: 4 }).map((names) => names.join('.'));
    fc.assert(
      fc.property(groups, word, word, (group, artifact, version) => {
        const found = { group, name: artifact };
        expect(parseMetadataPath(metadataPath(group, artifact))).toEqual({
          artifact: found,
          snapshot: null,
          pluginGroup: `${group}.${artifact}`,
        });
        const snapshot = `${version}-SNAPSHOT`;
        const path = snapshotMetadataPath({ group, artifact, version: snapshot });
        expect(parseMetadataPath(path)).toEqual({ artifact: found, snapshot, pluginGroup: null });
      }),
    );
  });
});
