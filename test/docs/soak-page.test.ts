/** The table of the last results of `npm run soak`. */
import { describe, expect, it } from 'vitest';

import { withResults } from '../soak/results-page.mjs';
import { readPage } from './blocks.js';

const kills = { name: 'kill -9', asked: 10, done: 8, seconds: 1.5, detail: 'two | were late', violations: ['a file was wrong'] };
const page = '# Soak\n\n<!-- results -->\n\nold\n\n<!-- end of results -->\n\n## Notes\n';

describe('the page of the last soak runs', () => {
  it('adds a row for a part that ran for the first time', () => {
    expect(withResults(page, [kills], '2026-11-30, abc, seed 1, load 2').split('\n')).toEqual([
      '# Soak',
      '',
      '<!-- results -->',
      '',
      '| part | run | done | violations | time | detail |',
      '| --- | --- | --- | --- | --- | --- |',
      '| kill -9 | 2026-11-30, abc, seed 1, load 2 | 8 of 10 | 1 | 1.5 s | two \\| were late |',
      '',
      '<!-- end of results -->',
      '',
      '## Notes',
      '',
    ]);
  });

  it('replaces the row of a part that runs again, in its place, and keeps the others', () => {
    const others = ['load', 'webs'].map((name) => ({ ...kills, name }));
    const before = withResults(page, [others[0] ?? kills, kills, others[1] ?? kills], 'earlier');
    const after = withResults(before, [{ ...kills, done: 10, violations: [] }], 'later');
    expect(after).toBe(before.replace(/^\| kill -9 .*$/m, '| kill -9 | later | 10 of 10 | 0 | 1.5 s | two \\| were late |'));
  });

  it('refuses a page without a place for results', () => {
    expect(() => withResults('# Soak\n', [kills], 'later')).toThrow("it begins with '<!-- results -->'");
  });

  it('finds the place for results, and each row, in docs/soak.md', () => {
    const text = readPage('docs/soak.md');
    expect(withResults(text, [], '')).toBe(text);
  });
});
