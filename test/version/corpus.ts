import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const folder = process.env['CLOJARS_FETCH_CORPUS'] ?? fileURLToPath(new URL('../../../shared/conformance', import.meta.url));

/** Why corpus tests are skipped, or null if the corpus is present. */
export const corpusAbsent = existsSync(join(folder, 'versions.json.gz')) ? null : `no corpus in ${folder} (set CLOJARS_FETCH_CORPUS)`;

export function readCorpus(file: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString('utf8'));
}
