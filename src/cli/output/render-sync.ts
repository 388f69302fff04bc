/** Text of `mirror sync`. */
import type { FilterReport, MirrorFinding, MirrorSyncReport, SyncEstimate } from '../../mirror.js';
import { counted } from './counted.js';
import { showText } from './render.js';

/** Formats what a sync compared and did, in a few lines. */
export function formatSync({
  source,
  target,
  dryRun,
  plan,
  estimate,
  published,
  traffic,
  deletions,
  filter,
  findingCounts,
  milliseconds,
}: MirrorSyncReport): string {
  const { listed, unchanged, missing, suspect, gone, bytes } = plan;
  const found = Object.entries(findingCounts).filter(([, count]) => count > 0);
  return [
    `${showText(source)} → ${showText(target)}`,
    `${counted(listed, 'file')} listed: ${unchanged} unchanged, ${missing} missing, ${suspect} to be compared; ${gone} are gone at the source`,
    ...(filter === null ? [] : [showFilter(filter, plan.leftOut)]),
    estimate !== null
      ? showEstimate(estimate, bytes)
      : `${counted(published.files, 'file')} published (${size(published.bytes)}), with ${counted(traffic.requests, 'request')}, in ${(milliseconds / 1000).toFixed(1)} s`,
    ...(dryRun && deletions.due > 0 ? [`due to be deleted (--delete): ${counted(deletions.due, 'file')}`] : []),
    ...(deletions.deleted === 0 ? [] : [`${counted(deletions.deleted, 'file')} deleted`]),
    ...(found.length === 0 ? [] : [found.map(([kind, count]) => `${count} ${kind}`).join(', ')]),
    '',
  ].join('\n');
}

function showFilter({ metadata, versions }: FilterReport, leftOut: number): string {
  const taken = versions === null ? '' : `the filters take ${counted(versions, 'version')}, and leave out ${counted(leftOut, 'file')}; `;
  return metadata === 'rewrite'
    ? `${taken}metadata is rewritten to the versions that the mirror has`
    : `${taken}metadata is copied as it is, and also names versions that are left out`;
}

export function formatFinding({ kind, key, detail }: MirrorFinding): string {
  return `${kind}  ${key}: ${detail}`;
}

function showEstimate({ requests, seconds }: SyncEstimate, bytes: number): string {
  if (requests === 0) return 'nothing was copied, and nothing would be';
  // Not every listing has sizes.
  const most = bytes === 0 ? 'an unknown number of bytes' : `up to ${size(bytes)}`;
  return `nothing was copied; ${most} would be, with about ${counted(requests, 'request')}, in about ${duration(seconds)}`;
}

function size(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1000)} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}
