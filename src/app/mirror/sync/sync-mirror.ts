/** Copies a repository into a folder for a web server. */
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isBeneath } from '../../../base/disk/beneath.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { openSource } from '../source/open-source.js';
import { FolderTarget } from '../target/folder-target.js';
import { MirrorSync, standardConnections } from './mirror-sync.js';
import { checkSyncOptions, type MirrorSyncReport, type SyncMirrorOptions } from './sync-options.js';

/**
 * Copies a repository into a folder for a web server, or brings the copy up to date. Every file is verified before it becomes visible, and
 * metadata becomes visible only after the files that it names. May be aborted or killed at any time; the next call goes on.
 *
 * @throws {ClojarsFetchError} `ERR_CONFIG`; `ERR_UNREACHABLE` if the source cannot be listed or is gone; `ERR_LOCAL_REPOSITORY` if the
 * target cannot be written or another sync works on it; `ERR_ABORTED`. What is wrong with single files is in the report.
 */
export async function syncMirror(options: SyncMirrorOptions): Promise<MirrorSyncReport> {
  checkSyncOptions(options);
  const { from, to, crawl = false, connections = standardConnections, rate = null, bandwidth = null, contact = null } = options;
  const root = resolve(to);
  refuseOverlap(from, root);
  const signal = options.signal ?? new AbortController().signal;
  const target = new FolderTarget(root);
  const source = await openSource(from, {
    stagingFolder: join(target.stateFolder, 'fetched'),
    connections,
    rate,
    bandwidth,
    contact,
    listing: crawl ? 'crawl' : 'index',
    client: options.client ?? {},
  });
  try {
    return await new MirrorSync(options, source, target, signal).run();
  } catch (error) {
    throw signal.aborted ? aborted(signal) : error;
  } finally {
    await source.close();
  }
}

function refuseOverlap(from: string, target: string): void {
  if (/^[a-z][a-z0-9+.-]+:/i.test(from) && !from.startsWith('file:')) return;
  const source = from.startsWith('file:') ? fileURLToPath(from) : resolve(from);
  if (!isBeneath(source, target) && !isBeneath(target, source)) return;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${relative('.', target) || target}: the target lies in the source, or the source in the target`,
    hint: 'Choose a target of its own.',
  });
}

function aborted(signal: AbortSignal): ClojarsFetchError {
  return new ClojarsFetchError('ERR_ABORTED', {
    reason: 'signal',
    message: 'the sync was aborted; the next one goes on from here',
    cause: signal.reason,
  });
}
