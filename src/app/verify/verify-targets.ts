/** Verifies targets: finds their files, checks several at a time, and reports in the order of the targets. */
import { ClojarsFetchError } from '../../base/error.js';
import type { Context } from '../../fetch/context.js';
import type { Job } from './checks/job.js';
import { readOnly } from './checks/read-only.js';
import type { VerifiedFile, VerifyReport } from './report/report.js';
import { sumUpUnanswered } from './report/unanswered.js';
import { findJobs } from './targets/find-jobs.js';
import { recognizeLockfile } from './targets/recognize-lockfile.js';
import { classifyTarget, type KnownTarget, type VerifyTarget } from './targets/target.js';
import { createWalkNotes, formatWalkNotes, maxFiles, type WalkNotes } from './targets/walk.js';
import { checkJobs, type JobQueue, type PlacedJob, type ThreadedVerifyRun } from './threads/check-jobs.js';

/** The progress of a verification. */
export interface VerifyProgress {
  readonly checked: number;
  /** Number of files found so far, checked or not. */
  readonly found: number;
  /** Absolute path of the file that was checked last. */
  readonly path: string;
}

export interface TargetsRun extends ThreadedVerifyRun {
  readonly onProgress: (progress: VerifyProgress) => void;
}

/**
 * Reports problems with files, and throws problems with targets.
 * @throws ClojarsFetchError ERR_CONFIG, ERR_COORDINATE, ERR_NOT_FOUND, ERR_LOCKFILE, ERR_RANGE, ERR_LIMIT, ERR_ABORTED
 */
export async function verifyTargets(targets: readonly VerifyTarget[], run: TargetsRun): Promise<VerifyReport> {
  const context = readOnly(run.context);
  const known: KnownTarget[] = [];
  for (const target of targets) known.push(recognizeLockfile(await classifyTarget(target)));
  const notes = createWalkNotes();
  const warnings: string[] = [];
  const jobs = findJobs(known, context, notes, warnings);
  const queue = new TargetQueue(jobs, known.length, run.onProgress);
  try {
    await checkJobs(queue, { ...run, context });
  } finally {
    await jobs.return(undefined);
  }
  if (queue.files.length === 0) throw nothingFound(context, known, notes);
  const { files, warnings: unanswered } = sumUpUnanswered(queue.files);
  return { files, warnings: [...warnings, ...formatWalkNotes(notes), ...unanswered], ignored: notes.ignored };
}

/** Numbers the jobs as they are found, and keeps each entry at the number of its job. */
class TargetQueue implements JobQueue {
  readonly files: VerifiedFile[] = [];
  readonly #jobs: AsyncGenerator<Job, undefined>;
  readonly #targets: number;
  readonly #onProgress: TargetsRun['onProgress'];
  #found = 0;
  #checked = 0;

  constructor(jobs: AsyncGenerator<Job, undefined>, targets: number, onProgress: TargetsRun['onProgress']) {
    this.#jobs = jobs;
    this.#targets = targets;
    this.#onProgress = onProgress;
  }

  get known(): number {
    return Math.max(this.#found, this.#targets);
  }

  async next(): Promise<PlacedJob | null> {
    const { done, value: job } = await this.#jobs.next();
    if (done === true) return null;
    if (this.#found === maxFiles)
      throw new ClojarsFetchError('ERR_LIMIT', {
        reason: 'too-large',
        message: `more than ${maxFiles} files to verify`,
        hint: 'Verify parts of it, by coordinate or by lockfile.',
      });
    return { index: this.#found++, job };
  }

  put(index: number, verified: VerifiedFile): void {
    this.files[index] = verified;
    this.#checked += 1;
    this.#onProgress({ checked: this.#checked, found: this.#found, path: verified.path });
  }
}

function nothingFound({ store }: Context, targets: readonly KnownTarget[], { ignored }: WalkNotes): ClojarsFetchError {
  const { root } = store.local;
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    path: root,
    message: targets.some(({ kind }) => kind === 'local-repository')
      ? `the local repository ${root} holds no artifacts`
      : 'nothing to verify: the lockfile names no files',
    hint:
      ignored > 0
        ? `${ignored} files there are not named like artifacts of a Maven repository. Is it the right folder?`
        : 'Name another one with --local-repo DIR, or fetch something first.',
  });
}
