/** Tells earlier plans from earlier results, before the work begins. */
import { resolve } from 'node:path';

import { isPlan } from './plan/plan-file.js';
import { ResultReader } from './result/result-reader.js';

/**
 * Returns those of some files that are results; the others are plans. Reads only their first lines.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part`: one is missing, or neither
 */
export function earlierResults(files: readonly string[]): readonly string[] {
  return files.filter((file) => {
    if (isPlan(resolve(file))) return false;
    new ResultReader(resolve(file)).close();
    return true;
  });
}
