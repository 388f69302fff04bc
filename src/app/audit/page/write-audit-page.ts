/** `audit page`: writes the page of a result, and remembers the audit for the pages of the next 30 days. */
import { basename, dirname, join, resolve } from 'node:path';

import { type DocumentKind, ExtendedFile } from '../../../base/disk/extended-file.js';
import { checkPageFile, writePageFile } from '../../../base/disk/page-file.js';
import type { AuditSummary } from '../result/audit-summary.js';
import { auditPage } from './audit-page.js';
import { extendHistory, formatHistory, parseHistory, type PastAudit, pastAuditOf } from './history.js';
import { readChanges, readFindings } from './page-data.js';

/** Options of {@link writeAuditPage}. */
export interface AuditPageOptions {
  /** The page to write. A file that is not such a page is not overwritten. */
  readonly html: string;
  /** The result of an earlier audit, to show what changed since. */
  readonly previous?: string | undefined;
  /** A file that keeps the audits of the last 30 days in short. Made if it is missing; this audit is added. */
  readonly history?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const historyKind: DocumentKind<readonly PastAudit[]> = {
  name: 'a history of audits',
  maker: 'the next page',
  // 720 audits of a hundred places.
  maxBytes: 64 * 1024 * 1024,
  empty: [],
  format: formatHistory,
  parse: parseHistory,
};

/**
 * Checks early whether a page can be written there.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`: a folder, or a file that is not the page of an audit
 */
export function checkAuditPage(html: string): void {
  checkPageFile(html, auditPage);
}

/**
 * Writes a result as a page for people. The page is one file without scripts, below 500 kB, and loads nothing.
 * @param result path of a result of `audit`, `audit run`, `audit merge` or `audit compare`
 * @returns the first and the last line of the result
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part`: a result is cut or changed; `bad-value`: the page would replace another file.
 * `ERR_LOCAL_REPOSITORY`: a file cannot be written; `corrupt`: the history is another file
 */
export async function writeAuditPage(result: string, { html, previous, history, signal }: AuditPageOptions): Promise<AuditSummary> {
  checkPageFile(html, auditPage);
  const file = resolve(result);
  const { header, end, findings } = readFindings(file);
  const changes = previous === undefined ? null : readChanges(resolve(previous), file);
  const present = pastAuditOf(header, end);
  const audits = history === undefined ? [present] : await extendFile(history, present, signal);
  // With the packages that draw, which only a page needs.
  const { formatAuditPage } = await import('./page.js');
  const page = formatAuditPage({ header, end, findings, changes, history: audits, resultFile: basename(file) });
  await writePageFile(html, page, auditPage);
  return { header, end };
}

function extendFile(name: string, present: PastAudit, signal: AbortSignal | undefined): Promise<readonly PastAudit[]> {
  const file = resolve(name);
  const history = new ExtendedFile(file, join(dirname(file), '.clojars-fetch-locks'), historyKind);
  return history.extend((audits) => extendHistory(audits, present), signal);
}
