/** Nothing that too few operators say is in the file that is served, and published bytes are kept only if they can be believed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { believeMetadata, type ServedSource } from '../../src/maven/metadata/document.js';
import { formatMetadata } from '../../src/maven/metadata/format.js';
import { parseMetadata } from '../../src/maven/metadata/metadata.js';

const compareVersions = (a: string, b: string): number => Number(a) - Number(b);

interface Said {
  readonly versions: readonly string[];
  readonly plugins: readonly string[];
  readonly operator: string | null;
  readonly canonical: boolean;
  readonly secure: boolean;
  readonly comment: string;
}

function sourceOf({ versions, plugins, operator, canonical, secure, comment }: Said, index: number): ServedSource {
  const text = `<metadata><!--${comment}--><versioning><release>${versions.at(-1) ?? ''}</release><versions>${versions.map((one) => `<version>${one}</version>`).join('')}</versions><lastUpdated>20240101000000</lastUpdated></versioning><plugins>${plugins.map((one) => `<plugin><prefix>${one}</prefix><artifactId>${one}</artifactId></plugin>`).join('')}</plugins></metadata>`;
  const bytes = Buffer.from(text);
  const places = [`host${index}:443`];
  return {
    metadata: parseMetadata(bytes),
    bytes,
    mirror: `https://m${index}.test/`,
    operator,
    canonical,
    trusted: canonical,
    secure,
    places,
  };
}

const said: fc.Arbitrary<Said> = fc.record({
  versions: fc.subarray(['1', '2', '3']),
  plugins: fc.subarray(['x', 'y']),
  operator: fc.constantFrom('a', 'b', 'c', null),
  canonical: fc.constantFrom(true, false, false),
  secure: fc.constantFrom(true, true, false),
  comment: fc.constantFrom('', 'other'),
});

describe('the believed metadata', () => {
  it('lists what an authority lists, or a quorum of operators, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 5 }), fc.integer({ min: 2, max: 3 }), (all, quorum) => {
        const sources = all.map(sourceOf);
        const believed = believeMetadata(sources, { compareVersions, quorum });
        const operatorsOf = (lists: (one: Said) => boolean): number =>
          new Set(all.flatMap((one) => (one.operator !== null && one.secure && lists(one) ? [one.operator] : []))).size;
        const hasAuthority = all.some(({ canonical }) => canonical);
        const isProven = (lists: (one: Said) => boolean): boolean =>
          all.some((one) => one.canonical && lists(one)) || (!hasAuthority && operatorsOf(lists) >= quorum);
        for (const version of believed?.metadata.versions ?? [])
          expect(isProven((one) => one.versions.includes(version)) || operatorsOf((one) => one.versions.includes(version)) >= quorum).toBe(
            true,
          );
        for (const { prefix } of believed?.metadata.plugins ?? []) expect(isProven((one) => one.plugins.includes(prefix))).toBe(true);
        if (believed === null) expect(hasAuthority).toBe(false);
      }),
    );
  });

  it('is served with published bytes only if an authority or a quorum sent exactly these, and they say the same', () => {
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 5 }), (all) => {
        const believed = believeMetadata(all.map(sourceOf), { compareVersions, quorum: 2 });
        for (const { bytes, canonical, metadata } of believed?.asServed ?? []) {
          const same = all.filter((one, index) => Buffer.compare(sourceOf(one, index).bytes, bytes) === 0);
          const operators = new Set(same.flatMap(({ operator, secure }) => (operator !== null && secure ? [operator] : [])));
          expect(canonical || operators.size >= 2).toBe(true);
          expect([...metadata.versions].sort()).toEqual([...(believed?.metadata.versions ?? [])].sort());
          expect(metadata.plugins).toEqual(believed?.metadata.plugins);
        }
      }),
    );
  });

  it('can always be written and read back', () => {
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 5 }), (all) => {
        const believed = believeMetadata(all.map(sourceOf), { compareVersions, quorum: 2 });
        if (believed !== null) expect(parseMetadata(formatMetadata(believed.metadata))).toEqual({ ...believed.metadata, dropped: [] });
      }),
    );
  });
});
