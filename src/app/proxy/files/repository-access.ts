/** How the proxy fetches from one repository: with the session's network and policy, into that repository's own folder of the cache. */
import { join } from 'node:path';

import type { EventListener } from '../../../base/event.js';
import type { Context } from '../../../fetch/context.js';
import { createLongLivedVerificationCache } from '../../../local/ledger/verification-cache.js';
import { createLocalRepository, type LocalRepository } from '../../../local/repository/local-repository.js';
import type { Repository } from '../../../network/mirrors/repository.js';
import type { Session } from '../../client/session.js';
import { Outage } from './outage.js';

/** Opens contexts for the files of one repository. */
export interface RepositoryAccess {
  readonly repository: Repository;
  /** Absolute root of the files, in Maven's layout. */
  readonly root: string;
  /** Whether files are the proxy's own to replace; false for the user's local repository. */
  readonly mayReplace: boolean;
  /** Shared by all requests for its files, metadata and documents. */
  readonly outage: Outage;
  /** Forgets what is known of a file that left the cache. */
  removed(file: string): void;
  /** Returns the context of one download. */
  context(signal: AbortSignal, onEvent?: EventListener): Context;
}

export interface AccessOptions {
  readonly session: Session;
  readonly repository: Repository;
  readonly root: string;
  /** Where verdicts and locks are kept: outside of the served tree. Null keeps the session's, for the user's local repository. */
  readonly ownFolder: string | null;
  /** As in {@link Outage}. */
  readonly onReach: (isInReach: boolean) => void;
}

export function openRepository({ session, repository, root, ownFolder, onReach }: AccessOptions): RepositoryAccess {
  const files =
    ownFolder === null
      ? null
      : {
          local: withoutTracking(createLocalRepository({ root, lockFolder: join(ownFolder, 'locks') }), repository.trackingId),
          verificationCache: createLongLivedVerificationCache(ownFolder, root),
        };
  return {
    repository,
    root,
    mayReplace: ownFolder !== null,
    outage: new Outage(onReach),
    removed: (file) => files?.verificationCache.forget(file),
    context(signal, onEvent) {
      const { store, route, run, ...parts } = session.context({ signal, comparisons: null });
      const emit: EventListener = (event) => {
        onEvent?.(event);
        run.emit(event);
      };
      return { ...parts, route, store: { ...store, ...files }, run: { ...run, emit, comparesLocal: ownFolder === null } };
    },
  };
}

/**
 * The cache has a folder for each repository, so where a file came from need not be noted next to it. Maven never reads the folder: there
 * are no failures of it to clear, either.
 */
function withoutTracking(local: LocalRepository, trackingId: string): LocalRepository {
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    ...local,
    origins: () => Promise.resolve({ kind: 'remote', repositoryIds: [trackingId] }),
    usable: () => Promise.resolve(true),
    recordOrigin: nothing,
    clearFailures: nothing,
  };
}
