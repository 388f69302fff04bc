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
  const mebibyte = 2 ** 20;

  const start = () => {
    const flags: string[] = [];
    let memory = { young: 0, old: 0, oldUsed: 0 };
    const listeners = new Set<(isWhole: boolean) => void>();
    const restore = keepHeapSmall({
      setFlags: (flag) => flags.push(flag),
      memory: () => memory,
      onCollected: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
    /** Tells of a collection after which the heap has so many MiB. */
    const collected = (now: Partial<typeof memory>, isWhole = false): void => {
      const { young = 0, old = 0, oldUsed = 0 } = now;
      memory = { young: young * mebibyte, old: old * mebibyte, oldUsed: oldUsed * mebibyte };
      for (const listener of listeners) listener(isWhole);
    };
    return { flags, listeners, collected, restore };
  };

  test('sets flags that the V8 of this Node knows', () => {
    const { flags, collected, restore } = start();
    collected({ young: 4, old: 60, oldUsed: 20 }, true);
    restore();
    const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    expect(flags).toEqual([
      '--heap-growing-percent=50',
      '--semi-space-growth-factor=1',
      '--optimize-for-size',
      '--semi-space-growth-factor=2',
      '--no-optimize-for-size',
    ]);
    for (const flag of flags) expect(known).toContain(flag.split('=')[0]?.replace('--no-', '--'));
  });

  test('lets the space for new objects grow to 4 MiB, and again after V8 has made it smaller', () => {
    const { flags, collected } = start();
    for (const young of [2, 4, 8, 4, 1, 2, 4]) collected({ young });
    expect(flags.slice(1)).toEqual(['--semi-space-growth-factor=1', '--semi-space-growth-factor=2', '--semi-space-growth-factor=1']);
  });

  test('lets the next collection move old objects together if they take less than they may grow to, and only then', () => {
    const { flags, collected } = start();
    const ask = (old: number, oldUsed: number, isWhole = true): readonly string[] => {
      flags.length = 0;
      collected({ old, oldUsed }, isWhole);
      return [...flags];
    };
    expect(ask(31, 20)).toEqual([]);
    expect(ask(33, 20, false)).toEqual([]);
    expect(ask(33, 20)).toEqual(['--optimize-for-size']);
    expect(ask(34, 20)).toEqual([]);
    // New objects alone were collected: what is left of the old ones is not known.
    expect(ask(20, 20, false)).toEqual([]);
    expect(ask(25, 20)).toEqual(['--no-optimize-for-size']);
    expect(ask(15, 3)).toEqual([]);
  });

  test('sets the flags again with which code was loaded', () => {
    const { flags, listeners, collected, restore } = start();
    collected({ young: 4 });
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
