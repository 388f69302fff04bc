import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

import { runNode } from '../support/processes.js';

it('npm run demo ends as expected and leaves nothing behind', async () => {
  const demo = fileURLToPath(new URL('../../examples/demo/demo.mjs', import.meta.url));
  const result = await runNode([demo]);
  expect(result.stderr).toBe('');
  expect(result.stdout).toContain('All as expected.');
  expect(result.stdout).toContain('Servers stopped, temporary files removed.');
  expect(result.code).toBe(0);
});
