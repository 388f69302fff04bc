import { describe, expect, it } from 'vitest';

import { parseUrl } from '../../src/base/parse-url.js';

describe('parseUrl', () => {
  it('reads absolute URLs, and relative ones with a base', () => {
    expect(parseUrl('https://example.org/a b')?.href).toBe('https://example.org/a%20b');
    expect(parseUrl('../x', 'https://example.org/a/b')?.href).toBe('https://example.org/x');
  });

  it.each(['', 'x', '//example.org', 'https://', 'https://[::1', 'https://a b/'])('returns null for %j', (text) => {
    expect(parseUrl(text)).toBeNull();
  });

  it('reads a name with an umlaut, however often it is called', () => {
    for (let times = 0; times < 50_000; times++) {
      if (parseUrl('https://bücher.example/')?.hostname !== 'xn--bcher-kva.example') throw new Error(`wrong after ${times} calls`);
    }
  });
});
