/**
 * An audit as one page that loads nothing from elsewhere and has no script. Paths and values of mirrors are escaped, and the page's own
 * Content-Security-Policy allows nothing but its one style. Pure.
 */
import { createHash } from 'node:crypto';

import { formatCount } from '../../../base/format-count.js';
import { escapeHtml } from '../../../base/html.js';
import {
  type Evidence,
  type Facts,
  type Finding,
  type FindingClass,
  findingClasses,
  type FindingKind,
  originName,
  type PlaceSummary,
} from '../contract.js';
import { countsByClass } from '../result/tally.js';
import { auditPage } from './audit-page.js';
import type { ChangedFindings, Changes } from './changes.js';
import { drawBehind, drawClasses, shownClasses } from './charts.js';
import type { PageData } from './page-data.js';
import { pageStyle } from './page-style.js';

const kinds = Object.keys(findingClasses) as readonly FindingKind[];

/** Bytes of the rows of findings. The whole page stays below 500 kB. */
const mostRowBytes = 380_000;
const mostChangeBytes = 40_000;
const longestPath = 400;
const shownDigits = 16;
const longestValue = 160;
const longestName = 100;

export function formatAuditPage(data: PageData): string {
  const { header, end, findings, changes } = data;
  const title = titleOf(data);
  return [
    ...headLines(title),
    '<body>',
    '<header>',
    `<h1>${text(title)}</h1>`,
    `<p class="made">Audited by <code>clojars-fetch audit</code>, from ${time(header.from)} to ${time(header.until)}.</p>`,
    '</header>',
    '<main>',
    ...verdictLines(data),
    ...factLines(data),
    '<h2>Places and classes</h2>',
    drawClasses([
      { name: originName, classes: countsByClass([end.origin]) },
      ...end.places.map(({ name, counts }) => ({ name, classes: countsByClass([counts]) })),
    ]),
    ...placeTable(data),
    ...behindLines(data),
    ...(changes === null ? [] : changeLines(changes)),
    ...findingLines(data, findings),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function titleOf({ header, end }: PageData): string {
  const places = `${end.places.length} ${plural(end.places.length, 'mirror')}`;
  return `Audit of ${places} of ${header.repository}`;
}

function headLines(title: string): readonly string[] {
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(pageStyle).digest('base64')}'; base-uri 'none'; form-action 'none'`;
  return [
    `${auditPage.head}<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${text(title)}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
  ];
}

function verdictLines({ end }: PageData): readonly string[] {
  const lying = [{ name: originName, counts: end.origin }, ...end.places].filter(({ counts }) => countsByClass([counts]).lie > 0);
  if (lying.length === 0) return ['<p class="verdict">No place served anything that differs from the origin.</p>'];
  const names = lying.map(({ name }) => text(name, longestName)).join(', ');
  return [`<p class="verdict lie">Files that differ: ${names}.</p>`];
}

function factLines({ header, end }: PageData): readonly string[] {
  const { full, sharePerMillion, listsOnly } = header.audited;
  const read = listsOnly
    ? 'none; the lists of the places were compared'
    : full
      ? 'all'
      : `the newest, and ${sharePerMillion / 10_000} % of the others (seed ${header.seed})`;
  const facts: readonly (readonly [string, string])[] = [
    ['Origin', text(header.repository)],
    ['Asked from', text(header.vantage, longestName)],
    ['Files in the plan', formatCount(end.files)],
    ['Files read', read],
    ['Plan', `<code>${text(header.plan)}</code>`],
    ...skippedFacts(header.skippedNames, end.places),
  ];
  return ['<dl>', ...facts.map(([name, html]) => `<dt>${name}</dt><dd>${html}</dd>`), '</dl>'];
}

/** Names that the origin and the places list, but that cannot be paths. */
function skippedFacts(ofOrigin: number | undefined, places: readonly PlaceSummary[]): readonly (readonly [string, string])[] {
  const counts = [{ name: originName, skippedNames: ofOrigin }, ...places].flatMap(({ name, skippedNames = 0 }) =>
    skippedNames === 0 ? [] : [`${text(name, longestName)}: ${formatCount(skippedNames)}`],
  );
  return counts.length === 0 ? [] : [['Left out, since they cannot be paths', `${counts.join(', ')} listed names`]];
}

/** The numbers of the drawing, by kind: a row for each kind, a column for each place. */
function placeTable({ end }: PageData): readonly string[] {
  const columns = [{ name: originName, counts: end.origin }, ...end.places];
  const rows = kinds.flatMap((kind) => {
    const counts = columns.map((place) => place.counts[kind] ?? 0);
    if (counts.every((count) => count === 0)) return [];
    const cells = counts.map((count) => (count === 0 ? '<td class="number none">0</td>' : number(count)));
    const name = findingClasses[kind];
    return [`<tr class="${name}"><th class="kind" scope="row">${kindText(kind, name)}</th>${cells.join('')}</tr>`];
  });
  return table(['Finding', ...columns.map(({ name }) => text(name, longestName))], rows, {
    id: 'places',
    caption: 'All findings by kind and place',
  });
}

function behindLines({ end, history }: PageData): readonly string[] {
  const drawing = drawBehind(history);
  const rows = end.places.map(
    ({ name, url, behindSeconds, answered }) =>
      `<tr><th scope="row">${text(name, longestName)}</th><td>${text(url)}</td>${
        behindSeconds === null ? '<td class="number none">unknown</td>' : number(Math.round(behindSeconds / 360) / 10)
      }${number(answered)}</tr>`,
  );
  return [
    '<h2>Hours behind the origin</h2>',
    ...(drawing === null ? [] : [drawing]),
    ...table(['Place', 'URL', 'Hours behind', 'Files answered'], rows, { id: 'hours', caption: 'In this audit' }),
  ];
}

function changeLines({ since, appeared, gone }: Changes): readonly string[] {
  return [
    `<h2>Since the audit of ${time(since)}</h2>`,
    ...changedLines('new', appeared, 'appeared'),
    ...changedLines('gone', gone, 'gone'),
  ];
}

function changedLines(word: string, { count, classes, examples }: ChangedFindings, id: string): readonly string[] {
  const parts = shownClasses.flatMap((name) => (classes[name] === undefined ? [] : [`${formatCount(classes[name])} ${name}`]));
  const rows = withinBytes(examples.map(shortRow), mostChangeBytes);
  return [
    `<p>${formatCount(count)} ${plural(count, 'finding')} ${plural(count, 'is', 'are')} ${word}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}.</p>`,
    ...(rows.length === 0
      ? []
      : table(['File', 'Place', 'Finding'], rows, {
          id,
          caption: `The first ${formatCount(rows.length)} that ${plural(rows.length, 'is', 'are')} ${word}`,
        })),
  ];
}

function findingLines({ end, resultFile }: PageData, findings: readonly Finding[]): readonly string[] {
  const all = [end.origin, ...end.places.map(({ counts }) => counts)]
    .flatMap((counts) => Object.values(counts))
    .reduce((sum, one) => sum + one, 0);
  const rows = withinBytes(findings.map(row), mostRowBytes);
  const rest =
    rows.length === all
      ? 'All findings'
      : `The first ${formatCount(rows.length)} of ${formatCount(all)} findings, lies first. All of them are in ${text(resultFile)}, one a line`;
  if (all === 0) return ['<h2>Findings</h2>', '<p class="none">None.</p>'];
  return [
    '<h2>Findings</h2>',
    ...filterLines(findings),
    ...table(['File', 'Place', 'Finding', 'Expected', 'Found', 'Evidence'], rows, { id: 'findings', caption: rest }),
  ];
}

function filterLines(findings: readonly Finding[]): readonly string[] {
  const there = new Set<FindingClass>(findings.map((finding) => finding.class));
  const choices = shownClasses.filter((name) => there.has(name));
  if (choices.length < 2) return [];
  const radio = (name: string, checked: boolean): string =>
    `<label><input type="radio" name="class" id="only-${name}"${checked ? ' checked' : ''}> ${name}</label>`;
  return [
    '<form>',
    '<fieldset>',
    '<legend>Show</legend>',
    radio('all', true),
    ...choices.map((name) => radio(name, false)),
    '</fieldset>',
    '</form>',
  ];
}

function row(finding: Finding): string {
  return [
    `<tr class="${finding.class}"><th scope="row">${text(finding.path, longestPath)}</th><td>${text(finding.place, longestName)}</td>`,
    `<td class="kind">${kindText(finding.finding, finding.class)}</td>`,
    `<td class="facts">${facts(finding.expected)}</td><td class="facts">${facts(finding.found)}</td>`,
    `<td>${finding.evidence.slice(0, 2).map(evidenceText).join('<br>')}</td></tr>`,
  ].join('');
}

function shortRow({ path, place, finding, class: name }: Finding): string {
  return `<tr class="${name}"><th scope="row">${text(path, longestPath)}</th><td>${text(place, longestName)}</td><td class="kind">${kindText(finding, name)}</td></tr>`;
}

function kindText(kind: FindingKind, name: FindingClass): string {
  return kind === name ? kind : `${name}: ${kind}`;
}

function facts(values: Facts): string {
  return Object.entries(values)
    .map(([name, value]) => `${text(name, 40)}: ${text(shorten(String(value)), longestValue)}`)
    .join('<br>');
}

/** Cuts digests: the beginning tells two of them apart, and the result has all of it. */
function shorten(value: string): string {
  return /^[0-9a-f]{32,}$/.test(value) ? `${value.slice(0, shownDigits)}…` : value;
}

function evidenceText({ as, status, detail }: Evidence): string {
  const answer = as === 'list' ? 'from the list' : status === null ? 'no answer' : `status ${status}`;
  const agent = as === 'plain' ? ', asked as a plain client' : '';
  return `${answer}${agent}${detail === undefined ? '' : `: ${text(detail, longestValue)}`}`;
}

interface TableNames {
  readonly id: string;
  readonly caption: string;
}

/** A region that scrolls must be reached by the keyboard. */
function table(columns: readonly string[], rows: readonly string[], { id, caption }: TableNames): readonly string[] {
  if (rows.length === 0) return [];
  return [
    `<div class="wide" role="region" tabindex="0" aria-labelledby="${id}-caption">`,
    `<table id="${id}">`,
    `<caption id="${id}-caption">${caption}</caption>`,
    `<thead><tr>${columns.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>`,
    '<tbody>',
    ...rows,
    '</tbody>',
    '</table>',
    '</div>',
  ];
}

/** Returns the first rows that fit. */
function withinBytes(rows: readonly string[], most: number): readonly string[] {
  let bytes = 0;
  const end = rows.findIndex((one) => (bytes += Buffer.byteLength(one) + 1) > most);
  return end === -1 ? rows : rows.slice(0, end);
}

function number(value: number): string {
  return `<td class="number">${formatCount(value)}</td>`;
}

function time(iso: string): string {
  return `<time datetime="${text(iso)}">${text(iso.slice(0, 16).replace('T', ' '))} UTC</time>`;
}

function text(raw: string, longest = longestPath): string {
  return escapeHtml(raw, longest);
}

function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}
