import { existsSync } from 'node:fs';

import { expect, it } from 'vitest';

import { runNode } from './processes.js';

it("returns code and output, and passes nothing of the user's environment", async () => {
  const result = await runNode(
    ['-e', 'for (const [name, value] of Object.entries(process.env)) console.log(`${name}=${value}`); console.error("e"); process.exit(3)'],
    { env: { EXTRA: '1' } },
  );
  expect(result).toMatchObject({ code: 3, signal: null, stderr: 'e\n', timedOut: false });
  const lines = new Map(
    result.stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const home = lines.get('HOME') ?? '';
  expect(home).not.toBe(process.env['HOME']);
  expect(lines.get('EXTRA')).toBe('1');
  expect(lines.has('VITEST')).toBe(false);
  for (const name of ['XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME']) expect(lines.get(name)?.startsWith(home)).toBe(true);
  expect(existsSync(home)).toBe(false);
});

it('kills a process that does not end', async () => {
  const result = await runNode(['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 300 });
  expect(result).toMatchObject({ code: null, signal: 'SIGKILL', timedOut: true });
});
