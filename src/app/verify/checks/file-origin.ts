import type { Context } from '../../../fetch/context.js';
import type { WantedFile } from '../../../fetch/wanted-file.js';
import { repositoriesFor, type RepositoryCandidate } from '../../../network/mirrors/order.js';

/** Where a local file came from, and which repositories may be asked about it. */
export interface FileOrigin {
  /** `unlisted`: not recorded. `foreign`: from a repository that is not configured. */
  readonly kind: 'unlisted' | 'installed' | 'remote' | 'foreign';
  /** Id of the repository; null if it is not recorded. */
  readonly repository: string | null;
  /** Ids as the local repository records them. */
  readonly recorded: readonly string[];
  readonly candidates: readonly RepositoryCandidate[];
}

/** Reads the origin of a file from Maven's tracking files. */
export async function originOf(context: Context, { path, group, snapshot }: WantedFile): Promise<FileOrigin> {
  const candidates = repositoriesFor(group, snapshot, context.route.repositories, context.route.repoFor);
  const origins = await context.store.local.origins(path);
  if (origins.kind !== 'remote') return { kind: origins.kind, repository: null, recorded: [], candidates };
  const { repositoryIds: recorded } = origins;
  const homes = candidates.filter(({ repository }) => recorded.includes(repository.trackingId));
  const [home] = homes;
  if (home === undefined) return { kind: 'foreign', repository: recorded[0] ?? null, recorded, candidates: [] };
  return { kind: 'remote', repository: home.repository.id, recorded, candidates: homes };
}
