/** Formats the table of `verify`, and the hints for the files that failed. */
import { parseProof } from '../../index.js';
import { countFiles, signerOf, type VerifiedFile, type VerifyReport } from '../../trust.js';
import { showText, type Style } from './render.js';

const headings = ['file', 'level', 'proofs', 'signer', 'why'] as const;
/** Longer cells do not widen their column; a user ID with a fingerprint fits. */
const widest = 96;
const marks = { ok: 'ok', warning: 'WARN', failed: 'FAIL' } as const;

/**
 * Formats a line for each file: state, file, level, proofs, signer, why. Warnings follow their file. Failed files appear
 * again at the end with hints, because they are hard to find in a long table.
 */
export function formatVerifyReport({ files }: VerifyReport, style: Style): string {
  const rows = files.map((file) => [file, cellsOf(file)] as const);
  const widths = headings.map((heading, index) =>
    Math.max(heading.length, ...rows.map(([, cells]) => (cells[index] ?? '').length).filter((width) => width <= widest)),
  );
  const line = (mark: string, cells: readonly string[], paint: (text: string) => string): string =>
    `${paint(mark.padEnd(4))}  ${cells.map((cell, index) => (index === cells.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  ')}`.trimEnd();
  const lines = [line('', headings, style.dim)];
  for (const [file, cells] of rows) {
    const paint = file.status === 'ok' ? style.green : file.status === 'warning' ? style.yellow : style.red;
    lines.push(line(marks[file.status], cells, paint));
    for (const warning of file.warnings) lines.push(`      ${style.yellow('warning:')} ${showText(warning)}`);
  }
  const failed = files.filter(({ status }) => status === 'failed');
  for (const { path, why, error } of failed) {
    // A message with a finding begins with the path itself.
    const namesFile = error?.finding !== undefined;
    lines.push('', `${style.red('failed:')} ${showText(namesFile ? why : path)}`, ...(namesFile ? [] : [`  ${showText(why)}`]));
    if (error?.hint) lines.push(`  ${style.cyan('hint:')} ${showText(error.hint)}`);
  }
  return `${lines.join('\n')}\n`;
}

function cellsOf({ path, coordinate, verification, why, error }: VerifiedFile): readonly string[] {
  const { level, proofs } = verification;
  // The table ends with the whole sentence of each failure.
  const short = error === null ? why : `${error.code}, ${error.reason}`;
  // The next column names the signer.
  const named = proofs.map((proof) => (parseProof(proof)?.level === 'signed' ? 'signed' : proof));
  return [coordinate ?? path, level, named.join(' ') || '-', signerOf(verification).join(', ') || '-', short].map(showText);
}

/** Formats the summary: `12 files: 11 fine, 1 failed`. */
export function formatVerifySummary({ files, ignored }: VerifyReport): string {
  const { ok, warning, failed } = countFiles(files);
  const parts = [
    ...(ok > 0 ? [`${ok} fine`] : []),
    ...(warning > 0 ? [`${warning} with a warning`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  const others = ignored === 0 ? '' : `; ${ignored} other files skipped`;
  return `${files.length} ${files.length === 1 ? 'file' : 'files'}: ${parts.join(', ')}${others}`;
}
