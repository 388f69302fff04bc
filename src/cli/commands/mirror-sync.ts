/** `mirror sync`: copies a repository, or brings the copy up to date. */
import type { ClojarsFetchError } from '../../base/error.js';
import { type MirrorFinding, type MirrorSyncReport, syncMirror } from '../../mirror.js';
import { clientOptions } from '../options/client-options.js';
import { usageError } from '../options/usage-error.js';
import { exitCodes } from '../output/exit-code.js';
import { syncDocument } from '../output/mirror-json.js';
import { showText } from '../output/render.js';
import { formatFinding, formatSync } from '../output/render-sync.js';
import type { Command } from './command.js';

export const mirrorSyncCommand: Command = async ({ given, output, signal }) => {
  const { from, to, settleMs, intervalMs, ...options } = given;
  if (from === undefined || to === undefined || given.words.length > 0) throw incomplete();
  const report = await syncMirror({
    from,
    to,
    otherOrigins: options.otherOrigins,
    twoOrigins: options.twoOrigins,
    crawl: options.crawl,
    noLock: options.noLock,
    increment: options.increment,
    feed: options.feed,
    settle: settleMs === undefined ? undefined : settleMs / 1000,
    groups: options.groups.length === 0 ? undefined : options.groups,
    since: options.since,
    snapshots: !options.noSnapshots,
    latest: options.latest,
    metadata: options.metadataForm,
    dryRun: options.dryRun,
    indexes: options.indexes,
    delete: options.delete,
    maxDelete: options.maxDelete,
    withdrawn: options.withdrawn,
    rescan: options.rescan,
    verify: options.verify,
    connections: options.connections,
    rate: options.rate,
    bandwidth: options.bandwidth,
    operator: options.operator,
    contact: options.contact,
    interval: intervalMs === undefined ? undefined : intervalMs / 1000,
    client: clientOptions(given, { signal, onEvent: output.onEvent }),
    signal,
    onFinding: (finding: MirrorFinding) => output.note(showText(formatFinding(finding))),
    onProgress: ({ phase, published }) =>
      output.progress(phase === 'publish' ? `${published.files} files published` : phase === 'list' ? 'listing the source' : 'comparing'),
  });
  for (const warning of report.warnings) output.warn(warning);
  output.result(formatSync(report), syncDocument(report, output.warnings));
  return isFine(report) ? exitCodes.done : exitCodes.verification;
};

function isFine({ isComplete, dryRun, findings }: MirrorSyncReport): boolean {
  return isComplete || (dryRun && findings.length === 0);
}

function incomplete(): ClojarsFetchError {
  return usageError(
    "'mirror sync' needs --from SOURCE and --to TARGET, and nothing else",
    "For example, write 'clojars-fetch mirror sync --from https://repo.clojars.org/ --to /srv/mirror'.",
  );
}
