/**
 * Compiles the sources before a run, so that Node itself loads them in every worker. Otherwise Vite transforms each module, and hands it to
 * each worker as text in which imports are properties of objects: together, this took a tenth of the processor time of all tests. Every
 * statement stays on its line, and stack traces name the source. A set-up of Vitest (`globalSetup`).
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { transform } from 'sucrase';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'node_modules', '.cache', 'clojars-fetch-sources');

/** Leads imports of sources, such as `../../src/index.js`, to what was compiled. */
export const compiledSources = { find: /^(?:\.\.\/)+src\/(.*\.js)$/, replacement: `${join(folder, 'src')}/$1` };

export default function setup(): void {
  writeWhole(join(folder, 'package.json'), '{ "type": "module" }\n');
  // Node warns of modules that are JSON.
  writeWhole(join(folder, 'package.json.js'), `export default ${readFileSync(join(root, 'package.json'), 'utf8')}`);
  const sources = listFiles(join(root, 'src'), '.ts');
  for (const name of sources) compile(join(root, 'src', `${name}.ts`), join(folder, 'src', `${name}.js`));
  // The import of a deleted source must fail.
  const known = new Set(sources);
  for (const name of listFiles(join(folder, 'src'), '.js'))
    if (!known.has(name)) rmSync(join(folder, 'src', `${name}.js`), { force: true });
}

/** Beneath a folder, without the ending. */
function listFiles(parent: string, ending: string): readonly string[] {
  const files = readdirSync(parent, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending));
  return files.map((name) => name.slice(0, -ending.length));
}

/** Does nothing if the result has the time of the source: then it was made from it. */
function compile(source: string, result: string): void {
  const { mtime } = statSync(source);
  if (statSync(result, { throwIfNoEntry: false })?.mtimeMs === mtime.getTime()) return;
  const { code } = transform(readFileSync(source, 'utf8'), {
    filePath: source,
    transforms: ['typescript'],
    disableESTransforms: true,
    keepUnusedImports: true,
  });
  const text = code.replaceAll(/from '([^']+\.json)' with \{ type: 'json' \}/g, "from '$1.js'");
  writeWhole(result, `${text}\n//# sourceURL=${pathToFileURL(source).href}\n`, mtime);
}

/** Another run may read the file meanwhile. */
function writeWhole(file: string, text: string, time = new Date()): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, text);
  utimesSync(temporary, time, time);
  renameSync(temporary, file);
}
