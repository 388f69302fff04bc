import { isAbsolute, relative, sep } from 'node:path';

/** Whether `path` is `folder` or beneath it. Both absolute, links already followed. */
export function isBeneath(folder: string, path: string): boolean {
  // Spares nearly every path the work of `relative`.
  if (path.startsWith(folder) && path[folder.length] === sep && !path.includes('..')) return true;
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
