/** Holds the lists of places against a plan, in one pass over all of them. No place is asked for anything. */
import { fromLineText, toLineText } from '../../../local/sorted-lines/line-text.js';
import { encodePath } from '../../../maven/coordinate/path.js';
import { classifyKey } from '../../../maven/repository-index/classify-key.js';
import {
  type AuditPlace,
  type Facts,
  findingClasses,
  type FindingKind,
  originName,
  type PlaceSummary,
  type PlanEntry,
  type PlanHeader,
} from '../contract.js';
import type { EarlierFiles } from '../earlier/earlier-files.js';
import { changedSignatures, changeOf, isSameAsBefore, type KnownFile, knownOf } from '../earlier/known-file.js';
import type { ResultEnd, ResultWriter } from '../result/result-writer.js';
import { type ExpectedFile, ExpectedFiles } from './expected-files.js';
import { expectedFacts, foundFacts, judgeListed } from './judge-listed.js';
import type { ListedThing } from './list-line.js';
import type { FailedList } from './open-list.js';
import type { PlaceList } from './place-list.js';

export interface ListComparison {
  readonly header: PlanHeader;
  /** How old a file must be before a mirror has to have it, in milliseconds. */
  readonly allowedMs: number;
  readonly writer: ResultWriter;
  readonly earlier: EarlierFiles;
}

export class ListComparer {
  readonly #options: ListComparison;
  readonly #createdMs: number;
  readonly #expected = new ExpectedFiles();
  readonly #places: readonly AuditPlace[];
  readonly #onExtra: readonly ((path: string, found: ListedThing) => void)[];
  /** The age of the oldest file that a place lacks because it is young, in seconds. */
  readonly #behind: number[];
  #files = 0;
  #hasTimes = false;

  constructor(options: ListComparison) {
    this.#options = options;
    this.#createdMs = Date.parse(options.header.created);
    this.#places = options.header.places;
    this.#behind = this.#places.map(() => 0);
    this.#onExtra = this.#places.map((_, place) => (path, found) => this.#addExtra(path, place, found));
  }

  /** Compares the next entry of the plan. @param lists in the order of the places in the header */
  add(entry: PlanEntry, lists: readonly (PlaceList | FailedList)[]): void {
    this.#files += 1;
    if (entry.time !== undefined) this.#hasTimes = true;
    const { writer } = this.#options;
    if (entry.sha256 !== undefined && entry.size !== undefined)
      writer.addDigest({ digest: entry.path, sha256: entry.sha256, size: entry.size });
    const before = this.#options.earlier.of(entry.path);
    if (before !== null && !classifyKey(entry.path).isMutable) this.#compareWithBefore(entry, before);
    this.#expected.add(entry, (file) => this.#compare(file, lists));
  }

  /** Compares what is left, and what the lists have further on. @param until the first path of the next shard; null after the last */
  finish(until: string | null, lists: readonly (PlaceList | FailedList)[], skipped: readonly number[]): ResultEnd {
    this.#expected.finish((file) => this.#compare(file, lists));
    const end = until === null ? null : toLineText(until);
    lists.forEach((list, place) => ('problem' in list ? undefined : list.skipTo(end, this.#extraAt(place))));
    return { files: this.#files, places: this.#places.map((place, at) => this.#summary(place, at, lists[at], skipped[at] ?? 0)) };
  }

  #summary({ name, url }: AuditPlace, at: number, list: PlaceList | FailedList | undefined, skipped: number): Omit<PlaceSummary, 'counts'> {
    if (list === undefined || 'problem' in list) return { name, url, behindSeconds: null, answered: 0 };
    const behindSeconds = this.#hasTimes ? (this.#behind[at] ?? 0) : null;
    return { name, url, behindSeconds, answered: this.#files, skippedNames: skipped + list.refused };
  }

  #compare(file: ExpectedFile, lists: readonly (PlaceList | FailedList)[]): void {
    for (let place = 0; place < lists.length; place += 1) {
      const list = lists[place];
      if (list === undefined) continue;
      if ('problem' in list) {
        if (file.suffix === null) this.#report('unknown', fromLineText(file.key), place, {}, {}, list.problem);
        continue;
      }
      const found = list.find(file, this.#extraAt(place));
      if (found === 'same') continue;
      const kind = judgeListed(file, found, place, () => this.#isYoung(file));
      if (kind === null) continue;
      if (kind === 'lag') this.#noteLag(file, place);
      const judged = this.#isOfBefore(file, found) ? 'lag' : kind;
      this.#report(judged, fromLineText(file.key), place, expectedFacts(file.known), foundFacts(found));
    }
  }

  #compareWithBefore(entry: PlanEntry, before: KnownFile): void {
    const now = knownOf(entry);
    const change = changeOf(before, now);
    const origin = { name: originName, url: this.#options.header.repository };
    if (change !== null) this.#add('changed-since', entry.path, origin, change.expected, change.found);
    for (const suffix of changedSignatures(before, now)) {
      const [expected, found] = [before, now].map(({ sidecars }): Facts => ({ md5: sidecars[suffix] ?? null }));
      this.#add('changed-since', `${entry.path}.${suffix}`, origin, expected ?? {}, found ?? {});
    }
  }

  /** Whether the place has what the origin had at an earlier audit: then the origin changed it, not the place. */
  #isOfBefore({ line: { entry }, suffix }: ExpectedFile, found: ListedThing | null): boolean {
    const before = found === null ? null : this.#options.earlier.of(entry.path);
    if (found === null || before === null) return false;
    if (suffix !== null) return found.md5 !== '' && before.sidecars[suffix] === found.md5;
    return isSameAsBefore(before, { size: found.size, md5: found.md5 || null, sha256: found.sha256 || null, sidecars: {} });
  }

  /** A plan of what changed lately does not tell what else the origin has. */
  #addExtra(path: string, place: number, found: ListedThing): void {
    if (this.#options.header.since === undefined) this.#report('extra', path, place, {}, foundFacts(found));
  }

  #extraAt(place: number): (path: string, found: ListedThing) => void {
    return this.#onExtra[place] ?? (() => undefined);
  }

  #report(finding: FindingKind, path: string, place: number, expected: Facts, found: Facts, detail?: string): void {
    const { name = '', url = '' } = this.#places[place] ?? {};
    this.#add(finding, path, { name, url }, expected, found, detail);
  }

  #add(finding: FindingKind, path: string, { name, url }: AuditPlace, expected: Facts, found: Facts, detail?: string): void {
    const evidence = [{ url: `${url}${encodePath(path)}`, as: 'list' as const, status: null, detail }];
    this.#options.writer.add({ finding, class: findingClasses[finding], path, place: name, expected, found, evidence });
  }

  #isYoung({ line: { entry } }: ExpectedFile): boolean {
    const age = this.#ageOf(entry);
    return age !== null && age < this.#options.allowedMs;
  }

  #noteLag({ line: { entry } }: ExpectedFile, place: number): void {
    const seconds = Math.round((this.#ageOf(entry) ?? 0) / 1000);
    if (seconds > (this.#behind[place] ?? 0)) this.#behind[place] = seconds;
  }

  /** Milliseconds between the last change of a file and the plan; null if the list tells no times. */
  #ageOf({ time }: PlanEntry): number | null {
    return time === undefined ? null : this.#createdMs - Date.parse(time);
  }
}
