/**
 * Remembers parsed POMs by the SHA-256 of their bytes, so that a POM is parsed once and not in every run. The bytes are
 * verified before their digest is looked up; the index only replaces parsing them again.
 *
 * One file of lines, read in one go and appended to once per resolution, without a lock: each line carries a checksum, so
 * a line that is torn, damaged or not ours counts as missing. The file may be deleted at any time, and no error of
 * reading or writing it matters.
 */
import { constants, ftruncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { crc32 } from '../../base/disk/crc32.js';
import { makeFolders } from '../../base/disk/make-folders.js';
import { openRegularFile, readRegularFile } from '../../base/disk/regular-file.js';
import { version } from '../../base/package-version.js';
import { RecentMap } from '../../base/recent-map.js';
import type { PomModel } from '../../maven/pom/model.js';
import { packedFormat, packModel, unpackModel } from '../../maven/pom/pack.js';

/** A full file is begun again. Enough for 5,000 POMs, and read in a few milliseconds. */
const maxBytes = 8 * 1024 * 1024;
/** The largest BOMs of public repositories take a third of this. */
const maxLineBytes = 512 * 1024;
/** Part of each key: another version of this package may parse otherwise. */
const edition = `${version}/${packedFormat}`;
const keyLength = edition.length + 1 + 64;
/** A checksum of eight hexadecimal digits and a space. */
const keyStart = 9;

const appending = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

/** Models kept in memory. More than a project has, and as many as the file holds; together they take some ten MiB at most. */
const mostRecent = 5000;

/**
 * The models that were read or parsed last, shared by resolutions: `project` reads the same POMs once to fetch the files, and
 * once to find out whether its tool can go on offline.
 */
export class RecentPoms {
  readonly #models: RecentMap<string, PomModel>;

  /** @param most models to keep. Default: 5,000 */
  constructor(most = mostRecent) {
    this.#models = new RecentMap(most);
  }

  /** Models that are kept. */
  get size(): number {
    return this.#models.size;
  }

  find(sha256: string): PomModel | undefined {
    return this.#models.get(sha256);
  }

  keep(sha256: string, model: PomModel): void {
    this.#models.set(sha256, model);
  }
}

/** The index in one cache folder, for one resolution. Touches nothing until it is used. */
export class PomIndex {
  readonly #file: string;
  readonly #recent: RecentPoms;
  /** The lines read from the file, by key. */
  #lines: Map<string, string> | null = null;
  readonly #added = new Map<string, PomModel>();

  constructor(cacheFolder: string, recent: RecentPoms = new RecentPoms()) {
    this.#recent = recent;
    this.#file = join(cacheFolder, 'poms.index');
  }

  /** Returns the model of the POM with this digest, or null if it must be parsed. */
  find(sha256: string): PomModel | null {
    const known = this.#recent.find(sha256);
    if (known !== undefined) return known;
    const key = keyOf(sha256);
    this.#lines ??= readLines(this.#file);
    const line = this.#lines.get(key);
    if (line === undefined) return null;
    const model = readLine(line);
    if (model === null) this.#lines.delete(key);
    else this.#recent.keep(sha256, model);
    return model;
  }

  /** Adds a POM that was parsed. */
  add(sha256: string, model: PomModel): void {
    const key = keyOf(sha256);
    if (this.#lines?.has(key) !== true) this.#added.set(key, model);
    this.#recent.keep(sha256, model);
  }

  /** Appends what was added to the file. */
  save(): void {
    if (this.#added.size === 0) return;
    let text = '';
    for (const [key, model] of this.#added) {
      const line = formatLine(key, model);
      if (line.length <= maxLineBytes && text.length + line.length <= maxBytes) text += line;
    }
    this.#added.clear();
    try {
      append(this.#file, text);
    } catch {
      // The next run parses these POMs again.
    }
  }
}

function keyOf(sha256: string): string {
  return `${edition} ${sha256}`;
}

/** ASCII only, so that each character is one byte. */
function formatLine(key: string, model: PomModel): string {
  const json = JSON.stringify(packModel(model)).replace(
    /[^\0-\u007f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const checked = `${key} ${json}`;
  return `${crc32(checked).toString(16).padStart(8, '0')} ${checked}\n`;
}

function readLine(line: string): PomModel | null {
  if (Number.parseInt(line.slice(0, keyStart), 16) !== crc32(line.slice(keyStart))) return null;
  try {
    return unpackModel(JSON.parse(line.slice(keyStart + keyLength + 1)));
  } catch {
    return null; // not JSON, although its checksum is right
  }
}

/** Reads the file and finds its lines; they are checked when they are asked for. */
function readLines(file: string): Map<string, string> {
  const lines = new Map<string, string>();
  let text: string;
  try {
    text = readRegularFile(file, maxBytes).toString('latin1');
  } catch {
    return lines;
  }
  for (let start = 0, end = text.indexOf('\n'); end >= 0; start = end + 1, end = text.indexOf('\n', start)) {
    // A later line wins: it was written because the earlier one could not be read.
    if (end - start > keyStart + keyLength && end - start <= maxLineBytes)
      lines.set(text.slice(start + keyStart, start + keyStart + keyLength), text.slice(start, end));
  }
  return lines;
}

function append(file: string, text: string): void {
  makeFolders(dirname(file), 0o700); // as the XDG Base Directory Specification asks
  const open = openRegularFile(file, appending, 0o600);
  try {
    if (open.stats.size + text.length > maxBytes) ftruncateSync(open.descriptor);
    writeFileSync(open.descriptor, text, 'latin1');
  } finally {
    open.close();
  }
}
