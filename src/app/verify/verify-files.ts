/** `verifyFiles()`: the room `verify` with this machine's configuration, as a client would have it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

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
  /** Told after each file. What it throws is ignored. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/**
 * Checks again what is on this disk: hashes each file, holds it against pins, the first-seen record and the checksum
 * beside it, asks its repository's mirrors anew for what they publish (unless `offline`), and checks its signature where
 * the policy looks at signatures. A file that lies in no local repository is checked by the signature `FILE.asc` beside
 * it and by trusted-checksum files. Nothing is changed, and nothing fetched but checksums and signatures.
 *
 * What is wrong with a file is in the report, not thrown. `timeoutMs` bounds the work on one file of a repository.
 *
 * From 256 files on, up to three threads take part in what needs no network: files that lie in no local repository, and
 * with `offline` all.
 *
 * @param targets coordinates, files, lockfiles, or `{ localRepository: true }`; see {@link VerifyTarget}
 * @throws {ClojarsFetchError} ERR_CONFIG (`unreadable`: no such file, a folder), ERR_COORDINATE, ERR_NOT_FOUND (`absent`:
 * nothing of that coordinate is there), ERR_LOCKFILE, ERR_RANGE, ERR_LIMIT, ERR_ABORTED
 */
export async function verifyFiles(
  targets: readonly VerifyTarget[],
  options: ClientOptions & OperationOptions & VerifyOptions = {},
): Promise<VerifyReport> {
  const { onProgress, ...clientOptions } = options;
  const told = new Set<string>();
  const emit = (event: ClientEvent): void => {
    // What is wrong with a keyring each thread finds out for itself.
    if (event.type === 'warning' && event.warning === 'keys') {
      if (told.has(event.message)) return;
      told.add(event.message);
    }
    safeListener(options.onEvent)(event);
  };
  const session = await openSession({ options: clientOptions, ...userEnvironment(), emit });
  const stop = new AbortController();
  const signals = [stop.signal, options.signal].filter((signal) => signal !== undefined);
  try {
    return await verifyTargets(targets, {
      context: session.context({ signal: AbortSignal.any(signals), comparisons: null }),
      bounded: (subject, work) => runBounded(subject, signals, session.configuration.timeoutMs, work),
      onProgress: safeListener(onProgress),
      startThread: () => startThread(clientOptions, emit),
    });
  } catch (error) {
    if (options.signal?.aborted !== true || isClojarsFetchError(error)) throw error;
    throw new ClojarsFetchError('ERR_ABORTED', { reason: 'signal', cause: options.signal.reason, message: 'verification aborted' });
  } finally {
    stop.abort(new Error('the verification ended'));
    await session.close();
  }
}

/** Where the package was put into other forms, the script is not there, and one thread does all. */
async function startThread(
  { onEvent: _, signal: __, ...options }: ClientOptions,
  emit: (event: ClientEvent) => void,
): Promise<VerifyThread | null> {
  const script = fileURLToPath(new URL(import.meta.url.endsWith('.js') ? './verify-thread.js' : './verify-thread.cjs', import.meta.url));
  if (!existsSync(script)) return null;
  return (await import('./threads/thread.js')).startThread(script, options, emit);
}

export type { VerifiedFile, VerifiedStatus, VerifyCounts, VerifyFailure, VerifyReport } from './report/report.js';
export type { VerifyProgress, VerifyTarget };
