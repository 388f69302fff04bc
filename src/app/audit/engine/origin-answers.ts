/** Remembers what the origin says, so that several places cost it one question. */
import { lastSyncPath } from '../../../maven/mirror-trace/trace.js';
import { checksumMaxBytes } from '../../../network/transport/contract/limits.js';
import type { Answer, Look, Reading, Small } from './answer.js';
import type { PlaceClient } from './place-client.js';

/** Answers kept: the places go through the plan at about the same time. */
const mostKept = 4096;
/** Kept in memory, and no larger. */
const mostBytes = 64 * 1024;

export class OriginAnswers {
  readonly #client: PlaceClient;
  readonly #kept = new Map<string, Promise<unknown>>();

  constructor(client: PlaceClient) {
    this.#client = client;
  }

  now(): number {
    return this.#client.now();
  }

  urlOf(path: string): string {
    return this.#client.urlOf(path);
  }

  /** Asks for the time, which each answer tells. */
  async tellTime(): Promise<void> {
    await this.#client.look({ path: lastSyncPath, as: 'audit' });
  }

  /** Asks past the caches. */
  look(path: string): Promise<Answer<Look>> {
    return this.#keep(`look ${path}`, () => this.#client.look({ path, as: 'audit', fresh: true }));
  }

  read(path: string): Promise<Answer<Reading>> {
    return this.#keep(`read ${path}`, () => this.#client.read({ path, as: 'audit' }, Number.MAX_SAFE_INTEGER));
  }

  /** @param fresh whether to ask past the caches, and not to use an earlier answer */
  async readSmall(
    path: string,
    { maxBytes = checksumMaxBytes, fresh = false }: { readonly maxBytes?: number; readonly fresh?: boolean } = {},
  ): Promise<Answer<Small>> {
    const ask = (): Promise<Answer<Small>> => this.#client.readSmall({ path, as: 'audit', fresh }, maxBytes);
    if (fresh) return ask();
    const answer = await this.#keep(`small ${path}`, ask);
    if (answer.kind === 'file' && (answer.value?.length ?? 0) > mostBytes) this.#kept.delete(`small ${path}`);
    return answer;
  }

  #keep<Value>(key: string, ask: () => Promise<Answer<Value>>): Promise<Answer<Value>> {
    const known = this.#kept.get(key) as Promise<Answer<Value>> | undefined;
    if (known !== undefined) return known;
    const asked = ask();
    this.#kept.set(key, asked);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostKept) break;
      this.#kept.delete(oldest);
    }
    return asked;
  }
}
