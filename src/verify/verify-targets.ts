/** Checks targets again: finds their files, judges some of them at a time, and reports in the order of the targets. */
import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';

import type { Context } from '../artifact/context.js';
import { formatCoordinate } from '../coordinate/format.js';
import { ClojarsFetchError, isClojarsFetchError } from '../error.js';
import { isBeneath } from '../local-repository/layout.js';
import { filesOfCoordinate } from './coordinate-files.js';
import { failedFile } from './failed-file.js';
import { readLockedFiles, verifyLockedFile } from './lockfile-files.js';
import { verifyPlainFile } from './plain-file.js';
import { readOnly } from './read-only.js';
import type { VerifiedFile, VerifyReport } from './report.js';
import { foundArtifact, verifyRepositoryFile } from './repository-file.js';
import { classifyTarget, type KnownTarget, type VerifyTarget } from './target.js';
import { createWalkNotes, formatWalkNotes, maxFiles, walkArtifacts, type FoundArtifact } from './walk.js';

/** Files at the same time: their hashing takes turns, waiting for mirrors does not. */
const atOnce = 24;

/** How far a verification has come. */
export interface VerifyProgress {
  readonly checked: number;
  /** Found so far, checked or not. */
  readonly found: number;
  /** Absolute path of the file that was checked last. */
  readonly path: string;
}

export interface VerifySurroundings {
  readonly context: Context;
  /** Bounds the time of the work on one file. */
  readonly bounded: <T>(subject: string, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: VerifyProgress) => void;
}

interface Job {
  readonly subject: string;
  /** For the entry of a file whose time ran out. */
  readonly about: Pick<VerifiedFile, 'path' | 'coordinate' | 'repository'>;
  readonly work: (signal: AbortSignal) => Promise<VerifiedFile>;
}

/**
 * What is wrong with a file is in the report. What is wrong with a target is thrown.
 * @throws ClojarsFetchError ERR_CONFIG, ERR_COORDINATE, ERR_NOT_FOUND, ERR_LOCKFILE, ERR_RANGE, ERR_LIMIT, ERR_ABORTED
 */
export async function verifyTargets(targets: readonly VerifyTarget[], surroundings: VerifySurroundings): Promise<VerifyReport> {
  const { bounded, signal, onProgress } = surroundings;
  const context = readOnly(surroundings.context);
  const known: KnownTarget[] = [];
  for (const target of targets) known.push(recognizeLockfile(await classifyTarget(target)));
  const notes = createWalkNotes();
  const warnings: string[] = [];
  const files: VerifiedFile[] = [];
  let found = 0;
  let checked = 0;
  const jobs = jobsOf(known, context, notes, warnings, signal);
  let ended = false;
  const worker = async (): Promise<void> => {
    while (!ended) {
      const next = await jobs.next();
      if (next.done === true) return;
      const { subject, work, about } = next.value;
      const index = found++;
      if (found > maxFiles) throw new ClojarsFetchError('ERR_LIMIT', { reason: 'too-large', message: `more than ${maxFiles} files to verify`, hint: 'verify parts of it, by coordinate or by lockfile' });
      const verified = await bounded(subject, work).catch((error: unknown) => {
        if (!isClojarsFetchError(error) || error.code !== 'ERR_UNREACHABLE') throw error;
        return failedFile(error, { ...about, warnings: [] }, signal);
      });
      files[index] = verified;
      checked += 1;
      onProgress({ checked, found, path: verified.path });
    }
  };
  // The first failure ends the others at their next file; nothing runs on in the background.
  const workers = Array.from({ length: atOnce }, () => worker().finally(() => (ended = true)));
  const failed = (await Promise.allSettled(workers)).find((one) => one.status === 'rejected');
  await jobs.return(undefined);
  if (failed) throw failed.reason;
  warnings.push(...formatWalkNotes(notes));
  if (files.length === 0) {
    throw new ClojarsFetchError('ERR_NOT_FOUND', {
      reason: 'absent',
      path: context.local.root,
      message: known.some(({ kind }) => kind === 'local-repository') ? `there are no artifacts in the local repository ${context.local.root}` : 'there is nothing to verify: the lockfile names no files',
      hint: notes.ignored > 0 ? `${notes.ignored} files there are not named as artifacts of a Maven repository; is it the right folder?` : 'name another with --local-repo DIR, or fetch something first',
    });
  }
  return { files, warnings, ignored: notes.ignored };
}

async function* jobsOf(targets: readonly KnownTarget[], context: Context, notes: ReturnType<typeof createWalkNotes>, warnings: string[], signal: AbortSignal): AsyncGenerator<Job, undefined> {
  const seen = new Set<string>();
  const root = realPath(context.local.root) ?? context.local.root;
  for (const target of targets) {
    switch (target.kind) {
      case 'coordinate': {
        const { artifacts, warnings: more } = await filesOfCoordinate(context, target.coordinate, signal);
        warnings.push(...more);
        for (const one of artifacts) {
          if (seen.has(one.path)) continue;
          seen.add(one.path);
          yield artifactJob(context, one);
        }
        break;
      }
      case 'file':
        yield fileJob(context, root, target.file);
        break;
      case 'lockfile':
        for (const locked of await readLockedFiles(target.file)) {
          const about = { path: context.local.file(locked.path), coordinate: null, repository: locked.repository };
          yield { subject: locked.path, about, work: (own) => verifyLockedFile(context, locked, target.file, own) };
        }
        break;
      case 'local-repository':
        await checkRoot(context.local.root);
        for await (const one of walkArtifacts(context.local.root, '', notes, signal)) {
          if (seen.has(one.path)) continue;
          seen.add(one.path);
          yield artifactJob(context, one);
        }
    }
  }
  return undefined;
}

/** A file of the local repository is judged as what its path says it is, any other by its signature and the user's pins. */
function fileJob(context: Context, root: string, file: string): Job {
  // The name of the signature, as `gpg --verify` takes it, is as good as that of the file.
  const meant = file.replace(/\.(?:asc|sig)$/, '');
  const real = realPath(meant);
  if (real === null && meant !== file) {
    throw new ClojarsFetchError('ERR_CONFIG', { reason: 'unreadable', path: meant, message: `${file} is a signature, and the file that it belongs to is not beside it`, hint: `it would be ${meant}` });
  }
  const found = real !== null && isBeneath(root, real) ? foundArtifact(relative(root, real).split(sep).join('/')) : null;
  if (found !== null) return artifactJob(context, found);
  return { subject: meant, about: { path: meant, coordinate: null, repository: null }, work: (signal) => verifyPlainFile(context, meant, signal) };
}

/** Null where there is nothing. */
function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}

function artifactJob(context: Context, found: FoundArtifact): Job {
  const coordinate = formatCoordinate(found.coordinate);
  return { subject: coordinate, about: { path: context.local.file(found.path), coordinate, repository: null }, work: (signal) => verifyRepositoryFile(context, found, signal) };
}

/** A lockfile by its first line, whatever its name. */
function recognizeLockfile(target: KnownTarget): KnownTarget {
  if (target.kind !== 'file') return target;
  const head = Buffer.alloc(19);
  try {
    const descriptor = openSync(target.file, 'r');
    try {
      readSync(descriptor, head, 0, head.length, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw new ClojarsFetchError('ERR_CONFIG', { reason: 'unreadable', path: target.file, cause, message: `${target.file} cannot be read`, hint: 'check its permissions' });
  }
  return head.toString('latin1') === 'clojars-fetch-lock ' ? { kind: 'lockfile', file: target.file } : target;
}

async function checkRoot(root: string): Promise<void> {
  const stats = await stat(root).catch(() => null);
  if (stats?.isDirectory() === true) return;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: root,
    message: stats === null ? `there is no local repository at ${root}` : `the local repository ${root} is no folder`,
    hint: 'name it with --local-repo DIR',
  });
}
