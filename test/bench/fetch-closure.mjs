/** The process under test: one client, all coordinates of a file at once. Prints its own counts as JSON. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { dist, coordinates, options } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { createClient } = await import(pathToFileURL(`${dist}/index.js`).href);
let hedges = 0;
let attempts = 0;
const client = createClient({
  ...options,
  onEvent(event) {
    if (event.type !== 'attempt-started') return;
    attempts += 1;
    if (event.hedge) hedges += 1;
  },
});
try {
  await Promise.all(coordinates.map((coordinate) => client.resolveArtifact(coordinate)));
} finally {
  await client.close();
}
process.stdout.write(JSON.stringify({ attempts, hedges, files: coordinates.length }));
