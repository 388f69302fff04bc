/** The chart as a page that loads nothing from elsewhere and has no script: the drawing, and the numbers as tables. Pure. */
import { createHash } from 'node:crypto';

import { pageKind } from '../../../base/disk/page-file.js';
import { formatCount } from '../../../base/format-count.js';
import { escapeHtml } from '../../../base/html.js';
import type { ChartData } from './chart-data.js';
import { drawChart } from './svg.js';

export const chartPage = pageKind('mirror stats');

const longestText = 500;

const style =
  ':root{color-scheme:light dark}body{margin:0 auto;max-width:64rem;padding:1.5rem;font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}' +
  'svg{max-width:100%;height:auto}table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem .75rem;text-align:left}td{text-align:right}';

export function formatChartPage(data: ChartData, madeAt: Date): string {
  const svg = drawChart(data);
  const [, svgStyle = ''] = /<style>([^<]*)<\/style>/.exec(svg) ?? [];
  const styles = [style, svgStyle].map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`).join(' ');
  return [
    `${chartPage.head}<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${styles}; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<title>Downloads</title>',
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<h1>Downloads</h1>',
    `<p>Counted by <code>clojars-fetch mirror stats</code> on <time>${madeAt.toISOString().slice(0, 10)}</time>.</p>`,
    svg.trimEnd(),
    ...table(
      'Artifact',
      data.artifacts.map(({ name, downloads }) => [name, downloads]),
    ),
    ...table(
      'Day',
      data.days.map(({ date, downloads }) => [date, downloads]),
    ),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function table(heading: string, rows: readonly (readonly [string, number])[]): readonly string[] {
  return [
    '<table>',
    `<thead><tr><th scope="col">${heading}</th><th scope="col">Downloads</th></tr></thead>`,
    '<tbody>',
    ...rows.map(([name, count]) => `<tr><th scope="row">${escapeHtml(name, longestText)}</th><td>${formatCount(count)}</td></tr>`),
    '</tbody>',
    '</table>',
  ];
}
