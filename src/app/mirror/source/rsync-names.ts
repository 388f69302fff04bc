/** Chooses where the files of one run of rsync are put. */

/** A name in the staging folder, and the name that rsync is asked for: what precedes `/./` in it is only where the source has the file. */
export interface RsyncName {
  readonly name: string;
  readonly asked: string;
}

/** By key, the names with which each file keeps its folders. */
export function fullNames(keys: readonly string[]): ReadonlyMap<string, RsyncName> {
  return new Map(keys.map((key) => [key, { name: key, asked: key }]));
}

/**
 * Returns by key the shortest names that differ: making and removing a folder takes longer than a small file. Files of the top folder come
 * first, since rsync may be unable to go back to it.
 */
export function shortNames(keys: readonly string[]): ReadonlyMap<string, RsyncName> {
  const taken = new TakenNames();
  const names = keys.map((key): [string, RsyncName] => {
    const name = taken.take(key);
    return [key, { name, asked: name === key ? key : `${key.slice(0, -name.length)}./${name}` }];
  });
  return new Map([...names.filter(([key, { name }]) => key === name), ...names.filter(([key, { name }]) => key !== name)]);
}

class TakenNames {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** Returns the shortest end of a key that neither is taken, nor lies in a file, nor is a folder of another one. */
  take(key: string): string {
    let start = key.lastIndexOf('/') + 1;
    while (start > 0 && !this.#isFree(key.slice(start))) start = key.lastIndexOf('/', start - 2) + 1;
    const name = key.slice(start);
    this.#files.add(name.toLowerCase());
    for (const folder of foldersOf(name)) this.#folders.add(folder);
    return name;
  }

  #isFree(name: string): boolean {
    const lower = name.toLowerCase();
    return !this.#files.has(lower) && !this.#folders.has(lower) && !foldersOf(name).some((folder) => this.#files.has(folder));
  }
}

/** In lower case, since names that differ only in case are one file on some systems. */
function foldersOf(name: string): readonly string[] {
  const lower = name.toLowerCase();
  const folders: string[] = [];
  for (let at = lower.indexOf('/'); at !== -1; at = lower.indexOf('/', at + 1)) folders.push(lower.slice(0, at));
  return folders;
}
