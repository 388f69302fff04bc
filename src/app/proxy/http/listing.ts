/** Formats listings of folders, for people and for programs that read links. Nothing in them runs or loads. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

import { escapeHtml } from '../../../base/html.js';

export interface ListedEntry {
  readonly name: string;
  readonly folder: boolean;
  /** Bytes; null for a folder, or if it is not known. */
  readonly size: number | null;
  readonly modifiedMs: number | null;
}

/** A page, with the headers that it needs as the flat list that `writeHead` takes. */
export interface ListingPage {
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

const style = [
  ':root{color-scheme:light dark}',
  'body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}',
  'table{border-collapse:collapse;width:100%}',
  'th,td{text-align:left;padding:.2rem .6rem;overflow-wrap:anywhere}',
  'td+td,th+th{white-space:nowrap}',
  '.size{text-align:right;font-variant-numeric:tabular-nums}',
  'tbody tr:nth-child(even){background:#8881}',
  'a:focus-visible{outline:2px solid}',
].join('');

let policy: string | null = null;

/** Made with the first page: loading `node:crypto` would take 6 ms of the start. */
function contentPolicy(): string {
  return (policy ??= [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '));
}

/** Lists what the cache holds of one folder: folders first, then by name. @param path without a slash at its end; '' is the top */
export function formatListing(repository: string, path: string, entries: readonly ListedEntry[]): ListingPage {
  const place = path === '' ? `/${repository}/` : `/${repository}/${path}/`;
  const sorted = [...entries].sort((a, b) => Number(b.folder) - Number(a.folder) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return page(place, `What the proxy has cached of <code>${text(place)}</code>. The repository may have more.`, [
    parentRow(place),
    ...sorted.map((entry) => row(place, entry)),
  ]);
}

/** Lists the repositories. */
export function formatRepositoryList(repositories: readonly string[]): ListingPage {
  const rows = repositories.map((name) => row('/', { name, folder: true, size: null, modifiedMs: null }));
  return page('/', 'The repositories of this clojars-fetch proxy.', rows);
}

function page(title: string, introduction: string, rows: readonly string[]): ListingPage {
  const body = Buffer.from(
    [
      '<!doctype html>',
      '<html lang="en">',
      '<head>',
      '<meta charset="utf-8">',
      '<meta name="viewport" content="width=device-width, initial-scale=1">',
      `<title>${text(title)}</title>`,
      `<style>${style}</style>`,
      '</head>',
      '<body>',
      `<h1>${text(title)}</h1>`,
      `<p>${introduction}</p>`,
      '<table>',
      '<thead><tr><th scope="col">Name</th><th scope="col">Modified (UTC)</th><th scope="col" class="size">Bytes</th></tr></thead>',
      '<tbody>',
      ...rows,
      '</tbody>',
      '</table>',
      '</body>',
      '</html>',
      '',
    ].join('\n'),
  );
  return { headers: headersOf(body.length), body };
}

function headersOf(length: number): readonly string[] {
  return [
    'Content-Type',
    'text/html; charset=utf-8',
    'Content-Length',
    String(length),
    'Content-Security-Policy',
    contentPolicy(),
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
    'Referrer-Policy',
    'no-referrer',
    'Cross-Origin-Resource-Policy',
    'same-origin',
  ];
}

function parentRow(place: string): string {
  const parent = place.slice(0, place.lastIndexOf('/', place.length - 2) + 1);
  return `<tr><td><a href="${link(parent)}">../</a></td><td></td><td class="size"></td></tr>`;
}

function row(place: string, { name, folder, size, modifiedMs }: ListedEntry): string {
  const shown = folder ? `${name}/` : name;
  const date = modifiedMs === null ? '' : dateOf(modifiedMs);
  return `<tr><td><a href="${link(place + shown)}">${text(shown)}</a></td><td>${date}</td><td class="size">${size ?? ''}</td></tr>`;
}

function dateOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 16).replace('T', ' ');
}

/** Encodes an absolute path as a link. A name with half a character in it has no link that would lead back to it. */
function link(path: string): string {
  const wellFormed = path.replace(/\p{Surrogate}/gu, '\ufffd');
  return text(wellFormed.split('/').map(encodeURIComponent).join('/'));
}

/** Longer than any encoded path. */
const maxShown = 10_000;

function text(raw: string): string {
  return escapeHtml(raw, maxShown);
}
