/**
 * Renews a file that later builds replace under the same name: a snapshot without a timestamp. Its rules are those of metadata: fresh for a
 * minute, then asked for with the kept ETag, and served as it is if no mirror answers.
 */
import { DelegatingTemporary } from '../../../base/disk/delegating-temporary.js';
import { lookAt } from '../../../base/disk/stat-file.js';
import type { CommitOptions, PlacedFile } from '../../../base/disk/temporary-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import type { Context } from '../../../fetch/context.js';
import type { LocalRepository } from '../../../local/repository/local-repository.js';
import type { Repository } from '../../../network/mirrors/repository.js';
import { fileUrl } from '../../../network/mirrors/request.js';
import type { Transport } from '../../../network/transport/contract/transport.js';
import { type Validator, validatorOf } from '../../../network/transport/contract/validator.js';
import type { RepositoryAccess } from './repository-access.js';

const freshMs = 60_000;
/** How long to wait for the answer if the copy could be served instead. */
const oldWaitMs = 5_000;

/** Ends a download: the mirror says that the copy in the cache is still right. */
export class Unchanged extends Error {
  override readonly name = 'Unchanged';
}

export interface StaleLimit {
  readonly now: () => number;
  /** `Infinity` sets no limit. */
  readonly maxStaleMs: number;
}

export class Renewal {
  readonly #path: string;
  readonly #limit: StaleLimit;
  /** By URL: no other mirror knows it. */
  readonly #validators = new Map<string, Validator>();
  /** Of answers whose bodies have no verdict yet. */
  readonly #pending = new Map<string, Validator>();
  #renewedMs = Number.NEGATIVE_INFINITY;
  /** When a mirror last said that the copy is still right, and the time of that copy on the disk. */
  #confirmed: { readonly ms: number; readonly modifiedMs: number } | null = null;

  /**
   * @param path of the file in its repository
   * @param limit of the age of a copy that is served because no mirror answers
   */
  constructor(path: string, limit: StaleLimit) {
    this.#path = path;
    this.#limit = limit;
  }

  isFresh(nowMs: number): boolean {
    return Math.abs(nowMs - this.#renewedMs) < freshMs;
  }

  /**
   * Returns when a mirror last vouched for the copy: it sent it, or said later that it is still right (RFC 9111 section 4.3.4).
   * @param modifiedMs time of the copy on the disk: that at which it arrived
   */
  confirmedMs(modifiedMs: number): number {
    const confirmed = this.#confirmed;
    return confirmed?.modifiedMs === modifiedMs ? Math.max(confirmed.ms, modifiedMs) : modifiedMs;
  }

  /** Notes that the file was asked for, and that what came is good. */
  renewed(nowMs: number): void {
    this.#renewedMs = nowMs;
    if (this.#pending.size === 0) return;
    this.#validators.clear();
    for (const [url, validator] of this.#pending) this.#validators.set(url, validator);
    this.#pending.clear();
  }

  /** Returns the access that fetches the file although it is there, and replaces it. Throws `Unchanged` if that is not necessary. */
  accessOf(access: RepositoryAccess): RepositoryAccess {
    this.#pending.clear();
    return { ...access, context: (signal, onEvent) => this.#contextOf(access.context(signal, onEvent), access.repository) };
  }

  /** A copy can be served after a single try. @param patienceMs of a file that is not there */
  patience(access: RepositoryAccess, patienceMs: number): { readonly patienceMs: number; readonly isOnce: boolean } {
    const isOnce = this.#isUsable(access);
    return { patienceMs: isOnce ? Math.min(patienceMs, oldWaitMs) : patienceMs, isOnce };
  }

  /** Whether the copy is served after this error. */
  mayKeep(error: unknown, access: RepositoryAccess): boolean {
    this.#pending.clear();
    if (error instanceof Unchanged) {
      this.#confirm(access);
      return true;
    }
    const isWithoutAnswer = isClojarsFetchError(error) && (error.code === 'ERR_UNREACHABLE' || error.code === 'ERR_OFFLINE');
    return isWithoutAnswer && this.#isUsable(access);
  }

  #confirm({ root }: RepositoryAccess): void {
    const stats = lookAt(`${root}/${this.#path}`);
    if (stats !== null) this.#confirmed = { ms: this.#limit.now(), modifiedMs: stats.mtimeMs };
  }

  #isUsable({ root }: RepositoryAccess): boolean {
    const stats = lookAt(`${root}/${this.#path}`);
    const { now, maxStaleMs } = this.#limit;
    return stats !== null && now() - this.confirmedMs(stats.mtimeMs) <= maxStaleMs;
  }

  #contextOf(context: Context, repository: Repository): Context {
    const open: Context['network']['open'] = async () => {
      const { transport, health } = await context.network.open();
      return { health, transport: this.#conditional(transport, repository, context) };
    };
    const { store, network } = context;
    return { ...context, network: { ...network, open }, store: { ...store, local: replacing(store.local) } };
  }

  /** Only the canonical operator and trusted mirrors may say that a file is still right. */
  #conditional(transport: Transport, { mirrors }: Repository, { store }: Context): Transport {
    const urls = new Set(mirrors.filter(({ canonical, trusted }) => canonical || trusted).map(({ url }) => fileUrl(url, this.#path).href));
    return {
      get: async (request) => {
        const { href } = request.url;
        if (!urls.has(href) || request.rangeFrom !== undefined) return transport.get(request);
        const isThere = (await store.local.find(this.#path)) !== null;
        const unlessMatches = isThere ? this.#validators.get(href) : undefined;
        const answer = await transport.get({ ...request, unlessMatches });
        if (unlessMatches !== undefined && answer.status === 304) {
          answer.cancel();
          throw new Unchanged('the copy in the cache is still right');
        }
        const validator = answer.status === 200 ? validatorOf(answer.headers, Date.now()) : null;
        if (validator !== null) this.#pending.set(href, validator);
        return answer;
      },
      close: () => transport.close(),
    };
  }
}

/** Does not see what is there, and replaces it. */
function replacing(local: LocalRepository): LocalRepository {
  return {
    ...local,
    find: () => Promise.resolve(null),
    createTemporary: async (path) => new ReplacingFile(await local.createTemporary(path)),
    writeSmall: (path, bytes, options) => local.writeSmall(path, bytes, { ...options, replace: true }),
  };
}

class ReplacingFile extends DelegatingTemporary {
  override commit(options: CommitOptions = {}): Promise<PlacedFile> {
    return super.commit({ ...options, replace: true });
  }
}
