/** Maps a place in a bundle to the file of `src` that it was built from, by the source map next to the bundle. */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export function createSources(project, dist) {
  const maps = new Map();
  const mapOf = (file) => {
    if (!maps.has(file)) {
      const payload = existsSync(`${file}.map`) ? JSON.parse(readFileSync(`${file}.map`, 'utf8')) : null;
      maps.set(file, payload === null ? null : new SourceMap(payload));
    }
    return maps.get(file);
  };
  /** Path beneath the project, `node:` module, or an empty text for code built into the engine. */
  return ({ url, lineNumber, columnNumber }) => {
    if (!url.startsWith('file:') && !url.startsWith('/')) return { source: url, line: lineNumber };
    const file = url.startsWith('file:') ? fileURLToPath(url) : url;
    if (dirname(file) !== dist) return { source: relative(project, file), line: lineNumber };
    const entry = mapOf(file)?.findEntry(lineNumber, columnNumber);
    if (entry?.originalSource === undefined) return { source: relative(project, file), line: lineNumber };
    return { source: relative(project, resolve(dirname(file), entry.originalSource)), line: entry.originalLine };
  };
}
