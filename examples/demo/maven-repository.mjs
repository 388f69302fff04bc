/**
 * Makes a small Maven repository in memory: POMs, jars, maven-metadata.xml and checksum files, laid out as on a server. The same input
 * gives the same bytes. Plain JavaScript, since the demo runs it before anything is built. The types are in maven-repository.d.mts.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createStoredZip } from './zip.mjs';

const defaultTimestamp = '20240102.030405';

/** @type {typeof import('./maven-repository.mjs').createFixtureRepository} */
export function createFixtureRepository({
  artifacts,
  seed = 'clojars-fetch',
  checksums = ['sha1', 'md5'],
  lastUpdated = '20240102030405',
}) {
  const files = new Map();
  const put = (path, content) => {
    files.set(path, content);
    for (const algorithm of checksums) {
      files.set(`${path}.${algorithm}`, Buffer.from(createHash(algorithm).update(content).digest('hex')));
    }
  };
  for (const artifact of artifacts) {
    const folder = `${artifact.group.replaceAll('.', '/')}/${artifact.artifact}`;
    for (const version of artifact.versions) putVersion(put, folder, artifact, version, seed, lastUpdated);
    put(`${folder}/maven-metadata.xml`, formatArtifactMetadata(artifact, lastUpdated));
  }
  return {
    files,
    async writeTo(root) {
      for (const [path, content] of files) {
        const target = join(root, ...path.split('/'));
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, content);
      }
    },
  };
}

/** The files of one version; for a snapshot, those of each of its builds and the metadata that lists the newest. */
function putVersion(put, folder, artifact, version, seed, lastUpdated) {
  const packaging = artifact.packaging ?? 'jar';
  const classifiers = artifact.classifiers ?? [];
  const isSnapshot = version.endsWith('-SNAPSHOT');
  const builds = isSnapshot ? (artifact.snapshots ?? [{ timestamp: defaultTimestamp, buildNumber: 1 }]) : [null];
  for (const build of builds) {
    const fileVersion = build === null ? version : expandSnapshot(version, build);
    const base = `${folder}/${version}/${artifact.artifact}-${fileVersion}`;
    put(`${base}.pom`, formatPom(artifact, version, packaging));
    if (packaging === 'pom') continue;
    put(`${base}.jar`, createJar(artifact, version, `${seed}|${base}`, artifact.size ?? 512));
    for (const classifier of classifiers) {
      put(`${base}-${classifier}.jar`, createJar(artifact, version, `${seed}|${base}|${classifier}`, artifact.size ?? 512));
    }
  }
  const newest = builds.at(-1);
  if (newest)
    put(`${folder}/${version}/maven-metadata.xml`, formatSnapshotMetadata(artifact, version, newest, packaging, classifiers, lastUpdated));
}

function expandSnapshot(version, { timestamp, buildNumber }) {
  return `${version.slice(0, -'SNAPSHOT'.length)}${timestamp}-${buildNumber}`;
}

function createJar({ group, artifact }, version, salt, size) {
  const properties = `META-INF/maven/${group}/${artifact}/pom.properties`;
  return createStoredZip([
    { name: 'META-INF/MANIFEST.MF', content: Buffer.from('Manifest-Version: 1.0\r\nCreated-By: clojars-fetch fixtures\r\n\r\n') },
    { name: properties, content: Buffer.from(`groupId=${group}\nartifactId=${artifact}\nversion=${version}\n`) },
    // Incompressible and different in each jar, but the same in each run.
    { name: `${artifact}/data.bin`, content: createHash('shake256', { outputLength: size }).update(salt).digest() },
  ]);
}

function formatPom({ group, artifact, dependencies = [], pomElements = '' }, version, packaging) {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    `  <groupId>${escapeXml(group)}</groupId>`,
    `  <artifactId>${escapeXml(artifact)}</artifactId>`,
    `  <version>${escapeXml(version)}</version>`,
    `  <packaging>${escapeXml(packaging)}</packaging>`,
  ];
  if (pomElements !== '') lines.push(`  ${pomElements}`);
  if (dependencies.length > 0) {
    lines.push('  <dependencies>');
    for (const dependency of dependencies) {
      lines.push(
        '    <dependency>',
        `      <groupId>${escapeXml(dependency.group)}</groupId>`,
        `      <artifactId>${escapeXml(dependency.artifact)}</artifactId>`,
        `      <version>${escapeXml(dependency.version)}</version>`,
      );
      if (dependency.scope !== undefined) lines.push(`      <scope>${escapeXml(dependency.scope)}</scope>`);
      if (dependency.optional === true) lines.push('      <optional>true</optional>');
      lines.push('    </dependency>');
    }
    lines.push('  </dependencies>');
  }
  lines.push('</project>', '');
  return Buffer.from(lines.join('\n'));
}

/** `latest` is the last version listed, `release` the last that is not a snapshot, as a deploy in that order leaves it. */
function formatArtifactMetadata({ group, artifact, versions }, lastUpdated) {
  const release = versions.filter((version) => !version.endsWith('-SNAPSHOT')).at(-1);
  return Buffer.from(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<metadata>',
      `  <groupId>${escapeXml(group)}</groupId>`,
      `  <artifactId>${escapeXml(artifact)}</artifactId>`,
      '  <versioning>',
      `    <latest>${escapeXml(versions.at(-1) ?? '')}</latest>`,
      ...(release === undefined ? [] : [`    <release>${escapeXml(release)}</release>`]),
      '    <versions>',
      ...versions.map((version) => `      <version>${escapeXml(version)}</version>`),
      '    </versions>',
      `    <lastUpdated>${lastUpdated}</lastUpdated>`,
      '  </versioning>',
      '</metadata>',
      '',
    ].join('\n'),
  );
}

function formatSnapshotMetadata({ group, artifact }, version, build, packaging, classifiers, lastUpdated) {
  const value = expandSnapshot(version, build);
  const updated = build.timestamp.replace('.', '') || lastUpdated;
  const entries = [['pom', ''], ...(packaging === 'pom' ? [] : [['jar', ''], ...classifiers.map((classifier) => ['jar', classifier])])];
  return Buffer.from(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<metadata modelVersion="1.1.0">',
      `  <groupId>${escapeXml(group)}</groupId>`,
      `  <artifactId>${escapeXml(artifact)}</artifactId>`,
      `  <version>${escapeXml(version)}</version>`,
      '  <versioning>',
      `    <snapshot><timestamp>${build.timestamp}</timestamp><buildNumber>${build.buildNumber}</buildNumber></snapshot>`,
      `    <lastUpdated>${updated}</lastUpdated>`,
      '    <snapshotVersions>',
      ...entries.map(
        ([extension, classifier]) =>
          `      <snapshotVersion>${classifier === '' ? '' : `<classifier>${escapeXml(classifier)}</classifier>`}<extension>${extension}</extension><value>${escapeXml(value)}</value><updated>${updated}</updated></snapshotVersion>`,
      ),
      '    </snapshotVersions>',
      '  </versioning>',
      '</metadata>',
      '',
    ].join('\n'),
  );
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
