import { describe, expect, test } from 'vitest';

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
