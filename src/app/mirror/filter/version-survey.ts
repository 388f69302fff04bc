/**
 * Surveys the versions of all artifacts while a source is listed, and writes a sorted file of the folders that the filters leave out. Only
 * the whole listing tells which versions of an artifact are the newest.
 */
import { rmSync } from 'node:fs';

import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { fromLineText, toLineText } from '../../../local/sorted-lines/line-text.js';
import { classifyKey } from '../../../maven/repository-index/classify-key.js';
import { folderOf, nameOf } from '../../../maven/repository-index/key.js';
import { dateOfFile } from '../source/file-date.js';
import type { SourceFile } from '../source/source.js';
import { chooseVersions, type DatedVersion } from './choose-versions.js';
import type { SyncFilter } from './filter-options.js';
import { isOfGroup } from './name-filter.js';

export interface SurveyOptions {
  readonly filter: SyncFilter;
  /** Absolute path of the file to write: folders of versions, and of artifacts without any version that is left. */
  readonly leftOut: string;
  /** Returns the date of a file that the listing tells none of; null if it is unknown. */
  readonly askDate: (key: string) => Promise<number | null>;
}

/** The result of a survey. */
export interface SurveyCounts {
  /** Versions that are copied. */
  readonly versions: number;
  /** Versions among them that are copied since nothing tells their date. */
  readonly undated: number;
  /** Groups that the user named, and that have no version. */
  readonly unmatched: readonly string[];
}

/** Versions whose dates are asked for at once. The source limits its requests itself. */
const askedAtOnce = 64;

export class VersionSurvey {
  readonly #options: SurveyOptions;
  readonly #file: string;
  readonly #sorter: LineSorter;
  readonly #unmatched: Set<string>;
  #last = { folder: '', isWanted: false };

  constructor(options: SurveyOptions) {
    this.#options = options;
    this.#unmatched = new Set(options.filter.groups ?? []);
    this.#file = `${options.leftOut}.survey`;
    this.#sorter = new LineSorter(this.#file);
  }

  note(file: SourceFile): void {
    if (classifyKey(file.key).kind !== 'version-file') return;
    const folder = folderOf(file.key);
    const isDated = this.#options.filter.sinceMs !== null;
    if (folder !== this.#last.folder) this.#last = { folder, isWanted: this.#takesGroup(folderOf(folderOf(folder))) };
    else if (!isDated) return;
    if (!this.#last.isWanted) return;
    const date = isDated ? (dateOfFile(file) ?? '') : '';
    this.#sorter.add(`${toLineText(folderOf(folder))}\t${toLineText(nameOf(folder))}\t${date}\t${file.key.endsWith('.pom') ? 'pom' : ''}`);
  }

  /**
   * Chooses by the names of all versions of an artifact, and notes them: those that are not chosen need not be listed. Undefined if more than
   * names is needed to tell.
   * @param artifact its folder
   */
  get newestOf(): ((artifact: string, versions: readonly string[]) => ReadonlySet<string>) | undefined {
    const { filter } = this.#options;
    if (filter.latest === null || filter.sinceMs !== null) return undefined;
    return (artifact, versions) => {
      if (!this.#takesGroup(folderOf(artifact))) return new Set(versions);
      for (const version of versions) this.#sorter.add(`${toLineText(artifact)}\t${toLineText(version)}\t\t`);
      const dated = versions.map((version) => ({ version, releasedMs: null }));
      return new Set(chooseVersions(dated, filter).map(({ version }) => version));
    };
  }

  /** Writes the file. */
  async finish(): Promise<SurveyCounts> {
    this.#sorter.finish();
    const leftOut = new LineSorter(this.#options.leftOut);
    const counts = { versions: 0, undated: 0, unmatched: [...this.#unmatched] };
    try {
      for (const [artifact, lines] of artifactsIn(this.#file)) {
        const versions = await this.#withDates(artifact, versionsOf(lines));
        const chosen = new Set(chooseVersions(versions, this.#options.filter));
        counts.versions += chosen.size;
        if (this.#options.filter.sinceMs !== null) for (const one of chosen) if (one.releasedMs === null) counts.undated += 1;
        for (const one of versions) if (!chosen.has(one)) leftOut.add(`${artifact}/${toLineText(one.version)}/`);
        if (chosen.size === 0) leftOut.add(`${artifact}/`);
      }
      leftOut.finish();
      return counts;
    } finally {
      leftOut.discard();
    }
  }

  /** Removes what only the survey itself needs. */
  discard(): void {
    this.#sorter.discard();
    rmSync(this.#file, { force: true });
  }

  #takesGroup(folder: string): boolean {
    const { groups } = this.#options.filter;
    if (groups === null) return true;
    const matching = groups.filter((pattern) => isOfGroup(folder, pattern));
    for (const pattern of matching) this.#unmatched.delete(pattern);
    return matching.length > 0;
  }

  async #withDates(artifact: string, versions: readonly DatedVersion[]): Promise<readonly DatedVersion[]> {
    if (this.#options.filter.sinceMs === null) return versions;
    const dated: DatedVersion[] = [];
    for (let at = 0; at < versions.length; at += askedAtOnce) {
      const some = versions.slice(at, at + askedAtOnce).map(async ({ version, releasedMs }) => ({
        version,
        releasedMs: releasedMs ?? (await this.#options.askDate(datedFile(fromLineText(artifact), version))),
      }));
      dated.push(...(await Promise.all(some)));
    }
    return dated;
  }
}

/** Returns a file of a version that has its date: that of a snapshot changes with each build. */
function datedFile(artifact: string, version: string): string {
  return `${artifact}/${version}/${version.endsWith('-SNAPSHOT') ? 'maven-metadata.xml' : `${nameOf(artifact)}-${version}.pom`}`;
}

/** Reads the lines of one artifact after the other. */
function* artifactsIn(file: string): Generator<readonly [string, readonly (readonly string[])[]]> {
  const reader = new LineReader(file);
  try {
    let artifact: string | null = null;
    let lines: (readonly string[])[] = [];
    for (let line = reader.next(); line !== null; line = reader.next()) {
      const [here = '', ...fields] = line.split('\t');
      if (artifact !== null && here !== artifact) {
        yield [artifact, lines];
        lines = [];
      }
      artifact = here;
      lines.push(fields);
    }
    if (artifact !== null) yield [artifact, lines];
  } finally {
    reader.close();
  }
}

/** A release counts from its POM, since signatures may come years later; a snapshot from its newest file. */
function versionsOf(lines: readonly (readonly string[])[]): readonly DatedVersion[] {
  const dates = new Map<string, { pom: number | null; oldest: number | null; newest: number | null }>();
  for (const [version = '', date = '', kind] of lines) {
    const known = dates.get(version) ?? { pom: null, oldest: null, newest: null };
    dates.set(version, known);
    if (date === '') continue;
    const ms = Number(date);
    if (kind === 'pom') known.pom = Math.min(ms, known.pom ?? ms);
    known.oldest = Math.min(ms, known.oldest ?? ms);
    known.newest = Math.max(ms, known.newest ?? ms);
  }
  return [...dates].map(([text, { pom, oldest, newest }]) => {
    const version = fromLineText(text);
    return { version, releasedMs: version.endsWith('-SNAPSHOT') ? newest : (pom ?? oldest) };
  });
}
