/** Copies a repository into a folder for a web server, or into a bucket. */
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isBeneath } from '../../../base/disk/beneath.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { redactUrl } from '../../../network/mirrors/repository-url.js';
import { isS3Url, parseS3Url } from '../../../network/s3/location.js';
import { otherCanonicalPlaces } from '../source/canonical-places.js';
import { openSource } from '../source/open-source.js';
import type { MirrorSource } from '../source/source.js';
import { openTarget, targetFolder } from '../target/open-target.js';
import { standardConnections } from './estimate.js';
import { MirrorSync } from './mirror-sync.js';
import { checkSyncOptions, type MirrorSyncReport, type SyncMirrorOptions } from './sync-options.js';

/**
 * Copies a repository into a folder for a web server or into a bucket, or brings the copy up to date. Every file is verified before it becomes visible, and
 * metadata becomes visible only after the files that it names. May be aborted or killed at any time; the next call goes on.
 *
 * @throws {ClojarsFetchError} `ERR_CONFIG`; `ERR_UNREACHABLE` if the source cannot be listed or is gone; `ERR_LOCAL_REPOSITORY` if the
 * target cannot be written or another sync works on it; `ERR_ABORTED`. What is wrong with single files is in the report.
 */
export async function syncMirror(options: SyncMirrorOptions): Promise<MirrorSyncReport> {
  checkSyncOptions(options);
  const { from, to, crawl = false, connections = standardConnections, rate = null, bandwidth = null, contact = null } = options;
  refuseOverlap(from, to);
  const signal = options.signal ?? new AbortController().signal;
  const reach = { connections, contact, purpose: 'mirror sync' as const, client: options.client ?? {} };
  const { target, close } = await openTarget(to, { ...reach, noLock: options.noLock === true, isDryRun: options.dryRun === true });
  const opened: MirrorSource[] = [];
  const open = async (text: string, where: '--from' | '--other-origin', folder: string): Promise<MirrorSource> => {
    const stagingFolder = join(target.stateFolder, folder);
    const source = await openSource(text, { ...reach, where, rate, bandwidth, stagingFolder, listing: crawl ? 'crawl' : 'index' });
    opened.push(source);
    return source;
  };
  try {
    const source = await open(from, '--from', 'fetched');
    for (const [index, place] of otherPlaces(options).entries()) await open(place, '--other-origin', `fetched-${index + 1}`);
    return await new MirrorSync(options, source, target, signal, opened.slice(1)).run();
  } catch (error) {
    throw signal.aborted ? aborted(signal) : error;
  } finally {
    for (const source of opened) await source.close();
    await close();
  }
}

/** @throws {ClojarsFetchError} `ERR_CONFIG` */
function otherPlaces({ from, otherOrigins, twoOrigins }: SyncMirrorOptions): readonly string[] {
  const places = otherOrigins === undefined || otherOrigins.length === 0 ? otherCanonicalPlaces(from) : otherOrigins;
  if (twoOrigins !== true || places.length > 0) return places;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: 'options: twoOrigins: no other origin of this source is known',
    hint: 'Name one with --other-origin URL.',
    setting: 'twoOrigins',
  });
}

function refuseOverlap(from: string, to: string): void {
  if (isS3Url(to)) return refuseSameBucket(from, to);
  const target = targetFolder(to);
  if (/^[a-z][a-z0-9+.-]+:/i.test(from) && !from.startsWith('file:')) return;
  const source = from.startsWith('file:') ? fileURLToPath(from) : resolve(from);
  if (!isBeneath(source, target) && !isBeneath(target, source)) return;
  throw overlap(relative('.', target) || target);
}

function refuseSameBucket(from: string, to: string): void {
  const [source, target] = [parseS3Url(from), parseS3Url(to)];
  if ('problem' in source || 'problem' in target) return;
  const [one, other] = [source.location, target.location];
  const isSame = one.bucket === other.bucket && one.endpoint?.origin === other.endpoint?.origin;
  if (isSame && (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix))) throw overlap(redactUrl(to));
}

function overlap(target: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${target}: the target lies in the source, or the source in the target`,
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
