/** The process under test: one client, one closure. Prints its own counts and processor time as JSON. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { dist, roots, options, dependencyOptions } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { createClient } = await import(pathToFileURL(`${dist}/index.js`).href);
const client = createClient(options);
try {
  const before = process.cpuUsage();
  const { dependencies } = await client.resolveDependencies(roots, dependencyOptions);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(JSON.stringify({ dependencies: dependencies.length, ownCpuMs: (user + system) / 1000 }));
} finally {
  await client.close();
}
