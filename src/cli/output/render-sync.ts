/** Text of `mirror sync`. */
import type { MirrorFinding, MirrorSyncReport } from '../../mirror.js';
import { showText } from './render.js';

/** Formats what a sync compared and did, in a few lines. */
export function formatSync({
  source,
  target,
  plan,
  estimate,
  published,
  traffic,
  deletions,
  findingCounts,
  milliseconds,
}: MirrorSyncReport): string {
  const { listed, unchanged, missing, suspect, gone, bytes } = plan;
  const found = Object.entries(findingCounts).filter(([, count]) => count > 0);
  return [
    `${showText(source)} → ${showText(target)}`,
    `${listed} files listed: ${unchanged} unchanged, ${missing} missing, ${suspect} to be compared; ${gone} are gone at the source`,
    estimate !== null
      ? `nothing was copied; up to ${size(bytes)} would be, with about ${estimate.requests} requests, in about ${duration(estimate.seconds)}`
      : `${published.files} files published (${size(published.bytes)}), with ${traffic.requests} requests, in ${(milliseconds / 1000).toFixed(1)} s`,
    ...(deletions.deleted === 0 ? [] : [`${deletions.deleted} files deleted`]),
    ...(found.length === 0 ? [] : [found.map(([kind, count]) => `${count} ${kind}`).join(', ')]),
    '',
  ].join('\n');
}

export function formatFinding({ kind, key, detail }: MirrorFinding): string {
  return `${kind}  ${key}: ${detail}`;
}

function size(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1000)} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}
