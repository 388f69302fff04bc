import { execFileSync } from 'node:child_process';

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
  test('sets flags that the V8 of this Node knows', () => {
    const flags: string[] = [];
    const engine = { version: process.versions.v8, setFlags: (flag: string) => flags.push(flag) };
    keepHeapSmall(engine);
    expect(flags).toEqual(['--heap-growing-percent=70']);
    const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    for (const flag of flags) expect(known).toContain(flag.split('=')[0]);
  });
});
