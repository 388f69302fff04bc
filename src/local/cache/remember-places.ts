import { RecentMap } from '../../base/recent-map.js';

/** Where a file of a repository is. */
export interface Place {
  /** `<repository>/<path>`. */
  readonly key: string;
  /** `<repository>/<path of the folder>`. */
  readonly folder: string;
  /** Absolute. */
  readonly file: string;
}

const mostRemembered = 2_000;

/** Remembers the last files: checking a path takes a while, and a hot file is asked for thousands of times. */
export function rememberPlaces(
  find: (repository: string, path: string) => string | null,
): (repository: string, path: string) => Place | null {
  const known = new RecentMap<string, Place | null>(mostRemembered);
  return (repository, path) => {
    const key = `${repository}/${path}`;
    const place = known.get(key);
    if (place !== undefined) return place;
    const file = find(repository, path);
    const found = file === null ? null : { key, folder: key.slice(0, key.lastIndexOf('/')), file };
    known.set(key, found);
    return found;
  };
}
