/** One file to check, as plain data: a worker thread may check it. */
import { isClojarsFetchError } from '../../../base/error.js';
import { type Context, withRun } from '../../../fetch/context.js';
import type { LockedFile } from '../../../local/lockfile/lockfile.js';
import { formatCoordinate } from '../../../maven/coordinate/format.js';
import { failedFile } from '../report/failed-file.js';
import type { VerifiedFile } from '../report/report.js';
import type { FoundArtifact } from './found-artifact.js';
import { verifyLockedFile } from './locked-file.js';
import { verifyPlainFile } from './plain-file.js';
import { verifyRepositoryFile } from './repository-file.js';

/** Paths of plain files and lockfiles are absolute. */
export type Job =
  | { readonly kind: 'plain'; readonly file: string }
  | { readonly kind: 'artifact'; readonly found: FoundArtifact }
  | { readonly kind: 'locked'; readonly locked: LockedFile; readonly lockfile: string };

export interface VerifyRun {
  readonly context: Context;
  /** Limits the time for the work on one file. */
  readonly bounded: <T>(subject: string, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}

/**
 * Reports any problem with the file, including a time-out.
 * @throws ClojarsFetchError ERR_ABORTED, ERR_CONFIG
 */
export async function checkJob(job: Job, { context, bounded }: VerifyRun): Promise<VerifiedFile> {
  // Needs no limit: no server is asked about it.
  if (job.kind === 'plain') return verifyPlainFile(context, job.file);
  const { subject, about, work } = describeJob(context, job);
  try {
    return await bounded(subject, work);
  } catch (error) {
    if (!isClojarsFetchError(error) || error.code !== 'ERR_UNREACHABLE') throw error;
    return failedFile(error, { ...about, warnings: [] }, context.run.signal);
  }
}

interface DescribedJob {
  readonly subject: string;
  /** For the entry of a file that timed out. */
  readonly about: Pick<VerifiedFile, 'path' | 'coordinate' | 'repository'>;
  readonly work: (signal: AbortSignal) => Promise<VerifiedFile>;
}

function describeJob(context: Context, job: Exclude<Job, { readonly kind: 'plain' }>): DescribedJob {
  if (job.kind === 'locked') {
    const { locked, lockfile } = job;
    const about = { path: context.store.local.file(locked.path), coordinate: null, repository: locked.repository };
    return { subject: locked.path, about, work: (signal) => verifyLockedFile(withRun(context, { signal }), locked, lockfile) };
  }
  const { found } = job;
  const coordinate = formatCoordinate(found.coordinate);
  return {
    subject: coordinate,
    about: { path: context.store.local.file(found.path), coordinate, repository: null },
    work: (signal) => verifyRepositoryFile(withRun(context, { signal }), found),
  };
}
