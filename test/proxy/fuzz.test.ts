/** Requests that no client sends, to a whole proxy over sockets. `npm run soak` sends a million of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { fuzzProxy } from '../soak/proxy/fuzz-run.js';
import { greeter } from '../support/workbench.js';
import { it } from './bench.js';

it('answers every request once and well formed, or closes, and nothing from outside gets out', async ({ bench }) => {
  const files = greeter();
  const server = await bench.serve(files);
  const canary = 'text outside of the repositories';
  mkdirSync(join(bench.folder, 'cache', 'proxy', 'etc'), { recursive: true });
  writeFileSync(join(bench.folder, 'cache', 'proxy', 'etc', 'passwd'), canary);
  // The server answers everything; so only a busy machine could use up the patience.
  const proxy = await bench.inFrontOf(server.url, { patienceMs: 30_000 });
  const fuzzed = { port: Number(new URL(proxy.url).port), repositories: ['r'], files, canary };
  const { done, statuses, violations } = await fuzzProxy(fuzzed, 2_000, { seed: 20_261_129 });
  expect(violations).toEqual([]);
  expect(done).toBe(2_000);
  // Otherwise the requests would show nothing.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 403, 404, 405, 421]));
  for (const { path } of server.requests) expect(path).toMatch(/^[A-Za-z0-9.][A-Za-z0-9._/-]*$/);
});
