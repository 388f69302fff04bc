/**
 * Writes `maven-metadata.xml` as Maven's MetadataXpp3Writer does. The same contents give the same bytes, and `parseMetadata` reads them
 * back unchanged. Elements that {@link Metadata} does not have are not written.
 */
import type { Metadata, SnapshotVersion } from './metadata.js';
import type { GroupPlugin } from './plugins.js';

/** The members that a file can express. */
export type WrittenMetadata = Omit<Metadata, 'dropped'>;

/** Returns the bytes of the file. */
export function formatMetadata(metadata: WrittenMetadata): Uint8Array {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    // Readers of builds by classifier and extension expect the version that has them.
    metadata.snapshotVersions.length > 0 ? '<metadata modelVersion="1.1.0">' : '<metadata>',
    ...text('  ', 'groupId', metadata.group),
    ...text('  ', 'artifactId', metadata.artifact),
    ...text('  ', 'version', metadata.version),
    ...list('  ', 'versioning', formatVersioning(metadata)),
    ...list(
      '  ',
      'plugins',
      metadata.plugins.flatMap((plugin) => list('    ', 'plugin', formatPlugin(plugin))),
    ),
    '</metadata>',
    '',
  ];
  return Buffer.from(lines.join('\n'));
}

function formatVersioning({ latest, release, snapshot, versions, lastUpdated, snapshotVersions }: WrittenMetadata): string[] {
  return [
    ...text('    ', 'latest', latest),
    ...text('    ', 'release', release),
    ...(snapshot === null ? [] : formatSnapshot(snapshot)),
    ...list(
      '    ',
      'versions',
      versions.flatMap((version) => text('      ', 'version', version)),
    ),
    ...text('    ', 'lastUpdated', lastUpdated),
    ...list(
      '    ',
      'snapshotVersions',
      snapshotVersions.flatMap((file) => list('      ', 'snapshotVersion', formatFile(file))),
    ),
  ];
}

function formatSnapshot({ timestamp, buildNumber, localCopy }: NonNullable<Metadata['snapshot']>): string[] {
  return [
    '    <snapshot>',
    ...text('      ', 'timestamp', timestamp),
    ...text('      ', 'buildNumber', buildNumber === 0 ? null : String(buildNumber)),
    ...text('      ', 'localCopy', localCopy ? 'true' : null),
    '    </snapshot>',
  ];
}

function formatFile({ classifier, extension, value, updated }: SnapshotVersion): string[] {
  return [
    ...text('        ', 'classifier', classifier),
    ...text('        ', 'extension', extension),
    ...text('        ', 'value', value),
    ...text('        ', 'updated', updated),
  ];
}

function formatPlugin({ name, prefix, artifact }: GroupPlugin): string[] {
  return [...text('      ', 'name', name), ...text('      ', 'prefix', prefix), ...text('      ', 'artifactId', artifact)];
}

/** Returns the element with its children, or nothing if there are none. */
function list(indent: string, name: string, children: readonly string[]): string[] {
  return children.length === 0 ? [] : [`${indent}<${name}>`, ...children, `${indent}</${name}>`];
}

function text(indent: string, name: string, value: string | null): string[] {
  return value === null || value === '' ? [] : [`${indent}<${name}>${escapeXml(value)}</${name}>`];
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
const notXml =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escapeXml(value: string): string {
  return value.replace(/[&<>\r]/g, (character) => escapes[character] ?? character).replace(notXml, '\ufffd');
}
