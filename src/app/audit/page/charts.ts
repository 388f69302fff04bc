/** Draws an audit as SVG: findings by place and class, and how far places were behind over 30 days. Colors are in the style of the page. Pure. */
import { scaleBand, scaleLinear, scaleSqrt, scaleUtc } from 'd3-scale';
import { line } from 'd3-shape';

import { formatCount } from '../../../base/format-count.js';
import { escapeHtml } from '../../../base/html.js';
import type { FindingClass } from '../contract.js';
import type { ClassCounts } from '../result/tally.js';
import type { PastAudit } from './history.js';

/** A row of the first drawing. */
export interface PlaceCounts {
  readonly name: string;
  readonly classes: ClassCounts;
}

export const shownClasses: readonly FindingClass[] = ['lie', 'gap', 'lag', 'extra', 'upstream', 'unknown'];

const width = 960;
const longestName = 40;
const secondsOfHour = 3600;
/** Beyond this, lines cannot be told apart. */
const mostLines = 12;
/** Points of a line. More would make the page large and look the same. */
const mostPoints = 180;

/** A disc for each place and class, whose area grows with the number of findings, which stands next to it. */
export function drawClasses(places: readonly PlaceCounts[]): string {
  const rowHeight = 36;
  const top = 34;
  const height = top + places.length * rowHeight + 8;
  const columns = scaleBand<FindingClass>(shownClasses, [280, width - 20]);
  const rows = scaleBand<number>(
    places.map((_, index) => index),
    [top, top + places.length * rowHeight],
  );
  const most = Math.max(1, ...places.flatMap(({ classes }) => Object.values(classes)));
  const radius = scaleSqrt([0, most], [0, 14]);
  return svg('classes', height, 'Findings by place and class', [
    ...shownClasses.map((name) => label((columns(name) ?? 0) + columns.bandwidth() / 2, 20, name, 'middle')),
    ...places.flatMap(({ name, classes }, index) => {
      const y = (rows(index) ?? 0) + rows.bandwidth() / 2;
      return [
        `<line class="grid" x1="0" x2="${width}" y1="${round(rows(index) ?? 0)}" y2="${round(rows(index) ?? 0)}"/>`,
        label(8, y + 4, name),
        ...shownClasses.flatMap((one) => {
          const count = classes[one];
          const x = (columns(one) ?? 0) + columns.bandwidth() / 2;
          if (count === 0) return [`<text class="none" x="${round(x)}" y="${round(y + 4)}" text-anchor="middle">0</text>`];
          // A single finding among a million must be seen.
          const r = Math.max(radius(count), 3);
          return [
            `<circle class="${one}" cx="${round(x - 22)}" cy="${round(y)}" r="${round(r)}"/>`,
            `<text class="count" x="${round(x)}" y="${round(y + 4)}">${formatCount(count)}</text>`,
          ];
        }),
      ];
    }),
  ]);
}

/** A line for each place: hours behind the origin. Null if no audit of the history knows any. */
export function drawBehind(history: readonly PastAudit[]): string | null {
  const lines = linesOf(history);
  const points = lines.flatMap((one) => one.points);
  if (points.length === 0) return null;
  const plot = { left: 60, right: width - 250, top: 16, bottom: 236 };
  const times = points.map(({ atMs }) => atMs);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const x = scaleUtc([first, Math.max(last, first + 1)], [plot.left, plot.right]);
  const y = scaleLinear([0, Math.max(1, ...points.map(({ hours }) => hours))], [plot.bottom, plot.top]).nice(5);
  const path = line<Point>(
    ({ atMs }) => round(x(atMs)),
    ({ hours }) => round(y(hours)),
  );
  return svg('behind', 270, 'Hours behind the origin, by audit', [
    ...y
      .ticks(5)
      .flatMap((tick) => [
        `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${round(y(tick))}" y2="${round(y(tick))}"/>`,
        label(plot.left - 8, y(tick) + 4, `${tick} h`, 'end'),
      ]),
    ...x.ticks(6).map((tick) => label(x(tick), plot.bottom + 20, timeLabel(tick, last - first), 'middle')),
    ...lines.flatMap((one, index) => {
      const style = `class="series s${index % 6}"${index >= 6 ? ' stroke-dasharray="6 4"' : ''}`;
      const at = plot.top + 10 + index * 18;
      const ends = one.points.length === 1 ? one.points : one.points.slice(-1);
      return [
        `<path ${style} d="${path(one.points) ?? ''}"/>`,
        ...ends.map((point) => `<circle class="end s${index % 6}" cx="${round(x(point.atMs))}" cy="${round(y(point.hours))}" r="3"/>`),
        `<path ${style} d="M${plot.right + 20},${at}h24"/>`,
        label(plot.right + 52, at + 4, one.name),
      ];
    }),
  ]);
}

interface Point {
  readonly atMs: number;
  readonly hours: number;
}

interface PlaceLine {
  readonly name: string;
  readonly points: readonly Point[];
}

/** The places of the newest audit, by their URLs: names may change. */
function linesOf(history: readonly PastAudit[]): readonly PlaceLine[] {
  const places = history.at(-1)?.places ?? [];
  const lines = places.map(({ name, url }) => {
    const points = history.flatMap(({ until, places: then }): readonly Point[] => {
      const seconds = then.find((place) => place.url === url)?.behindSeconds ?? null;
      return seconds === null ? [] : [{ atMs: Date.parse(until), hours: seconds / secondsOfHour }];
    });
    return { name, points: thin(points) };
  });
  return lines.filter(({ points }) => points.length > 0).slice(0, mostLines);
}

/** Keeps the worst of neighbours. */
function thin(points: readonly Point[]): readonly Point[] {
  const size = Math.ceil(points.length / mostPoints);
  if (size <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => points.slice(index * size, (index + 1) * size)).flatMap(
    (group) => group.reduce<readonly Point[]>(([worst], point) => [worst === undefined || point.hours > worst.hours ? point : worst], []),
  );
}

function timeLabel(time: Date, spanMs: number): string {
  const iso = time.toISOString();
  return spanMs < 2 * 86_400_000 ? iso.slice(11, 16) : iso.slice(5, 10);
}

function svg(id: string, height: number, title: string, lines: readonly string[]): string {
  return [
    `<svg id="${id}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-title">`,
    `<title id="${id}-title">${title}</title>`,
    ...lines,
    '</svg>',
  ].join('\n');
}

function label(x: number, y: number, text: string, anchor = 'start'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escapeHtml(text, longestName)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
