/**
 * The report as one self-contained page. Whatever comes from a file name, a key or a server is escaped as text, and the
 * page's own Content-Security-Policy lets nothing run or load but its one style and one script.
 */
import { createHash } from 'node:crypto';

import { escapeForDisplay } from '../../../base/escape.js';
import { parseProof } from '../../../proof/proof.js';
import { countFiles, type VerifiedFile, type VerifyReport } from '../report/report.js';
import { signerOf } from '../report/signer.js';
import { pageScript, pageStyle } from './page-style.js';

/** The first lines: by them a page is known as one that may be written over. */
export const pageHead =
  '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="clojars-fetch verify">\n';

/** Longer than any path of a file system; what is cut is of no use to anybody. */
const maxShown = 5000;

/**
 * A report as a page of its own: HTML that loads nothing from elsewhere.
 * @param madeAt when the files were looked at
 */
export function formatVerifyPage(report: VerifyReport, madeAt: Date): string {
  const { files, warnings, ignored } = report;
  const counts = countFiles(files);
  const policy = `default-src 'none'; style-src '${digest(pageStyle)}'; script-src '${digest(pageScript)}'; base-uri 'none'; form-action 'none'`;
  const title =
    counts.failed === 0
      ? `${files.length} ${plural(files.length, 'file')} verified`
      : `${counts.failed} of ${files.length} ${plural(files.length, 'file')} failed verification`;
  const choice = (id: string, label: string, checked: boolean): string =>
    `<label><input type="radio" name="state" id="${id}"${checked ? ' checked' : ''}> ${label}</label>`;
  return [
    `${pageHead}<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${text(title)}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body>',
    '<header>',
    `<h1>${text(title)}</h1>`,
    `<p class="made">Checked by <code>clojars-fetch verify</code> on <time datetime="${madeAt.toISOString()}">${text(
      madeAt
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, ' UTC'),
    )}</time>${ignored === 0 ? '' : `; ${ignored} other ${plural(ignored, 'file')} (checksums, metadata, files of tools) skipped`}.</p>`,
    '</header>',
    '<main>',
    '<ul class="summary" aria-label="Summary">',
    `<li class="ok">${counts.ok} fine</li>`,
    `<li class="warning">${counts.warning} with ${plural(counts.warning, 'a warning', 'warnings')}</li>`,
    `<li class="failed">${counts.failed} failed</li>`,
    '</ul>',
    ...(warnings.length === 0
      ? []
      : ['<h2>Warnings</h2>', '<ul class="notes">', ...warnings.map((warning) => `<li>${text(warning)}</li>`), '</ul>']),
    '<form role="search">',
    '<fieldset>',
    '<legend>Show</legend>',
    choice('only-all', 'all', true),
    choice('only-failed', 'failed', false),
    choice('only-warning', 'with warnings', false),
    choice('only-ok', 'fine', false),
    '<label hidden>with the words <input type="search" id="words" autocomplete="off"></label>',
    '<output id="shown" for="words"></output>',
    '</fieldset>',
    '</form>',
    // The roles are said because a table that a narrow screen lays out as blocks is no table to some browsers.
    '<table role="table">',
    '<caption>Every file that was checked, with what speaks for it</caption>',
    '<thead role="rowgroup"><tr role="row">',
    ...['File', 'State', 'Level', 'Proofs', 'Signer', 'Why'].map((name) => `<th role="columnheader" scope="col">${name}</th>`),
    '</tr></thead>',
    '<tbody role="rowgroup">',
    ...files.map(row),
    '</tbody>',
    '</table>',
    '</main>',
    `<script>${pageScript}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function row(file: VerifiedFile): string {
  const { path, coordinate, status, verification, why, warnings, error } = file;
  const cell = (label: string, html: string, kind = ''): string =>
    `<td role="cell" data-label="${label}"${kind === '' ? '' : ` class="${kind}"`}>${html === '' ? '<span class="none">none</span>' : html}</td>`;
  const more = [
    ...warnings.map((warning) => `<li>${text(warning)}</li>`),
    ...(error?.hint ? [`<li class="hint">${text(error.hint)}</li>`] : []),
  ];
  const name = coordinate === null ? text(path) : `${text(coordinate)}<span class="path">${text(path)}</span>`;
  return [
    `<tr role="row" class="${status}">`,
    `<th role="rowheader" scope="row">${name}</th>`,
    cell('State', status === 'ok' ? 'fine' : status, 'state'),
    cell('Level', text(verification.level), 'level'),
    // Whose signature it is stands in the next column.
    cell(
      'Proofs',
      verification.proofs.map((proof) => `<code>${text(parseProof(proof)?.level === 'signed' ? 'signed' : proof)}</code>`).join(', '),
    ),
    cell(
      'Signer',
      signerOf(verification)
        .map((line) =>
          /^[0-9A-F]{40,64}$/.test(line) ? `<code class="fingerprint">${line.replace(/.{4}(?=.)/g, '$& ')}</code>` : text(line),
        )
        .join('<br>'),
    ),
    cell(
      'Why',
      `${text(why.startsWith(`${path}: `) ? why.slice(path.length + 2) : why)}${more.length === 0 ? '' : `<ul>${more.join('')}</ul>`}`,
      'why',
    ),
    '</tr>',
  ].join('');
}

/** Escaped twice: what would move or hide text for a person, then what means something to HTML. */
function text(raw: string): string {
  return escapeForDisplay(raw, maxShown).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

function digest(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}
