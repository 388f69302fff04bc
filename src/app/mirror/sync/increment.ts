/**
 * Plans an increment: only what the release feed names is looked at, and everything once more after a while, since files of a version may
 * come after its release. The cost depends on what is new, and not on the size of the mirror.
 */
import { isClojarsFetchError } from '../../../base/error.js';
import { LineFinder } from '../../../local/sorted-lines/line-finder.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { fromLineText, lineKey, toLineText } from '../../../local/sorted-lines/line-text.js';
import { folderOf, keyProblem } from '../../../maven/repository-index/key.js';
import { formatAction } from '../fetch/action.js';
import { chooseReleases } from '../filter/choose-releases.js';
import type { Filtering } from '../filter/filtering.js';
import { type FeedRelease, type ReadFeed, readFeed } from '../source/read-feed.js';
import { type IncrementalSource, SourceError, type SourceFile } from '../source/source.js';
import type { Cursor, PendingVersion } from './cursor.js';
import { type Findings, isOfUpstream } from './finding.js';
import { versionsLacking } from './index-check.js';
import { formatListed } from './listing.js';
import { isSuspectLine, type PlanCounts } from './plan.js';

/** Lines of the inventory that changed since it was written; null for files that are gone. */
type ChangedLines = ReadonlyMap<string, string | null>;

export interface IncrementOptions {
  readonly source: IncrementalSource;
  readonly feed: URL;
  readonly cursor: Cursor;
  /** How long after its release a version is looked at again, in milliseconds. */
  readonly settleMs: number;
  /** Folders asked for at once. */
  readonly parallel: number;
  /** Absolute paths. */
  readonly inventory: string;
  readonly plan: string;
  /** Called once, and only if there is anything to look at. */
  readonly readChanges: () => Promise<ChangedLines>;
  readonly isWanted: (key: string) => boolean;
  readonly filtering: Filtering;
  readonly findings: Findings;
  /** Epoch milliseconds by the source's clock, which is known after the first answer. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** The options while an increment has something to look at. */
interface Look extends IncrementOptions {
  readonly changed: ChangedLines;
}

export interface Increment {
  readonly counts: PlanCounts;
  /** The versions that were looked at. */
  readonly folders: readonly string[];
  /** The cursor after this increment, if nothing fails. */
  readonly next: Cursor;
}

/** A release may become visible in the feed behind one that is younger. */
const overlapMs = 15 * 60 * 1000;

const dayMs = 24 * 3600 * 1000;

/** @throws {SourceError} if the feed and the index, or the source are down, or the index names too much that the target lacks */
export async function planIncrement(options: IncrementOptions): Promise<Increment> {
  const { cursor, settleMs, findings } = options;
  const { feedMs, releases, dropped } = await readFeedOr(options);
  const isIndexDue = feedMs === null || options.now() - cursor.indexMs >= dayMs;
  const now = options.now();
  if (dropped > 0) findings.add('refused', '', `the release feed has ${dropped} entries that name no possible version`);
  const seen = new Set(cursor.recent);
  const fresh = releases.filter((release) => !seen.has(nameOf(release)));
  const due = cursor.pending.filter(({ dueMs }) => dueMs <= now).map(({ folder }) => folder);
  const changed = isIndexDue || fresh.length + due.length > 0 ? await options.readChanges() : new Map<string, null>();
  const look = { ...options, changed };
  const lacking = isIndexDue ? await readIndex(look, feedMs === null) : [];
  const { folders, leftOut } = chooseFolders([...new Set([...fresh.map(({ folder }) => folder), ...due, ...lacking])], releases, look);
  const counts = await planFolders(folders, look);
  const chosen = new Set(folders);
  const settling: readonly PendingVersion[] = fresh
    .filter(({ folder }) => chosen.has(folder))
    .map(({ folder }) => ({ folder, dueMs: now + settleMs }));
  const waiting = cursor.pending.filter(({ dueMs }) => dueMs > now);
  const recent = releases.filter(({ releasedMs }) => releasedMs > now - 2 * overlapMs).map(nameOf);
  const read = feedMs === null ? {} : { feedMs: Math.max(now, cursor.feedMs), recent };
  const indexMs = isIndexDue ? now : cursor.indexMs;
  return { counts, folders, next: { ...cursor, ...read, indexMs, pending: [...waiting, ...settling], leftOut } };
}

/** Reads the feed. Its time is null if it is down, and the index may stand in for it. */
async function readFeedOr({ source, feed, cursor, signal, now }: IncrementOptions): Promise<ReadFeed & { readonly feedMs: number | null }> {
  try {
    return { ...(await readFeed(source, feed, cursor.feedMs - overlapMs, now, signal)), feedMs: now() };
  } catch (error) {
    if (!(error instanceof SourceError) || source.indexedPoms === undefined) throw error;
    return { releases: [], dropped: 0, feedMs: null };
  }
}

/** Returns the versions that only the index names. @param isOnlySource whether the feed is down */
async function readIndex({ source, signal, filtering, ...options }: Look, isOnlySource: boolean): Promise<readonly string[]> {
  if (source.indexedPoms === undefined) return [];
  filtering.noteLeftOut(options.cursor.leftOut);
  const isWanted = (pom: string): boolean => options.isWanted(pom) && filtering.names.takesVersion(folderOf(pom));
  try {
    const lacking = await versionsLacking({ ...options, poms: source.indexedPoms(signal), isWanted, filtering });
    if (lacking !== null) return lacking;
  } catch (error) {
    if (!isClojarsFetchError(error) || error.code !== 'ERR_UNREACHABLE') throw error;
    // A bucket need not have an index.
    if (!isOnlySource) return [];
  }
  throw new SourceError('neither the release feed nor the index tells what is new', false);
}

/** Applies the filters. Returns also what increments have left out since the last full sync. */
function chooseFolders(
  folders: readonly string[],
  releases: readonly FeedRelease[],
  { filtering, inventory, changed, cursor }: Look,
): { readonly folders: readonly string[]; readonly leftOut: readonly string[] } {
  const { names, filter } = filtering;
  const dates = new Map(releases.map(({ folder, releasedMs }) => [folder, releasedMs]));
  // A full sync also puts down the folder of an artifact, if its metadata failed.
  const named = folders.filter((folder) => names.takesVersion(folder) || names.takesGroup(folderOf(folder)));
  const finder = new LineFinder(inventory);
  try {
    const chosen = chooseReleases(named, { filter, releasedMs: (folder) => dates.get(folder) ?? null, inventory: finder, changed });
    const taken = new Set(chosen);
    const leftOut = [...new Set([...cursor.leftOut, ...named])].filter((folder) => !taken.has(folder));
    filtering.noteLeftOut(leftOut);
    return { folders: chosen, leftOut };
  } finally {
    finder.close();
  }
}

/** Returns the cursor in which versions that failed are due at once. */
export function cursorAfter({ folders, next }: Increment, findings: Findings, now: number): Cursor {
  const failed = findings.list.filter(({ kind, key }) => !isOfUpstream(kind) && key !== '').map(({ key }) => `${key}/`);
  const again = folders.filter((folder) => failed.some((key) => key.startsWith(`${folderOf(folder)}/`)));
  const others = next.pending.filter(({ folder }) => !again.includes(folder));
  return { ...next, pending: [...others, ...again.map((folder) => ({ folder, dueMs: now }))] };
}

function nameOf({ folder, releasedMs }: FeedRelease): string {
  return `${folder}@${releasedMs}`;
}

async function planFolders(folders: readonly string[], options: Look): Promise<PlanCounts> {
  const { inventory, plan, changed, isWanted, findings } = options;
  const now = options.now();
  const counts = { listed: 0, leftOut: 0, unchanged: 0, missing: 0, suspect: 0, gone: 0, bytes: 0 };
  if (folders.length === 0) return counts;
  const finder = new LineFinder(inventory);
  const sorter = new LineSorter(plan);
  try {
    for (const file of await filesOf(folders, finder, options)) {
      if (!options.filtering.names.takesKey(file.key)) continue;
      const problem = keyProblem(file.key);
      if (problem !== null) findings.add('refused', file.key, problem);
      if (problem !== null || !isWanted(file.key)) continue;
      const listed = formatListed(file);
      const key = lineKey(listed);
      const overlay = changed.get(fromLineText(key));
      const known = overlay === undefined ? finder.find(key) : overlay;
      counts.listed += 1;
      if (known !== null && !isSuspectLine(listed, known, now)) counts.unchanged += 1;
      else {
        counts[known === null ? 'missing' : 'suspect'] += 1;
        counts.bytes += file.size ?? 0;
        sorter.add(formatAction(listed, known));
      }
    }
    sorter.finish();
    return counts;
  } finally {
    finder.close();
    sorter.discard();
  }
}

/** Lists the versions, and adds the metadata of their artifacts. */
async function filesOf(folders: readonly string[], finder: LineFinder, options: Look): Promise<readonly SourceFile[]> {
  const { source, signal } = options;
  const artifacts = [...new Set(folders.map(folderOf))];
  const failures = new Map<string, SourceError>();
  const listOrNote = async (folder: string, list: () => Promise<readonly SourceFile[]>): Promise<readonly SourceFile[]> => {
    try {
      return await list();
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      failures.set(folder, error);
      return [];
    }
  };
  const listings = [
    ...folders.map((folder) => () => listOrNote(folder, () => source.listVersion(folder, signal))),
    ...artifacts.map(
      (artifact) => () =>
        listOrNote(artifact, async () => (await source.listMetadata?.(artifact, signal)) ?? usualMetadata(artifact, finder, options)),
    ),
  ];
  const files = new Map<string, SourceFile>();
  for (let index = 0; index < listings.length; index += options.parallel) {
    const listed = await Promise.all(listings.slice(index, index + options.parallel).map((list) => list()));
    for (const file of listed.flat()) files.set(file.key, file);
  }
  noteFailures(failures, folders, options);
  return [...files.values()];
}

/**
 * A folder that cannot be listed is looked at again by the next increment, and concerns no other.
 * @throws {SourceError} if the source as a whole does not answer
 */
function noteFailures(failures: ReadonlyMap<string, SourceError>, folders: readonly string[], { findings }: IncrementOptions): void {
  const [first] = failures.values();
  if (first?.isTransient === true && folders.every((folder) => failures.has(folder))) throw first;
  for (const [folder, error] of failures) findings.add('failed', folder, `it cannot be listed: ${error.message}`);
}

/** Returns the metadata of an artifact by the names of its files. Clojars makes two checksum files; others are asked for where they may be. */
function usualMetadata(artifact: string, finder: LineFinder, { changed }: Look): readonly SourceFile[] {
  const key = `${artifact}/maven-metadata.xml`;
  const isKnown = (file: string): boolean => {
    const overlay = changed.get(file);
    return overlay === undefined ? finder.find(toLineText(file)) !== null : overlay !== null;
  };
  const others = ['.sha256', '.sha512'].filter((end) => !isKnown(key) || isKnown(`${key}${end}`));
  return ['', '.md5', '.sha1', ...others].map((end) => ({ key: `${key}${end}`, size: null, mark: '', isGuess: true }));
}
