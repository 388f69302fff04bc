/**
 * The report as one self-contained page. Text from a file name, a key or a server is escaped, and the page's own
 * Content-Security-Policy lets nothing run or load but its one style and one script.
 */
import { createHash } from 'node:crypto';

import { pageKind } from '../../../base/disk/page-file.js';
import { escapeHtml } from '../../../base/html.js';
import { parseProof } from '../../../proof/proof.js';
import { countFiles, type VerifiedFile, type VerifyCounts, type VerifyReport } from '../report/report.js';
import { signerOf } from '../report/signer.js';
import { pageScript, pageStyle } from './page-style.js';

/** The pages of `verify`. */
export const verifyPage = pageKind('verify');

/** Longer than any path of a file system, so this cuts nothing that a user needs. */
const maxShown = 5000;

/**
 * Formats a report as HTML that loads nothing from elsewhere.
 * @param madeAt when the files were checked
 */
export function formatVerifyPage(report: VerifyReport, madeAt: Date): string {
  const counts = countFiles(report.files);
  const title = titleOf(report.files.length, counts);
  return [
    ...headLines(title),
    '<body>',
    ...headerLines(title, report.ignored, madeAt),
    '<main>',
    ...summaryLines(counts),
    ...warningLines(report.warnings),
    ...filterLines(),
    ...tableLines(report.files),
    '</main>',
    `<script>${pageScript}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function titleOf(files: number, { failed }: VerifyCounts): string {
  const all = `${files} ${plural(files, 'file')}`;
  return failed === 0 ? `${all} verified` : `${failed} of ${all} failed verification`;
}

function headLines(title: string): string[] {
  const policy = `default-src 'none'; style-src '${digest(pageStyle)}'; script-src '${digest(pageScript)}'; base-uri 'none'; form-action 'none'`;
  return [
    `${verifyPage.head}<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${text(title)}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
  ];
}

function headerLines(title: string, ignored: number, madeAt: Date): string[] {
  const time = madeAt.toISOString();
  const shownTime = time.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
  const others = ignored === 0 ? '' : `; ${ignored} other ${plural(ignored, 'file')} (checksums, metadata, files of tools) skipped`;
  return [
    '<header>',
    `<h1>${text(title)}</h1>`,
    `<p class="made">Checked by <code>clojars-fetch verify</code> on <time datetime="${time}">${text(shownTime)}</time>${others}.</p>`,
    '</header>',
  ];
}

function summaryLines({ ok, warning, failed }: VerifyCounts): string[] {
  return [
    '<ul class="summary" aria-label="Summary">',
    `<li class="ok">${ok} fine</li>`,
    `<li class="warning">${warning} with ${plural(warning, 'a warning', 'warnings')}</li>`,
    `<li class="failed">${failed} failed</li>`,
    '</ul>',
  ];
}

function warningLines(warnings: readonly string[]): string[] {
  if (warnings.length === 0) return [];
  return ['<h2>Warnings</h2>', '<ul class="notes">', ...warnings.map((warning) => `<li>${text(warning)}</li>`), '</ul>'];
}

function filterLines(): string[] {
  const choice = (id: string, label: string, checked: boolean): string =>
    `<label><input type="radio" name="state" id="${id}"${checked ? ' checked' : ''}> ${label}</label>`;
  return [
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
  ];
}

/** Every role is explicit: some browsers no longer treat a table as one if a narrow screen lays it out as blocks. */
function tableLines(files: readonly VerifiedFile[]): string[] {
  return [
    '<table role="table">',
    '<caption>Every file that was checked, with what speaks for it</caption>',
    '<thead role="rowgroup"><tr role="row">',
    ...['File', 'State', 'Level', 'Proofs', 'Signer', 'Why'].map((name) => `<th role="columnheader" scope="col">${name}</th>`),
    '</tr></thead>',
    '<tbody role="rowgroup">',
    ...files.map(row),
    '</tbody>',
    '</table>',
  ];
}

function row(file: VerifiedFile): string {
  const { path, coordinate, status, verification } = file;
  const name = coordinate === null ? text(path) : `${text(coordinate)}<span class="path">${text(path)}</span>`;
  return [
    `<tr role="row" class="${status}">`,
    `<th role="rowheader" scope="row">${name}</th>`,
    cell('State', status === 'ok' ? 'fine' : status, 'state'),
    cell('Level', text(verification.level), 'level'),
    cell('Proofs', verification.proofs.map(proofHtml).join(', ')),
    cell('Signer', signerOf(verification).map(signerHtml).join('<br>')),
    cell('Why', whyHtml(file), 'why'),
    '</tr>',
  ].join('');
}

function cell(label: string, html: string, kind = ''): string {
  const attributes = `data-label="${label}"${kind === '' ? '' : ` class="${kind}"`}`;
  return `<td role="cell" ${attributes}>${html === '' ? '<span class="none">none</span>' : html}</td>`;
}

/** Omits the fingerprint of a signature, since the next column shows it. */
function proofHtml(proof: string): string {
  return `<code>${text(parseProof(proof)?.level === 'signed' ? 'signed' : proof)}</code>`;
}

function signerHtml(line: string): string {
  return /^[0-9A-F]{40,64}$/.test(line) ? `<code class="fingerprint">${line.replace(/.{4}(?=.)/g, '$& ')}</code>` : text(line);
}

function whyHtml({ why, warnings, error }: VerifiedFile): string {
  const more = [
    ...warnings.map((warning) => `<li>${text(warning)}</li>`),
    ...(error?.hint ? [`<li class="hint">${text(error.hint)}</li>`] : []),
  ];
  // The first column names the file.
  return `${text(error?.finding ?? why)}${more.length === 0 ? '' : `<ul>${more.join('')}</ul>`}`;
}

function text(raw: string): string {
  return escapeHtml(raw, maxShown);
}

function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

function digest(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}
