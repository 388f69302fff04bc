/** The two ways of fetching the closure that are compared: this package, and curl with the same URLs. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { distFolder, measure, verifyJars, work } from './lab.mjs';

const script = join(dirname(fileURLToPath(import.meta.url)), 'fetch-closure.mjs');

/**
 * How one process fetches the closure into an empty local repository.
 * @param caches a folder for the records of mirrors, for a second process; default: a new one
 * @param dist the build to run
 */
export function closureCall({ coordinates, primary, mirrors = [], concurrency, caches = null, ca, trust, dist = distFolder }) {
  const folder = mkdtempSync(join(work, 'run-'));
  const records = caches ?? folder;
  const options = {
    settings: false,
    repositories: [{ id: 'primary', url: primary, mirrors }],
    localRepository: join(folder, 'local'),
    cacheFolder: join(records, 'cache'),
    stateFolder: join(folder, 'state'),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(ca === undefined ? {} : { ca }),
    ...(trust === undefined ? {} : { trust }),
  };
  const input = join(folder, 'input.json');
  writeFileSync(input, JSON.stringify({ dist, coordinates, options }));
  return { args: [script, input], local: options.localRepository };
}

/** Runs {@link closureCall}, and compares the fetched files. */
export async function fetchClosure({ data, env, ...call }) {
  const { args, local } = closureCall(call);
  const run = await measure(process.execPath, args, { env });
  verifyJars(local, data.folder);
  return { ...run, ...JSON.parse(run.stdout) };
}

/** curl, the same files, 50 at once, over HTTP/1.1 by default. */
export async function curlClosure({ data, primary, certificate = null }) {
  const folder = mkdtempSync(join(work, 'curl-'));
  const local = join(folder, 'local');
  mkdirSync(local);
  const list = join(folder, 'urls');
  writeFileSync(list, data.files.map((file) => `url="${primary}${file}"\noutput="${local}${file}"`).join('\n'));
  const tls = certificate === null ? ['--http1.1'] : ['--http2', '--cacert', certificate];
  const run = await measure('curl', [
    '-sSf',
    '--create-dirs',
    ...tls,
    '--parallel',
    ...(certificate === null ? ['--parallel-immediate'] : []),
    '--parallel-max',
    '50',
    '-K',
    list,
  ]);
  verifyJars(local, data.folder);
  return run;
}
