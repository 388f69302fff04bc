/**
 * Makes a fresh clone ready: installs the packages of package-lock.json and builds, each only if missing or out of date. Runs before `npm
 * test` and `npm run demo`; uses only Node and npm. With `--types`, it builds the type declarations, too: they take three times as long as
 * the code, and only the checks of the package read them. Exit code: that of the step that failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * True if node_modules holds another set of packages than the lockfile names. npm records what it installed in
 * node_modules/.package-lock.json; packages of other platforms are optional and may be absent from it.
 *
 * @param {string} root
 */
export function isInstallNeeded(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null) throw new Error('package-lock.json is missing or unreadable');
  if (installed === null) return true;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link === true) continue;
    const found = installed[path];
    if (found === undefined ? !isMayBeAbsent(entry) : found.version !== entry.version || found.integrity !== entry.integrity) return true;
    // The record says so, but the folder may have been deleted since.
    if (found !== undefined && !existsSync(join(root, path))) return true;
  }
  return false;
}

/**
 * True if a file with code that package.json promises beneath dist is missing or older than any source.
 *
 * @param {string} root
 */
export function isBuildNeeded(root) {
  return isOutdated(root, (file) => !isDeclaration(file));
}

/**
 * True if a type declaration that package.json promises beneath dist is missing or older than any source.
 *
 * @param {string} root
 */
export function areTypesNeeded(root) {
  return isOutdated(root, isDeclaration);
}

const isDeclaration = (file) => /\.d\.[cm]?ts$/.test(file);

function isOutdated(root, isMeant) {
  const promised = listOutputs(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).filter(isMeant);
  const outputs = promised.map((file) => modifiedMs(join(root, file)));
  if (outputs.some((ms) => ms === null)) return true;
  const inputs = ['src', 'package.json', 'tsconfig.json', 'tsup.config.ts'].map((name) => newestMs(join(root, name)));
  return Math.max(...inputs) > Math.min(...outputs);
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

const isMayBeAbsent = (entry) => entry.optional === true || entry.devOptional === true || entry.peer === true;

/** Every path beneath dist in `bin`, `main`, `module`, `types` and `exports`. */
function listOutputs(value) {
  if (typeof value === 'string') return /^(\.\/)?dist\//.test(value) && !value.includes('*') ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  if ('exports' in value && 'name' in value) return [value.bin, value.main, value.module, value.types, value.exports].flatMap(listOutputs);
  return Object.values(value).flatMap(listOutputs);
}

function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

/** Folders count too: their time changes when a file beneath is deleted. */
function newestMs(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

function npm(root, argumentsList) {
  process.stderr.write(`> npm ${argumentsList.join(' ')}\n`);
  // npm tells its scripts where it is; without it (run by hand) the shell finds it.
  const script = process.env.npm_execpath;
  const { status, error } =
    script !== undefined && /\.c?js$/.test(script)
      ? spawnSync(process.execPath, [script, ...argumentsList], { cwd: root, stdio: ['ignore', 2, 2] })
      : spawnSync('npm', argumentsList, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  if (isInstallNeeded(root)) npm(root, ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (isBuildNeeded(root)) npm(root, ['run', '--silent', 'build:code']);
  if (process.argv.includes('--types') && areTypesNeeded(root)) npm(root, ['run', '--silent', 'build:types']);
}
