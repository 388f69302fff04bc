import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatListing, formatRepositoryList, type ListedEntry, type ListingPage } from '../../../src/app/proxy/http/listing.js';
import { codePoint } from '../../support/code-point.js';
import { byName } from './headers.js';

const html = ({ body }: ListingPage): string => Buffer.from(body).toString('utf8');
const links = (page: ListingPage): string[] => [...html(page).matchAll(/href="([^"]*)"/g)].map(([, href]) => href ?? '');
const file = (name: string): ListedEntry => ({ name, folder: false, size: 1234, modifiedMs: Date.UTC(2024, 0, 2, 3, 4) });
const folder = (name: string): ListedEntry => ({ name, folder: true, size: null, modifiedMs: null });

describe('a listing', () => {
  it('shows folders first, with dates and sizes, and links to its parent', () => {
    const page = formatListing('clojars', 'g/a', [file('b.jar'), folder('z'), file('a.jar')]);
    expect(links(page)).toEqual(['/clojars/g/', '/clojars/g/a/z/', '/clojars/g/a/a.jar', '/clojars/g/a/b.jar']);
    expect(html(page)).toContain('<td>2024-01-02 03:04</td><td class="size">1234</td>');
    expect(links(formatListing('clojars', '', []))).toEqual(['/']);
    expect(links(formatRepositoryList(['central', 'clojars']))).toEqual(['/central/', '/clojars/']);
  });

  it('lets nothing run or load', () => {
    const headers = byName(formatListing('clojars', '', []).headers);
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'/,
    );
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff' });
  });

  it('escapes names, whatever they are', () => {
    const page = formatListing('clojars', 'g', [file('<script>alert(1)</script>"\'&.jar'), file('\u202egnp.jar'), file('\ud800')]);
    expect(html(page)).not.toMatch(/<script|\u202e/);
    expect(html(page)).toContain('\\u202egnp.jar');
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 20 }), fc.boolean(), (name, isFolder) => {
        const text = html(formatListing('clojars', 'g', [{ name, folder: isFolder, size: Number.NaN, modifiedMs: Number.NaN }]));
        expect(text.match(/<[a-z]+/g)).toEqual(html(formatListing('clojars', 'g', [file('a')])).match(/<[a-z]+/g));
        expect(byName(formatListing('clojars', 'g', [file(name)]).headers)['content-length']).toBe(
          String(formatListing('clojars', 'g', [file(name)]).body.length),
        );
      }),
      { numRuns: 200 },
    );
  });
});
