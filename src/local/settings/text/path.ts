/** Resolves paths and URLs as people write them. */
import { isAbsolute, join, resolve } from 'node:path';

/** Makes a path absolute: `~` and `~/…` start at the home folder, relative paths at `folder`. */
export function resolvePath(path: string, folder: string, homeFolder: string): string {
  if (path === '~') return homeFolder;
  if (path.startsWith('~/') || path.startsWith('~\\')) return join(homeFolder, path.slice(2));
  return isAbsolute(path) ? path : resolve(folder, path);
}

/** Whether the text is an `http:` or `https:` URL. */
export function isWebUrl(textOrPath: string): boolean {
  return /^https?:\/\//i.test(textOrPath);
}
