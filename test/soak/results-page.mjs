/** The table of the last results in docs/soak.md. */

const start = '<!-- results -->';
const end = '<!-- end of results -->';
const head = ['| part | run | done | violations | time | detail |', '| --- | --- | --- | --- | --- | --- |'];

/**
 * The page with these results in place of earlier ones of the same parts. Rows of other parts stay as they are, so a run may consist of
 * some parts only.
 *
 * @type {typeof import('./results-page.mjs').withResults}
 */
export function withResults(page, parts, run) {
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the page has no place for results; it begins with '${start}' and ends with '${end}'`);
  const rows = new Map(
    page
      .slice(from, to)
      .split('\n')
      .filter((line) => line.startsWith('| ') && !head.includes(line))
      .map((line) => [line.slice(2, line.indexOf(' |')), line]),
  );
  for (const part of parts) rows.set(part.name, rowOf(part, run));
  return [page.slice(0, from) + start, '', resultsTable([...rows.values()]), '', page.slice(to)].join('\n');
}

/** @type {typeof import('./results-page.mjs').resultsTable} */
export function resultsTable(rows) {
  return [...head, ...rows].join('\n');
}

/** @type {typeof import('./results-page.mjs').rowOf} */
export function rowOf({ name, asked, done, seconds, detail, violations }, run) {
  const cells = [name, run, `${done} of ${asked}`, violations.length, `${seconds} s`, detail.replaceAll('|', '\\|')];
  return `| ${cells.join(' | ')} |`;
}
