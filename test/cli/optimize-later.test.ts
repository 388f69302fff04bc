import { execFileSync } from 'node:child_process';

import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';

import { keepHeapSmall } from '../../src/cli/start/keep-heap-small.js';
import { optimizeLater } from '../../src/cli/start/optimize-later.js';

describe('optimizing later', () => {
  const flagsFor = (version: string): readonly string[] => {
    const flags: string[] = [];
    optimizeLater({ version, setFlags: (flag) => flags.push(flag) });
    return flags;
  };

  test('raises the interrupt budget of the V8 in Node 20', () => {
    expect(flagsFor('11.3.244.8-node.38')).toEqual(['--interrupt-budget=270336']);
  });

  test('sets no flag in a V8 that would not know it', () => {
    for (const version of ['12.4.254.21-node.33', '13.6.233.10-node.28', '110.1.0', '']) expect(flagsFor(version)).toEqual([]);
  });
});

describe('keeping the heap small', () => {
  const start = () => {
    const flags: string[] = [];
    let young = 0;
    const listeners = new Set<() => void>();
    const restore = keepHeapSmall({
      setFlags: (flag) => flags.push(flag),
      youngBytes: () => young,
      onCollected: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
    const collected = (bytes: number): void => {
      young = bytes;
      for (const listener of listeners) listener();
    };
    return { flags, listeners, collected, restore };
  };

  test('sets flags that the V8 of this Node knows', () => {
    const { flags, collected } = start();
    collected(4 * 2 ** 20);
    const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    expect(flags).toEqual(['--heap-growing-percent=70', '--semi-space-growth-factor=1']);
    for (const flag of flags) expect(known).toContain(flag.split('=')[0]);
  });

  test('lets the space for new objects grow to 4 MiB, and then looks no more', () => {
    const { flags, listeners, collected } = start();
    collected(2 * 2 ** 20);
    expect(flags).toHaveLength(1);
    collected(4 * 2 ** 20);
    expect(flags.slice(1)).toEqual(['--semi-space-growth-factor=1']);
    expect(listeners.size).toBe(0);
  });

  test('sets the flags again with which code was loaded', () => {
    const { flags, listeners, collected, restore } = start();
    collected(4 * 2 ** 20);
    restore();
    expect(flags.at(-1)).toBe('--semi-space-growth-factor=2');
    expect(listeners.size).toBe(0);
  });

  test('holds in a process that keeps many objects for a while', async () => {
    const bundle = await build({
      entryPoints: ['src/cli/start/keep-heap-small.ts'],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'cjs',
    });
    const script = `
      ${bundle.outputFiles[0]?.text ?? ''}
      keepHeapSmall();
      const kept = [];
      let rounds = 0;
      setImmediate(function more() {
        for (let i = 0; i < 2_000; i += 1) kept[(rounds * 2_000 + i) % 100_000] = { rounds, text: 'x' + i };
        if (++rounds < 1_500) return void setImmediate(more);
        console.log(require('node:v8').getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size);
      });`;
    const spaceBytes = Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
    // A fast machine may let it grow once more before it is noticed.
    expect(spaceBytes).toBeLessThan(20 * 2 ** 20);
  });
});
