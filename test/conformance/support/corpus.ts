/** The conformance corpus: Maven's own answers over a repository of POMs, read from its packed files into memory. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

import { childOf, childrenOf, childText, parseXml, type XmlElement } from '../../../src/base/xml/xml.js';
import type { PomModel } from '../../../src/maven/pom/model.js';
import { parsePom } from '../../../src/maven/pom/parse.js';
import type { PomSource } from '../../../src/maven/pom/pom-source.js';
import type { ProfileEnvironment } from '../../../src/maven/pom/profile.js';
import { baseVersion } from '../../../src/maven/version/snapshot.js';
import { readTar } from './tar.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The folder of the corpus, or null. */
export const corpusFolder: string | null =
  [process.env['CLOJARS_FETCH_CORPUS'], resolve(root, '../shared/conformance')].find(
    (folder) => folder !== undefined && existsSync(resolve(folder, 'repo.tar.gz')),
  ) ?? null;

export function readCorpusLines(folder: string, name: string): unknown[] {
  const text = gunzipSync(readFileSync(resolve(folder, name))).toString('latin1');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

/** The description of the machine from the README of the corpus. */
export const corpusEnvironment: ProfileEnvironment = {
  systemProperties: new Map(
    Object.entries({
      'java.version': '17',
      'java.specification.version': '17',
      'java.vendor': 'Conformance',
      'java.home': '/opt/java',
      'os.name': 'Linux',
      'os.arch': 'amd64',
      'os.version': '6.1',
      'user.home': '/home/user',
      'user.name': 'user',
      'user.dir': '/home/user',
      'file.separator': '/',
      'path.separator': ':',
      'line.separator': '\n',
      'file.encoding': 'UTF-8',
    }),
  ),
  fileExists: (path) => !path.startsWith('/opt/java') && existsSync(path),
};

/** A repository held in memory, read as Maven reads a remote one. */
export class MemoryRepository implements PomSource {
  private readonly files: ReadonlyMap<string, Uint8Array>;
  /** The files asked for so far, whether or not they exist, and how often. */
  readonly reads = new Map<string, number>();

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.files = files;
  }

  async read(group: string, artifact: string, version: string): Promise<PomModel | null> {
    const folder = `${group.replaceAll('.', '/')}/${artifact}/${baseVersion(version)}`;
    const path = `${folder}/${artifact}-${this.snapshot(folder, version)}.pom`;
    const bytes = this.file(path);
    return bytes === undefined ? null : parsePom(bytes, `${group}:${artifact}:${version}`);
  }

  versions(group: string, artifact: string): Promise<readonly string[]> {
    const versions = this.versioning(`${group.replaceAll('.', '/')}/${artifact}`);
    const list = versions === undefined ? undefined : childOf(versions, 'versions');
    return Promise.resolve(list === undefined ? [] : childrenOf(list, 'version').map((version) => version.text.trim()));
  }

  resolveVersion(group: string, artifact: string, version: string): Promise<string | null> {
    const folder = `${group.replaceAll('.', '/')}/${artifact}`;
    if (version !== 'RELEASE' && version !== 'LATEST') return Promise.resolve(this.snapshot(`${folder}/${version}`, version));
    const versioning = this.versioning(folder);
    if (versioning === undefined) return Promise.resolve(null);
    const release = childText(versioning, 'release');
    const latest = version === 'LATEST' ? (childText(versioning, 'latest') ?? release) : release;
    if (latest === undefined || latest === '') return Promise.resolve(null);
    return Promise.resolve(latest.endsWith('SNAPSHOT') ? this.snapshot(`${folder}/${latest}`, latest) : latest);
  }

  /** The timestamped version of a snapshot's POM, or the version as it is. */
  private snapshot(folder: string, version: string): string {
    if (!version.endsWith('SNAPSHOT')) return version;
    const versioning = this.versioning(folder);
    if (versioning === undefined) return version;
    const listed = childOf(versioning, 'snapshotVersions');
    for (const entry of listed === undefined ? [] : childrenOf(listed, 'snapshotVersion')) {
      if (childText(entry, 'extension') === 'pom' && (childText(entry, 'classifier') ?? '') === '')
        return childText(entry, 'value') ?? version;
    }
    const snapshot = childOf(versioning, 'snapshot');
    const timestamp = snapshot === undefined ? undefined : childText(snapshot, 'timestamp');
    const build = snapshot === undefined ? undefined : childText(snapshot, 'buildNumber');
    return timestamp !== undefined && build !== undefined ? version.slice(0, -'SNAPSHOT'.length) + `${timestamp}-${build}` : version;
  }

  private versioning(folder: string): XmlElement | undefined {
    const bytes = this.file(`${folder}/maven-metadata.xml`);
    return bytes === undefined ? undefined : childOf(parseXml(bytes), 'versioning');
  }

  private file(path: string): Uint8Array | undefined {
    this.reads.set(path, (this.reads.get(path) ?? 0) + 1);
    return this.files.get(path);
  }
}

let repository: { readonly folder: string; readonly files: ReadonlyMap<string, Uint8Array> } | null = null;

/** Unpacks the repository once for the test files of a process. */
export function readCorpusRepository(folder: string): ReadonlyMap<string, Uint8Array> {
  if (repository?.folder !== folder) repository = { folder, files: readTar(gunzipSync(readFileSync(resolve(folder, 'repo.tar.gz')))) };
  return repository.files;
}
