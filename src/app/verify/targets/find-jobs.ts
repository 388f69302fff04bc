/** Turns targets into jobs, one per file, each found only when it is requested. */
import { realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';

import { isBeneath } from '../../../base/disk/beneath.js';
import { lookAt } from '../../../base/disk/stat-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
import type { Context } from '../../../fetch/context.js';
import { missingLockfile, readLockfile } from '../../../local/lockfile/open.js';
import { type FoundArtifact, foundArtifact } from '../checks/found-artifact.js';
import type { Job } from '../checks/job.js';
import { filesOfCoordinate } from './coordinate-files.js';
import type { KnownTarget } from './target.js';
import { walkArtifacts, type WalkNotes } from './walk.js';

/**
 * Yields the jobs in the order of the targets, each artifact once.
 * @param warnings receives warnings about a target as a whole
 */
export async function* findJobs(
  targets: readonly KnownTarget[],
  context: Context,
  notes: WalkNotes,
  warnings: string[],
): AsyncGenerator<Job, undefined> {
  const { root } = context.store.local;
  const realRoot = realPath(root) ?? root;
  const seen = new Set<string>();
  const isNew = ({ path }: FoundArtifact): boolean => seen.size < seen.add(path).size;
  for (const target of targets) {
    switch (target.kind) {
      case 'coordinate': {
        const { artifacts, warnings: more } = await filesOfCoordinate(context, target.coordinate);
        warnings.push(...more);
        for (const found of artifacts) if (isNew(found)) yield { kind: 'artifact', found };
        break;
      }
      case 'file':
        yield fileJob(realRoot, target.file);
        break;
      case 'lockfile': {
        const lockfile = await readLockfile(target.file);
        if (lockfile === null) throw missingLockfile(target.file);
        for (const locked of lockfile.files) yield { kind: 'locked', locked, lockfile: target.file };
        break;
      }
      case 'local-repository':
        checkRoot(root);
        for await (const found of walkArtifacts(root, '', notes, context.run.signal)) if (isNew(found)) yield { kind: 'artifact', found };
    }
  }
  return undefined;
}

/** A file in the local repository is judged as the artifact at its path, any other by its signature and the user's pins. */
function fileJob(root: string, file: string): Job {
  // As in `gpg --verify`, the name of the signature stands for the file.
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

/** Returns null if nothing is at the path. */
function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}

function checkRoot(root: string): void {
  const stats = lookAt(root);
  if (stats?.isDirectory() === true) return;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: root,
    message: stats === null ? `the local repository ${root} does not exist` : `the local repository ${root} is not a folder`,
    hint: 'Name it with --local-repo DIR.',
  });
}
