/**
 * The files of all repositories as one: the earliest that has the file wins, as everywhere. A later repository answers for an earlier one
 * that cannot be reached only if a binding names it, or for Central and Clojars.
 */
import { ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';
import { isSnapshot } from '../../../maven/version/snapshot.js';
import { findBuiltIn } from '../../../network/mirrors/built-in.js';
import { mayPassOver, repositoriesFor, type RepositoryCandidate } from '../../../network/mirrors/order.js';
import type { Repository } from '../../../network/mirrors/repository.js';
import { tellingAbsence } from './absence.js';
import type { FileAddress } from './file-download.js';
import type { FoundFile, Priority, RepositoryFiles } from './repository-files.js';

/** Groups whose repository is remembered. */
const mostHomes = 10_000;

export interface AllFilesOptions {
  /** In the order to ask. */
  readonly repositories: readonly Repository[];
  /** Group pattern to repository id. */
  readonly repoFor: ReadonlyMap<string, string>;
  readonly filesOf: (repository: string) => Pick<RepositoryFiles, 'find' | 'isThere'>;
}

export class AllFiles {
  readonly #options: AllFilesOptions;
  /** The repository that had a file of the group: it is asked first if it may answer before the others do. */
  readonly #homes = new Map<string, string>();

  constructor(options: AllFilesOptions) {
    this.#options = options;
  }

  /**
   * Returns the file, or its download, from the repository that decides.
   * @throws ClojarsFetchError as `RepositoryFiles.find`
   */
  async find(address: FileAddress, priority: Priority = 'tool'): Promise<FoundFile> {
    const { group, version } = address.coordinate;
    const candidates = this.#cachedFirst(this.candidates(group, isSnapshot(version)), address);
    const unreachable: { readonly repository: Repository; readonly error: ClojarsFetchError }[] = [];
    const absent: ClojarsFetchError[] = [];
    let notCached: ClojarsFetchError | null = null;
    for (const candidate of candidates) {
      const blocking = unreachable.find(
        ({ repository }) => !mayPassOver(repository, candidate.repository, { ...noFacts, bound: candidate.bound }),
      );
      if (blocking !== undefined) throw blocking.error;
      try {
        return await this.#findIn(candidate, address, priority);
      } catch (error) {
        if (!isClojarsFetchError(error)) throw error;
        if (error.code === 'ERR_NOT_FOUND') absent.push(error);
        else if (error.code === 'ERR_OFFLINE') notCached = error;
        else if (error.code === 'ERR_UNREACHABLE') unreachable.push({ repository: candidate.repository, error });
        else throw error;
      }
    }
    throw unreachable[0]?.error ?? notCached ?? tellingAbsence(absent) ?? noRepository(address);
  }

  /** The repositories that may have artifacts of the group, in the order to ask. */
  candidates(group: string, snapshot: boolean): readonly RepositoryCandidate[] {
    const { repositories, repoFor } = this.#options;
    const candidates = repositoriesFor(group, snapshot, repositories, repoFor);
    return withFirst(
      candidates,
      candidates.findIndex(({ repository }) => repository.id === this.#homes.get(group)),
    );
  }

  /** After a restart, the cache knows where a file came from: in an outage, no other repository must be waited for. */
  #cachedFirst(candidates: readonly RepositoryCandidate[], { path, coordinate }: FileAddress): readonly RepositoryCandidate[] {
    if (candidates.length < 2 || this.#homes.has(coordinate.group)) return candidates;
    return withFirst(
      candidates,
      candidates.findIndex(({ repository }) => this.#options.filesOf(repository.id).isThere(path)),
    );
  }

  /** Waits until the repository is known to have the file: for the first bytes of a large one, otherwise for its verdict. */
  async #findIn({ repository }: RepositoryCandidate, address: FileAddress, priority: Priority): Promise<FoundFile> {
    const found = this.#options.filesOf(repository.id).find(address, priority);
    if (found.kind === 'coming') {
      const { announced: whenAnnounced, done } = found.download;
      const announced = await Promise.race([whenAnnounced, done.then(() => null)]);
      if (announced === null) await done;
    }
    if (this.#homes.size >= mostHomes) this.#homes.clear();
    this.#homes.set(address.coordinate.group, repository.id);
    return found;
  }
}

/** Puts one candidate before the others, if it may answer for all that come before it. */
function withFirst(candidates: readonly RepositoryCandidate[], index: number): readonly RepositoryCandidate[] {
  const found = candidates[index];
  if (found === undefined) return candidates;
  const isFirst = candidates
    .slice(0, index)
    .every(({ repository }) => mayPassOver(repository, found.repository, { ...noFacts, bound: found.bound }));
  return isFirst ? [found, ...candidates.filter((candidate) => candidate !== found)] : candidates;
}

const noFacts = { lockfile: null, recorded: [], firstSeen: null };

/**
 * Returns why the repositories cannot be served as one; null if they can. Without bindings, a name that is taken in one repository could be
 * served from another: only Central and Clojars promise each other that this does not happen.
 */
export function whyNotMerged(repositories: readonly Repository[], repoFor: ReadonlyMap<string, string>): ClojarsFetchError | null {
  const named = new Set(repoFor.values());
  const unbound = repositories.filter(({ id, url, groups }) => groups === null && !named.has(id) && findBuiltIn(id, url) === null);
  const [first] = unbound;
  if (first === undefined || repositories.length === 1) return null;
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'not-bound',
    message: `the repositories cannot be served as one: no group is bound to ${first.id}`,
    hint: `Bind its groups with --repo-for GROUP=${first.id}, or ask each repository by its own path, such as /${first.id}/.`,
  });
}

function noRepository({ path, coordinate }: FileAddress): ClojarsFetchError {
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    message: `${path}: no repository serves ${isSnapshot(coordinate.version) ? 'snapshots' : 'releases'} of ${coordinate.group}`,
    hint: 'See --repo-for and the `groups` of the repositories.',
  });
}
