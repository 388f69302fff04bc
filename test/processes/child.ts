/**
 * A process that fetches artifacts with the public API; bundled by bundle.ts. Arguments: the repository's URL, the local repository, the
 * folder for caches and records, then coordinates. Prints `started`, then one line per coordinate.
 */
import { createClient } from '../../src/app/client/client.js';
import { isClojarsFetchError } from '../../src/base/error.js';

const [url = '', localRepository = '', folder = '', ...coordinates] = process.argv.slice(2);

const client = createClient({
  repositories: [{ id: 'tests', url }],
  localRepository,
  cacheFolder: `${folder}/cache`,
  stateFolder: `${folder}/state`,
  settings: false,
});
process.stdout.write('started\n');
const lines = await Promise.all(
  coordinates.map(async (coordinate) => {
    try {
      const { path, sha256 } = await client.resolveArtifact(coordinate);
      return `ok ${sha256} ${path}`;
    } catch (error) {
      process.exitCode = 1;
      return isClojarsFetchError(error) ? `${error.code} ${error.reason} ${error.message}` : `crash ${String(error)}`;
    }
  }),
);
await client.close();
process.stdout.write(`${lines.join('\n')}\n`);
