/** Computes the results in docs/scale.md from the formulas and numbers on the page. */
import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import { readPage } from './blocks.js';

const rows = [...readPage('docs/scale.md').matchAll(/^\| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(([, ...cells]) => cells);
const symbols = Object.fromEntries(
  rows.flatMap(([name = '', , value = '']) => (/^`[A-Z]`$/.test(name) ? [[name.slice(1, -1), Number.parseFloat(value)]] : [])),
);
const formulas = rows.filter(([, formula = '']) => /^`[-A-Z0-9e*/+(). ]+`$/.test(formula));

test('the table of numbers is complete', () => {
  expect(Object.keys(symbols)).toHaveLength(21);
  expect(formulas.length).toBeGreaterThan(15);
});

test.each(formulas)('%s: %s is %s', (_, formula = '', result = '') => {
  const digits = result.split('.')[1]?.length ?? 0;
  expect(Number(runInNewContext(formula.slice(1, -1), symbols)).toFixed(digits)).toBe(result);
});
