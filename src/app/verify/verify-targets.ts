/** Checks targets again: finds their files, judges some of them at a time, and reports in the order of the targets. */
import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';

import { isBeneath } from '../../base/disk/beneath.js';
import { ClojarsFetchError } from '../../base/error.js';
import type { Context } from '../../fetch/context.js';
import { checkJobs, type JobQueue, type ThreadedVerifyRun } from './check-jobs.js';
import { filesOfCoordinate } from './coordinate-files.js';
import type { Job } from './job.js';
import { readLockedFiles } from './lockfile-files.js';
import { readOnly } from './read-only.js';
import type { VerifiedFile, VerifyReport } from './report.js';
import { foundArtifact } from './repository-file.js';
import { classifyTarget, type KnownTarget, type VerifyTarget } from './target.js';
import { tellUnanswered } from './unanswered.js';
import { createWalkNotes, formatWalkNotes, maxFiles, walkArtifacts } from './walk.js';

/** How far a verification has come. */
export interface VerifyProgress {
  readonly checked: number;
  /** Found so far, checked or not. */
  readonly found: number;
  /** Absolute path of the file that was checked last. */
  readonly path: string;
}

export interface TargetsRun extends ThreadedVerifyRun {
  readonly onProgress: (progress: VerifyProgress) => void;
}

/**
 * What is wrong with a file is in the report. What is wrong with a target is thrown.
 * @throws ClojarsFetchError ERR_CONFIG, ERR_COORDINATE, ERR_NOT_FOUND, ERR_LOCKFILE, ERR_RANGE, ERR_LIMIT, ERR_ABORTED
 */
export async function verifyTargets(targets: readonly VerifyTarget[], run: TargetsRun): Promise<VerifyReport> {
  const { onProgress } = run;
  const context = readOnly(run.context);
  const targetsFound: KnownTarget[] = [];
  for (const target of targets) targetsFound.push(recognizeLockfile(await classifyTarget(target)));
  const notes = createWalkNotes();
  const warnings: string[] = [];
  const files: VerifiedFile[] = [];
  const jobs = jobsOf(targetsFound, context, notes, warnings);
  let found = 0;
  let checked = 0;
  const queue: JobQueue = {
    get known() {
      return Math.max(found, targetsFound.length);
    },
    async next() {
      const { done, value: job } = await jobs.next();
      if (done === true) return null;
      if (found === maxFiles)
        throw new ClojarsFetchError('ERR_LIMIT', {
          reason: 'too-large',
          message: `more than ${maxFiles} files to verify`,
          hint: 'Verify parts of it, by coordinate or by lockfile.',
        });
      return { index: found++, job };
    },
    put(index, verified) {
      files[index] = verified;
      checked += 1;
      onProgress({ checked, found, path: verified.path });
    },
  };
  try {
    await checkJobs(queue, { ...run, context });
  } finally {
    await jobs.return(undefined);
  }
  warnings.push(...formatWalkNotes(notes));
  if (files.length === 0) {
    throw new ClojarsFetchError('ERR_NOT_FOUND', {
      reason: 'absent',
      path: context.store.local.root,
      message: targetsFound.some(({ kind }) => kind === 'local-repository')
        ? `the local repository ${context.store.local.root} holds no artifacts`
        : 'nothing to verify: the lockfile names no files',
      hint:
        notes.ignored > 0
          ? `${notes.ignored} files there are not named like artifacts of a Maven repository. Is it the right folder?`
          : 'Name another one with --local-repo DIR, or fetch something first.',
    });
  }
  const told = tellUnanswered(files);
  return { files: told.files, warnings: [...warnings, ...told.warnings], ignored: notes.ignored };
}

async function* jobsOf(
  targets: readonly KnownTarget[],
  context: Context,
  notes: ReturnType<typeof createWalkNotes>,
  warnings: string[],
): AsyncGenerator<Job, undefined> {
  const seen = new Set<string>();
  const root = realPath(context.store.local.root) ?? context.store.local.root;
  for (const target of targets) {
    switch (target.kind) {
      case 'coordinate': {
        const { artifacts, warnings: more } = await filesOfCoordinate(context, target.coordinate);
        warnings.push(...more);
        for (const one of artifacts) {
          if (seen.has(one.path)) continue;
          seen.add(one.path);
          yield { kind: 'artifact', found: one };
        }
        break;
      }
      case 'file':
        yield fileJob(root, target.file);
        break;
      case 'lockfile':
        for (const locked of await readLockedFiles(target.file)) {
          yield { kind: 'locked', locked, lockfile: target.file };
        }
        break;
      case 'local-repository':
        await checkRoot(context.store.local.root);
        for await (const one of walkArtifacts(context.store.local.root, '', notes, context.run.signal)) {
          if (seen.has(one.path)) continue;
          seen.add(one.path);
          yield { kind: 'artifact', found: one };
        }
    }
  }
  return undefined;
}

/** A file of the local repository is judged as what its path says it is, any other by its signature and the user's pins. */
function fileJob(root: string, file: string): Job {
  // The name of the signature, as `gpg --verify` takes it, is as good as that of the file.
  const meant = file.replace(/\.(?:asc|sig)$/, '');
  const real = realPath(meant);
  if (real === null && meant !== file) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unreadable',
      path: meant,
      message: `${file} is a signature, but the file that it belongs to is not next to it`,
      hint: `The file would be ${meant}.`,
    });
  }
  const found = real !== null && isBeneath(root, real) ? foundArtifact(relative(root, real).split(sep).join('/')) : null;
  return found === null ? { kind: 'plain', file: meant } : { kind: 'artifact', found };
}

/** Null where there is nothing. */
function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}

/** What nobody names a lockfile: not worth a look into it. */
const archiveName = /\.(?:jar|war|aar|zip)(?:\.(?:asc|sig))?$/i;

/** A lockfile by its first line, unless its name says that it is an archive. */
function recognizeLockfile(target: KnownTarget): KnownTarget {
  if (target.kind !== 'file' || archiveName.test(target.file)) return target;
  const head = Buffer.alloc(19);
  try {
    const descriptor = openSync(target.file, 'r');
    try {
      readSync(descriptor, head, 0, head.length, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unreadable',
      path: target.file,
      cause,
      message: `${target.file} cannot be read`,
      hint: 'Check its permissions.',
    });
  }
  return head.toString('latin1') === 'clojars-fetch-lock ' ? { kind: 'lockfile', file: target.file } : target;
}

async function checkRoot(root: string): Promise<void> {
  const stats = await stat(root).catch(() => null);
  if (stats?.isDirectory() === true) return;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: root,
    message: stats === null ? `the local repository ${root} does not exist` : `the local repository ${root} is not a folder`,
    hint: 'Name it with --local-repo DIR.',
  });
}
