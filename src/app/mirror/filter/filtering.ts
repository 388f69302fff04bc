/** The filters during one sync: for the listing, the plan, the publication and the report. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { LineFinder } from '../../../local/sorted-lines/line-finder.js';
import { toLineText } from '../../../local/sorted-lines/line-text.js';
import { type MirrorSource, SourceError } from '../source/source.js';
import { type FilterOptions, type FilterReport, filterText, leavesAnythingOut, readFilter, type SyncFilter } from './filter-options.js';
import { leftOutBeneath } from './left-out.js';
import { NameFilter } from './name-filter.js';
import { type SurveyCounts, VersionSurvey } from './version-survey.js';

export class Filtering {
  readonly filter: SyncFilter;
  readonly names: NameFilter;
  /** Absolute path of the sorted folders that the last listing left out. */
  readonly leftOut: string;
  readonly #isOn: boolean;
  #counts: SurveyCounts | null = null;
  /** Versions that increments left out. */
  #later: ReadonlySet<string> = new Set();

  constructor(options: FilterOptions & { readonly dryRun?: boolean | undefined }, stateFolder: string) {
    this.filter = readFilter(options);
    this.names = new NameFilter(this.filter);
    this.#isOn = leavesAnythingOut(this.filter);
    this.leftOut = join(stateFolder, options.dryRun === true ? 'left-out.dry' : 'left-out');
  }

  /** Changes if another full sync is needed. */
  get text(): string {
    return this.report === null ? '' : filterText(this.filter);
  }

  get report(): FilterReport | null {
    const { metadata } = this.filter;
    return this.#isOn || metadata === 'rewrite' ? { metadata, versions: this.#counts?.versions ?? null } : null;
  }

  get warnings(): readonly string[] {
    const { versions, undated, unmatched } = this.#counts ?? { versions: null, undated: 0, unmatched: [] };
    return [
      ...unmatched.map((group) => `--group ${group}: the source has no version of it`),
      ...(versions === 0 ? ['the filters leave nothing: no version of the source matches them'] : []),
      ...(undated === 0 ? [] : [`--since: ${undated} versions are copied without a look at their date, which the source does not tell`]),
    ];
  }

  /** Whether the bytes of a file depend on what the target has, so that an equal listing proves nothing. */
  readonly mayRewrite = (key: string): boolean =>
    this.filter.metadata === 'rewrite' &&
    /\/maven-metadata\.xml(?:\.[a-z0-9]+)?$/.test(key) &&
    !key.includes('-SNAPSHOT/maven-metadata.xml');

  /** Says of a folder whether nothing in it concerns this sync: neither is it wanted, nor does the target have any of it. */
  outsideOf(inventory: string): ((folder: string) => boolean) | undefined {
    if (!this.#isOn) return undefined;
    return (folder) => !this.names.mayContain(folder) && !hasAny(inventory, `${folder}/`);
  }

  /** Null if nothing is left out. */
  survey(source: MirrorSource, inventory: string, signal: AbortSignal): VersionSurvey | null {
    const { filter, leftOut } = this;
    if (!this.#isOn) return null;
    return new VersionSurvey({
      filter,
      leftOut,
      // A version that the target has was young enough before.
      askDate: async (key) => (hasAny(inventory, `${key}\t`) ? filter.sinceMs : dateOf(source, key, signal)),
    });
  }

  async finish(survey: VersionSurvey | null): Promise<void> {
    if (survey === null) rmSync(this.leftOut, { force: true });
    else this.#counts = await survey.finish();
  }

  /** Remembers versions that increments leave out. */
  noteLeftOut(folders: Iterable<string>): void {
    this.#later = new Set(folders);
  }

  /** Returns a function that says of a version of the artifact whether it was left out. @param artifact its folder */
  leftOutOf(artifact: string): (folder: string) => boolean {
    if (!this.#isOn) return () => false;
    const folders = leftOutBeneath(this.leftOut, artifact);
    return (folder) => folders.has(folder) || this.#later.has(folder) || !this.names.takesVersion(folder);
  }
}

function hasAny(file: string, prefix: string): boolean {
  const finder = new LineFinder(file);
  try {
    return finder.startingWith(toLineText(prefix)).next().done !== true;
  } finally {
    finder.close();
  }
}

/** A server that does not answer tells no date. */
async function dateOf(source: MirrorSource, key: string, signal: AbortSignal): Promise<number | null> {
  try {
    return (await source.dateOf?.(key, signal)) ?? null;
  } catch (error) {
    if (error instanceof SourceError) return null;
    throw error;
  }
}
