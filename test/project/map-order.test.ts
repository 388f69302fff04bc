/** Clojure 1.11.1 printed the expected values. */
import { describe, expect, test } from 'vitest';

import { hashOfSymbol, SymbolMap } from '../../src/maven/build-file/clojure/map-order.js';

test.each([
  ['a', -482876059],
  ['/', -1371932971],
  ['ring', 666181197],
  ['org.clojure/clojure', -1720503840],
  ['metosin/reitit', 1185405244],
  ['io.github.clojure/tools.build', -729211334],
  ['foo/bar$baz', -1337757355],
  ['é/ü', -1440086506],
])('the hash of %s', (symbol, hash) => expect(hashOfSymbol(symbol)).toBe(hash));

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `g${(7 * index) % 5}/lib${index}`);
const mapOf = (list: readonly string[]): SymbolMap<number> => new SymbolMap(list.map((name, index) => [name, index]));
const keys = (map: SymbolMap<number>): string => [...map].map(([name]) => name).join(' ');

describe('the order of a map', () => {
  test('of eight entries is as written', () => expect(keys(mapOf(names(8)))).toBe(names(8).join(' ')));

  test('of nine entries is by hash', () =>
    expect(keys(mapOf(names(9)))).toBe('g4/lib7 g0/lib5 g4/lib2 g1/lib3 g0/lib0 g2/lib1 g1/lib8 g2/lib6 g3/lib4'));

  test('of 200 entries is by hash', () =>
    expect(keys(mapOf(names(200)))).toBe(
      'g3/lib169 g1/lib73 g3/lib9 g1/lib128 g2/lib121 g1/lib118 g4/lib32 g3/lib84 g4/lib7 g0/lib5 g4/lib57 g1/lib83 g4/lib62 g0/lib170 g2/lib26 g3/lib159 g1/lib123 g4/lib197 g1/lib168 g0/lib10 g1/lib113 g4/lib2 g4/lib152 g2/lib161 g4/lib92 g0/lib90 g3/lib89 g4/lib72 g1/lib158 g4/lib67 g3/lib59 g3/lib144 g2/lib116 g1/lib138 g1/lib3 g2/lib96 g4/lib22 g3/lib49 g3/lib64 g2/lib86 g4/lib37 g3/lib189 g3/lib114 g3/lib79 g4/lib17 g2/lib181 g1/lib43 g1/lib38 g0/lib95 g0/lib130 g1/lib98 g2/lib131 g3/lib19 g1/lib88 g2/lib66 g3/lib109 g0/lib155 g1/lib28 g2/lib81 g0/lib30 g0/lib120 g2/lib51 g3/lib99 g1/lib198 g1/lib178 g1/lib183 g1/lib163 g4/lib112 g2/lib141 g1/lib193 g0/lib190 g3/lib39 g2/lib171 g4/lib132 g0/lib175 g0/lib140 g0/lib165 g0/lib0 g2/lib156 g3/lib154 g4/lib127 g1/lib33 g1/lib58 g1/lib133 g0/lib70 g2/lib11 g3/lib104 g2/lib31 g0/lib20 g2/lib16 g2/lib126 g0/lib60 g3/lib129 g4/lib147 g4/lib102 g2/lib186 g3/lib139 g4/lib27 g2/lib106 g4/lib142 g3/lib119 g4/lib172 g2/lib196 g0/lib25 g2/lib146 g0/lib75 g2/lib61 g3/lib29 g1/lib53 g0/lib45 g0/lib65 g4/lib107 g3/lib134 g2/lib46 g0/lib145 g2/lib176 g4/lib97 g0/lib195 g3/lib94 g0/lib80 g2/lib191 g3/lib199 g2/lib71 g4/lib137 g3/lib194 g3/lib69 g1/lib13 g1/lib78 g1/lib68 g2/lib111 g0/lib185 g4/lib87 g2/lib151 g1/lib48 g3/lib179 g3/lib54 g1/lib23 g1/lib148 g1/lib93 g4/lib192 g3/lib164 g4/lib187 g3/lib149 g1/lib18 g4/lib82 g0/lib15 g2/lib36 g4/lib52 g4/lib77 g3/lib74 g0/lib35 g0/lib125 g4/lib167 g1/lib188 g4/lib122 g1/lib63 g3/lib24 g3/lib34 g4/lib162 g2/lib1 g0/lib115 g2/lib41 g1/lib103 g0/lib40 g3/lib184 g1/lib8 g3/lib124 g0/lib100 g2/lib91 g2/lib6 g4/lib177 g4/lib117 g4/lib12 g0/lib105 g0/lib50 g3/lib14 g0/lib180 g3/lib44 g2/lib76 g3/lib4 g0/lib150 g2/lib56 g0/lib110 g1/lib143 g2/lib136 g4/lib42 g1/lib173 g1/lib153 g4/lib47 g0/lib160 g2/lib166 g4/lib157 g2/lib101 g4/lib182 g2/lib21 g1/lib108 g0/lib135 g3/lib174 g0/lib55 g0/lib85',
    ));

  test('of two keys with the same hash is the order of insertion', () => {
    const read = (...twins: readonly string[]): string => keys(mapOf([...names(9), ...twins]));
    const expected = (twins: string): string => `g4/lib7 g0/lib5 g4/lib2 g1/lib3 g0/lib0 ${twins} g2/lib1 g1/lib8 g2/lib6 g3/lib4`;
    expect(hashOfSymbol('c/x47702')).toBe(hashOfSymbol('c/x87105'));
    expect(read('c/x47702', 'c/x87105')).toBe(expected('c/x47702 c/x87105'));
    expect(read('c/x87105', 'c/x47702')).toBe(expected('c/x87105 c/x47702'));
  });
});

test('keeps the places of the first map on a merge of up to eight entries', () => {
  const first = new SymbolMap(['z/z', 'y/y', 'x/x', 'w/w', 'v/v'].map((name) => [name, 1]));
  const merged = first.merge(new SymbolMap(['a/a', 'b/b', 'y/y'].map((name) => [name, 2])));
  expect([...merged]).toEqual([['z/z', 1], ['y/y', 2], ['x/x', 1], ['w/w', 1], ['v/v', 1], ['a/a', 2], ['b/b', 2]]); // prettier-ignore
  expect(first.size).toBe(5);
});
