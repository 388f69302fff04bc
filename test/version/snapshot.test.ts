import { describe, expect, it } from 'vitest';

import { baseVersion, formatTimestampedVersion, isSnapshot, parseTimestampedVersion } from '../../src/maven/version/snapshot.js';

describe('snapshots', () => {
  it.each([
    ['1.0-20240101.010203-4', true, '1.0-SNAPSHOT'],
    ['1.0-SNAPSHOT', true, '1.0-SNAPSHOT'],
    ['20240101.010203-4', true, 'SNAPSHOT'],
    ['1.0', false, '1.0'],
    ['1.0-20240101.01020-4', false, '1.0-20240101.01020-4'],
    ['[1.0-20240101.010203-4', true, '[1.0-20240101.010203-4'],
    ['1.0-snapshot', false, '1.0-snapshot'],
  ])('are recognised: %s', (version, snapshot, base) => {
    expect([isSnapshot(version), baseVersion(version)]).toEqual([snapshot, base]);
  });

  it('are formatted as they were parsed', () => {
    const parsed = parseTimestampedVersion('1.0-rc-20240101.010203-12');
    expect(parsed).toEqual({ baseVersion: '1.0-rc-SNAPSHOT', timestamp: '20240101.010203', buildNumber: '12' });
    expect(formatTimestampedVersion('1.0-rc-SNAPSHOT', '20240101.010203', 12)).toBe('1.0-rc-20240101.010203-12');
    expect(parseTimestampedVersion('-'.repeat(1_000_000))).toBeNull();
  });
});
