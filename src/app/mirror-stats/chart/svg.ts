/** Draws downloads as SVG: a bar for each day, and one for each of the artifacts with most of them. Pure. */
import type { PageKind } from '../../../base/disk/page-file.js';
import { formatCount } from '../../../base/format-count.js';
import { escapeHtml } from '../../../base/html.js';
import type { ChartData } from './chart-data.js';

export const chartDrawing: PageKind = {
  verb: 'mirror stats',
  head: '<svg xmlns="http://www.w3.org/2000/svg" id="clojars-fetch-downloads" ',
  extension: 'svg',
};

const width = 960;
const plot = { left: 80, right: 940, top: 50, bottom: 300 };
const list = { top: 380, rowHeight: 22, barLeft: 380, barRight: 860 };
const longestName = 48;
const dayMs = 86_400_000;

const style =
  'text{font:12px system-ui,sans-serif;fill:#57606a}.title{font-size:16px;fill:#1b1f24}.bar{fill:#5881d8}.line{stroke:#d0d7de}' +
  '@media(prefers-color-scheme:dark){text{fill:#9aa5b1}.title{fill:#e6edf3}.line{stroke:#30363d}}';

export function drawChart({ days, artifacts }: ChartData): string {
  const height = list.top + artifacts.length * list.rowHeight + 20;
  const total = days.reduce((sum, { downloads }) => sum + downloads, 0);
  const title = `${formatCount(total)} downloads on ${formatCount(days.length)} ${days.length === 1 ? 'day' : 'days'}`;
  return [
    `${chartDrawing.head}viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${title}</title>`,
    `<style>${style}</style>`,
    `<text class="title" x="${plot.left}" y="28">${title}</text>`,
    ...drawDays(days),
    ...drawArtifacts(artifacts),
    '</svg>',
    '',
  ].join('\n');
}

function drawDays(days: ChartData['days']): readonly string[] {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return [];
  const start = Date.parse(first.date);
  const count = (Date.parse(last.date) - start) / dayMs + 1;
  const { top, ticks } = scaleOf(Math.max(...days.map(({ downloads }) => downloads)));
  const slot = (plot.right - plot.left) / count;
  const heightOf = (value: number): number => (value / top) * (plot.bottom - plot.top);
  const leftOf = (date: string): number => plot.left + ((Date.parse(date) - start) / dayMs) * slot;
  return [
    ...ticks.flatMap((tick) => {
      const y = round(plot.bottom - heightOf(tick));
      return [
        `<line class="line" x1="${plot.left}" x2="${plot.right}" y1="${y}" y2="${y}"/>`,
        `<text x="${plot.left - 8}" y="${y + 4}" text-anchor="end">${formatCount(tick)}</text>`,
      ];
    }),
    ...days.map(({ date, downloads }) => {
      const height = heightOf(downloads);
      const bar = `x="${round(leftOf(date) + slot * 0.1)}" y="${round(plot.bottom - height)}" width="${round(slot * 0.8)}" height="${round(height)}"`;
      return `<rect class="bar" ${bar}><title>${escapeHtml(date, 20)}: ${formatCount(downloads)}</title></rect>`;
    }),
    ...labelledDays(count).map((day) => {
      const date = new Date(start + day * dayMs).toISOString().slice(0, 10);
      return `<text x="${round(plot.left + (day + 0.5) * slot)}" y="${plot.bottom + 18}" text-anchor="middle">${date}</text>`;
    }),
  ];
}

/** Chooses at most eight of the days. */
function labelledDays(count: number): readonly number[] {
  const step = Math.ceil(count / 8);
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}

function drawArtifacts(artifacts: ChartData['artifacts']): readonly string[] {
  const most = artifacts[0]?.downloads ?? 0;
  if (most === 0) return [];
  return [
    `<text class="title" x="${plot.left}" y="${list.top - 20}">Most downloaded</text>`,
    ...artifacts.flatMap(({ name, downloads }, index) => {
      const y = list.top + index * list.rowHeight;
      const barWidth = round((downloads / most) * (list.barRight - list.barLeft));
      return [
        `<text x="${list.barLeft - 8}" y="${y + 12}" text-anchor="end">${escapeHtml(name, longestName)}</text>`,
        `<rect class="bar" x="${list.barLeft}" y="${y}" width="${barWidth}" height="16"/>`,
        `<text x="${round(list.barLeft + barWidth + 8)}" y="${y + 12}">${formatCount(downloads)}</text>`,
      ];
    }),
  ];
}

/** Chooses round numbers for an axis: 1, 2 or 5 times a power of ten, and at most five of them. */
function scaleOf(most: number): { readonly top: number; readonly ticks: readonly number[] } {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  const step = Math.max([0.2, 0.5, 1, 2].map((factor) => factor * power).find((one) => most <= one * 5) ?? 2 * power, 1);
  const count = Math.max(Math.ceil(most / step), 1);
  return { top: count * step, ticks: Array.from({ length: count + 1 }, (_, index) => index * step) };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
