/** Decides by the path alone: by the group, and by whether it is a snapshot. */
import { matchGroupOrParent } from '../../../maven/coordinate/group-pattern.js';
import { classifyKey } from '../../../maven/repository-index/classify-key.js';
import { folderOf, nameOf } from '../../../maven/repository-index/key.js';
import { leavesAnythingOut, type SyncFilter } from './filter-options.js';

export class NameFilter {
  readonly #filter: SyncFilter;
  readonly #isOn: boolean;
  /** Keys come in order, so that many follow each other in one group. */
  #last = { folder: '', isWanted: false };

  constructor(filter: SyncFilter) {
    this.#filter = filter;
    this.#isOn = leavesAnythingOut(filter);
  }

  /** Whether the artifacts of a folder belong to a group that the user wants. */
  takesGroup(folder: string): boolean {
    const { groups } = this.#filter;
    if (groups === null) return true;
    if (folder !== this.#last.folder) this.#last = { folder, isWanted: groups.some((pattern) => isOfGroup(folder, pattern)) };
    return this.#last.isWanted;
  }

  /** @param folder of a version */
  takesVersion(folder: string): boolean {
    return (this.#filter.snapshots || !isSnapshot(folder)) && this.takesGroup(folderOf(folderOf(folder)));
  }

  takesKey(key: string): boolean {
    if (!this.#isOn) return true;
    const file = classifyKey(key).subject ?? key;
    const folder = folderOf(file);
    const { kind } = classifyKey(file);
    if (kind === 'version-file') return this.takesVersion(folder);
    if (kind === 'metadata') return isSnapshot(folder) ? this.takesVersion(folder) : this.takesGroup(folderOf(folder));
    // Files at the top, such as indexes, name versions that are left out.
    return folder !== '' && this.#takesOther(folder);
  }

  /** Whether anything that is wanted may lie in a folder or beneath it. */
  mayContain(folder: string): boolean {
    if (!this.#filter.snapshots && isSnapshot(folder)) return false;
    return this.#filter.groups?.some((pattern) => mayMeet(pattern, folder)) ?? true;
  }

  /** Other files may lie in the folder of a group, of an artifact or of a version. */
  #takesOther(folder: string): boolean {
    if (!this.#filter.snapshots && isSnapshot(folder)) return false;
    if (this.takesGroup(folderOf(folder)) || this.takesGroup(folder)) return true;
    return /\d/.test(nameOf(folder)) && this.takesGroup(folderOf(folderOf(folder)));
  }
}

/** @param folder of the group */
export function isOfGroup(folder: string, pattern: string): boolean {
  return folder !== '' && matchGroupOrParent(pattern, folder.replace(/\//g, '.')) !== null;
}

function isSnapshot(folder: string): boolean {
  return folder.endsWith('-SNAPSHOT');
}

function mayMeet(pattern: string, folder: string): boolean {
  const isOpen = pattern.endsWith('*');
  const group = pattern.replace(/\.?\*$/, '').replace(/\./g, '/');
  if (folder === '' || group === '' || group === folder || group.startsWith(`${folder}/`)) return true;
  if (!folder.startsWith(`${group}/`)) return false;
  return isOpen || folder.slice(group.length + 1).split('/').length <= 2;
}
