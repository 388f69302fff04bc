/** Chooses among the versions that an increment would look at. */
import type { LineFinder } from '../../../local/sorted-lines/line-finder.js';
import { fromLineText, lineKey, toLineText } from '../../../local/sorted-lines/line-text.js';
import { classifyKey } from '../../../maven/repository-index/classify-key.js';
import { folderOf, nameOf } from '../../../maven/repository-index/key.js';
import { chooseVersions } from './choose-versions.js';
import type { SyncFilter } from './filter-options.js';

export interface ReleaseChoice {
  readonly filter: SyncFilter;
  /** When a version was released, in epoch milliseconds; null if the feed did not say. @param folder of the version */
  readonly releasedMs: (folder: string) => number | null;
  /** The inventory, which has the newest versions of before. */
  readonly inventory: LineFinder;
  /** Keys whose lines changed since the inventory was written; null for files that are gone. */
  readonly changed: ReadonlyMap<string, string | null>;
}

/** Returns the folders of the versions that the filters take, as far as more than their names is needed to tell. */
export function chooseReleases(folders: readonly string[], choice: ReleaseChoice): readonly string[] {
  const { filter, releasedMs } = choice;
  if (filter.sinceMs === null && filter.latest === null) return folders;
  const chosen = new Set<string>();
  for (const artifact of new Set(folders.map(folderOf))) {
    const versions = new Map<string, number | null>();
    // Versions of the target were young enough before.
    for (const version of versionsAtTarget(artifact, choice)) versions.set(version, null);
    for (const folder of folders)
      if (folderOf(folder) === artifact && !versions.has(nameOf(folder))) versions.set(nameOf(folder), releasedMs(folder));
    const dated = [...versions].map(([version, released]) => ({ version, releasedMs: released }));
    for (const { version } of chooseVersions(dated, filter)) chosen.add(`${artifact}/${version}`);
  }
  return folders.filter((folder) => chosen.has(folder));
}

function versionsAtTarget(artifact: string, { inventory, changed }: ReleaseChoice): ReadonlySet<string> {
  const keys = [...inventory.startingWith(toLineText(`${artifact}/`))].map((line) => fromLineText(lineKey(line)));
  const versions = new Set<string>();
  for (const key of [...keys, ...changed.keys()]) {
    if (changed.get(key) === null) continue;
    const { kind, artifactFolder } = classifyKey(key);
    if (kind === 'version-file' && artifactFolder === artifact) versions.add(nameOf(folderOf(key)));
  }
  return versions;
}
