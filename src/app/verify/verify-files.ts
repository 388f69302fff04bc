/** `verifyFiles()`: verifies with this machine's configuration, like a client. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { linkedAbort } from '../../base/async/linked-abort.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { type ClientEvent, safeListener } from '../../base/event.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import { userEnvironment } from '../../local/settings/machine/user-environment.js';
import { type OperationOptions, runBounded } from '../client/operation.js';
import { openSession } from '../client/session.js';
import type { VerifyReport } from './report/report.js';
import type { VerifyTarget } from './targets/target.js';
import type { VerifyThread } from './threads/thread.js';
import { type VerifyProgress, verifyTargets } from './verify-targets.js';

/** Options of {@link verifyFiles} alone. */
export interface VerifyOptions {
  /** Called after each file. Errors that it throws are ignored. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/**
 * Verifies local files again: hashes each file, compares it with pins, the first-seen record and the checksum stored next to it, asks its
 * repository's mirrors for their checksums (unless `offline`), and checks its signature if the policy checks signatures. A file outside the
 * local repository is checked by the signature `FILE.asc` next to it and by trusted-checksum files. Changes no file, and fetches only
 * checksums and signatures.
 *
 * Problems with a file are reported, not thrown. `timeoutMs` limits the work on each file of a repository.
 *
 * If there are 256 files or more, up to three threads check those that need no network: files outside the local repository, and with
 * `offline` all files.
 *
 * @param targets coordinates, files, lockfiles, or `{ localRepository: true }`; see {@link VerifyTarget}
 * @throws {ClojarsFetchError} ERR_CONFIG (`unreadable`: no such file, a folder), ERR_COORDINATE, ERR_NOT_FOUND (`absent`: the local
 * repository has no file of that coordinate), ERR_LOCKFILE, ERR_RANGE, ERR_LIMIT, ERR_ABORTED
 */
export async function verifyFiles(
  targets: readonly VerifyTarget[],
  options: ClientOptions & OperationOptions & VerifyOptions = {},
): Promise<VerifyReport> {
  const { onProgress, ...clientOptions } = options;
  const reported = new Set<string>();
  const emit = (event: ClientEvent): void => {
    // Each thread finds the problems of a keyring again: report them once.
    if (event.type === 'warning' && event.warning === 'keys') {
      if (reported.has(event.message)) return;
      reported.add(event.message);
    }
    safeListener(options.onEvent)(event);
  };
  const session = await openSession({ options: clientOptions, ...userEnvironment(), emit });
  const link = linkedAbort(options.signal);
  const { signal } = link;
  try {
    return await verifyTargets(targets, {
      context: session.context({ signal, comparisons: null }),
      bounded: (subject, work) => runBounded(subject, [signal], session.configuration.timeoutMs, work),
      onProgress: safeListener(onProgress),
      startThread: () => startThread(clientOptions, emit),
    });
  } catch (error) {
    if (options.signal?.aborted !== true || isClojarsFetchError(error)) throw error;
    throw new ClojarsFetchError('ERR_ABORTED', { reason: 'signal', cause: options.signal.reason, message: 'verification aborted' });
  } finally {
    link.abort(new Error('the verification ended'));
    await session.close();
  }
}

/** Returns null if the script is missing, as in a bundle made from this package: the main thread then does all the work. */
async function startThread(
  { onEvent: _, signal: __, ...options }: ClientOptions,
  emit: (event: ClientEvent) => void,
): Promise<VerifyThread | null> {
  const script = fileURLToPath(new URL('./verify-thread.cjs', import.meta.url));
  if (!existsSync(script)) return null;
  return (await import('./threads/thread.js')).startThread(script, options, emit);
}

export type { VerifiedFile, VerifiedStatus, VerifyCounts, VerifyFailure, VerifyReport } from './report/report.js';
export type { VerifyProgress, VerifyTarget };
