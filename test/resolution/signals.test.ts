/** Hundreds of files listen to one signal: that is no leak, and Node must not tell users that it is. */
import { expect } from 'vitest';

import { it } from '../support/workbench.js';
import { world } from './stage.js';

it('a closure with many files under way at once warns of no leak', async ({ bench }) => {
  const many = Array.from({ length: 40 }, (_, index) => `d${index}`);
  const server = await bench.serve(world(`a:1 -> ${many.map((name) => `${name}:1`).join(', ')}`, ...many.map((name) => `${name}:1`)), {
    fault: { delayMs: 30 },
  });
  const warnings: string[] = [];
  const listen = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
  process.on('warning', listen);
  try {
    const { dependencies } = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveDependencies(['g:a:1']);
    expect(dependencies).toHaveLength(41);
    await new Promise((resolve) => setImmediate(resolve)); // warnings are emitted on the next tick
  } finally {
    process.off('warning', listen);
  }
  expect(warnings).toEqual([]);
});
