import { isAbsolute, relative, sep } from 'node:path';

/** Whether `path` is `folder` or beneath it. Both absolute, links already followed. */
export function isBeneath(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
