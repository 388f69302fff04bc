/**
 * One repository path to one verified file in the local repository: what is there already, else from a repository.
 * Code that a warm call does not need is loaded only then (from-repositories.ts).
 */
import { ClojarsFetchError } from '../error.js';
import { repositoriesFor } from '../repository/order.js';
import type { Context } from './context.js';
import type { FileSubject, ResolvedFile } from './file-subject.js';
import { findLocalFile } from './local-file.js';

/**
 * @throws ClojarsFetchError ERR_NOT_FOUND, ERR_UNREACHABLE, ERR_CHECKSUM, ERR_QUORUM, ERR_OFFLINE, ERR_LOCAL_REPOSITORY, ERR_LIMIT, ERR_CONFIG
 */
export async function resolveFile(context: Context, subject: FileSubject, signal: AbortSignal): Promise<ResolvedFile> {
  const candidates = repositoriesFor(subject.group, subject.snapshot, context.repositories, context.repoFor);
  const here = await findLocalFile(context, subject, candidates, signal);
  if (here) return here;
  if (context.offline) {
    throw new ClojarsFetchError('ERR_OFFLINE', {
      reason: 'absent',
      coordinate: subject.coordinate,
      message: `${subject.coordinate} is not in the local repository, and --offline forbids asking anybody`,
      hint: `Run once without --offline. The file would be ${context.local.file(subject.path)}`,
    });
  }
  const { fromRepositories } = await import('./from-repositories.js');
  const release = await context.local.lock(subject.path, signal);
  try {
    // Another process may have brought it while this one waited for the lock.
    const meanwhile = await findLocalFile(context, subject, candidates, signal);
    if (meanwhile) return meanwhile;
    return await fromRepositories(context, subject, candidates, signal);
  } finally {
    await release();
  }
}
