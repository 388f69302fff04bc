/** Turns the sorted lines of a listing into the entries of a plan: each file with its checksum files and signatures. */
import { LineReader, type LineSource } from '../../../local/sorted-lines/line-reader.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { fromLineText, lineKey, toLineText } from '../../../local/sorted-lines/line-text.js';
import { classifyKey } from '../../../maven/repository-index/classify-key.js';
import { folderOf, nameOf } from '../../../maven/repository-index/key.js';
import type { PlanEntry, PlanSidecar } from '../contract.js';
import { type ListedFile, parseListed } from './listed-file.js';
import { splitSidecar } from './sidecar-suffix.js';

/** Names of files that begin with the name of another file, at most so many in a row. */
const mostWaiting = 1000;

interface Waiting {
  readonly file: ListedFile;
  readonly sidecars: Record<string, PlanSidecar>;
}

/** @param lines of the listing @param versions a file that {@link writeVersions} wrote; null if the listing does not tell all versions */
export function* groupFiles(lines: LineSource, versions: string | null): Generator<PlanEntry> {
  const known = versions === null ? null : new VersionLists(versions);
  // The files whose checksum files may still come: those whose path the next path begins with.
  let waiting: Waiting[] = [];
  let last = '';
  try {
    for (let line = lines.next(); line !== null; line = lines.next()) {
      const file = parseListed(line);
      // An index may name metadata once for each version.
      if (file.key === last) continue;
      last = file.key;
      let done = 0;
      while (done < waiting.length && (waiting.length - done > mostWaiting || !file.key.startsWith(waiting[done]?.file.key ?? '')))
        done += 1;
      for (const ready of waiting.slice(0, done)) yield toEntry(ready, known);
      if (done > 0) waiting = waiting.slice(done);
      const sidecar = splitSidecar(file.key);
      const subject = sidecar === null ? undefined : waiting.find(({ file: { key } }) => key === sidecar.subject);
      if (sidecar === null || subject === undefined) waiting.push({ file, sidecars: {} });
      else subject.sidecars[sidecar.suffix] = toSidecar(file);
    }
    for (const ready of waiting) yield toEntry(ready, known);
  } finally {
    known?.close();
  }
}

function toSidecar({ size, etag, isGuess }: ListedFile): PlanSidecar {
  return { size: size ?? undefined, etag: etag === '' ? undefined : etag, guess: isGuess ? true : undefined };
}

function toEntry({ file, sidecars }: Waiting, known: VersionLists | null): PlanEntry {
  const { key, size, etag, time, sha256, isGuess } = file;
  const isMetadata = nameOf(key) === 'maven-metadata.xml';
  const isOfArtifact = isMetadata && !folderOf(key).endsWith('-SNAPSHOT');
  return {
    path: key,
    size: size ?? undefined,
    etag: etag === '' ? undefined : etag,
    time: time === null ? undefined : new Date(time * 1000).toISOString().replace('.000Z', 'Z'),
    sha256: sha256 === '' ? undefined : sha256,
    sidecars: Object.keys(sidecars).length === 0 ? undefined : sidecars,
    metadata: isMetadata ? true : undefined,
    versions: isOfArtifact ? known?.of(key) : undefined,
    guess: isGuess ? true : undefined,
  };
}

/** Writes which versions each artifact has, sorted by the path of its metadata. @param file absolute, to write */
export function writeVersions(lines: LineSource, file: string): void {
  const sorter = new LineSorter(file);
  let last = '';
  try {
    for (let line = lines.next(); line !== null; line = lines.next()) {
      const key = lineKey(line);
      const folder = folderOf(key);
      if (folder === last || classifyKey(key).kind !== 'version-file') continue;
      last = folder;
      sorter.add(`${folderOf(folder)}/maven-metadata.xml\t${nameOf(folder)}`);
    }
    sorter.finish();
  } finally {
    sorter.discard();
  }
}

/** Reads the versions of one artifact after the other, forwards. */
class VersionLists {
  readonly #reader: LineReader;
  #line: string | null;

  constructor(file: string) {
    this.#reader = new LineReader(file);
    this.#line = this.#reader.next();
  }

  /** @param metadata in ascending order */
  of(metadata: string): readonly string[] {
    const key = toLineText(metadata);
    const versions: string[] = [];
    while (this.#line !== null && lineKey(this.#line) < key) this.#line = this.#reader.next();
    for (; this.#line !== null && lineKey(this.#line) === key; this.#line = this.#reader.next()) {
      const version = fromLineText(this.#line.slice(key.length + 1));
      if (versions.at(-1) !== version) versions.push(version);
    }
    return versions;
  }

  close(): void {
    this.#reader.close();
  }
}
