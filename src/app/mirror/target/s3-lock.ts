/**
 * The lock of a bucket: an object that only one sync can create, by a conditional PUT, and that its owner changes from time to time as a
 * sign of life. Clocks of other machines are not believed: a lock is dead once it was seen unchanged for long enough.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import { Cancellation, type CancelSignal } from '../../../base/async/cancellation.js';
import { withGrace } from '../../../base/async/grace.js';
import { wait } from '../../../base/async/wait.js';
import { ClojarsFetchError } from '../../../base/error.js';
import type { Asking } from '../../../network/s3/ask.js';
import { deleteObject, getObject } from '../../../network/s3/objects.js';
import { findConditionSupport, putObject } from '../../../network/s3/put-object.js';
import { sourceOf, unquoted } from '../../../network/s3/upload.js';
import { isTransportError } from '../../../network/transport/contract/transport.js';

export interface S3LockOptions {
  readonly asking: Asking;
  /** Where the lock lies. */
  readonly key: string;
  /** Of the state folder: a lock with it was left behind by a sync of this machine that is dead, since its local lock is free. */
  readonly owner: string;
  /** Between two signs of life. */
  readonly beatMs: number;
  /** How long a lock may be seen without one. */
  readonly deadMs: number;
}

interface SeenLock {
  readonly etag: string;
  readonly owner: string;
  readonly machine: string;
}

const maxBytes = 4096;
const contentType = 'application/json';

export class S3Lock {
  readonly #options: S3LockOptions;
  readonly #session = randomUUID();
  /** For the requests that keep the lock and release it. */
  #signal: CancelSignal = new Cancellation();
  #etag = '';
  #beats = 0;
  #timer: NodeJS.Timeout | null = null;
  #beating: Promise<void> = Promise.resolve();
  #lost: ClojarsFetchError | null = null;
  /** When the server last confirmed that the lock is ours: before that request was sent, by `performance.now`. */
  #confirmedMs = 0;

  constructor(options: S3LockOptions) {
    this.#options = options;
  }

  /** @throws {ClojarsFetchError} `locked`, or `no-lock` if the server cannot lock */
  async take(signal: AbortSignal): Promise<void> {
    this.#signal = withGrace(signal);
    const { asking, key } = this.#options;
    const support = await findConditionSupport(asking, `${key}-probe-${this.#session}`, signal);
    if (support !== 'honoured') throw cannotLock(asking.bucket.show(key), support);
    let seen: SeenLock | null = null;
    let sinceMs = 0;
    while (
      !(seen === null ? await this.#put('absent', signal) : this.#isDead(seen, sinceMs) && (await this.#put({ etag: seen.etag }, signal)))
    ) {
      const now = await this.#read(signal);
      if (seen !== null && now !== null && now.etag !== seen.etag) throw held(asking.bucket.show(key), now);
      if (seen === null) sinceMs = performance.now();
      seen = now;
      if (seen !== null && !this.#isDead(seen, sinceMs)) await wait(Math.min(this.#options.beatMs / 4, this.#options.deadMs), signal);
    }
    this.#timer = setInterval(() => void this.#beatInTurn(0), this.#options.beatMs).unref();
  }

  /**
   * Asks the server if the last sign of life was long ago: the process may have been stopped, or the network gone, and others may have taken
   * the lock for dead.
   * @throws {ClojarsFetchError} `locked` if another sync has taken the lock meanwhile, or may have
   */
  async verifyHeld(): Promise<void> {
    const { deadMs, asking, key } = this.#options;
    const confirmedMs = this.#confirmedMs;
    if (this.#silentMs >= deadMs / 2) await this.#beatInTurn(deadMs / 2);
    if (this.#lost === null && this.#confirmedMs === confirmedMs && this.#silentMs >= deadMs)
      this.#lost = held(asking.bucket.show(key), null);
    if (this.#lost !== null) throw this.#lost;
  }

  /** Never throws: a lock that cannot be removed dies by itself. */
  async release(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#beating;
    await this.#beat(); // a lock that another sync took over is not ours to remove
    if (this.#lost !== null) return;
    await deleteObject(this.#options.asking, this.#options.key, this.#signal).catch(() => undefined);
  }

  /** Whether the lock is ours now. */
  async #put(condition: 'absent' | { readonly etag: string }, signal: CancelSignal): Promise<boolean> {
    const { asking, key, owner } = this.#options;
    const startedMs = performance.now();
    this.#beats += 1;
    const body = JSON.stringify({ owner, session: this.#session, machine: hostname(), beats: this.#beats });
    const result = await putObject(asking, key, sourceOf(Buffer.from(body)), { contentType, signal, condition });
    if (result.kind === 'unsupported') throw cannotLock(asking.bucket.show(key), 'unsupported');
    if (result.kind !== 'stored') return false;
    this.#etag = result.etag;
    this.#confirmedMs = startedMs;
    return true;
  }

  #isDead({ owner }: SeenLock, sinceMs: number): boolean {
    return owner === this.#options.owner || performance.now() - sinceMs >= this.#options.deadMs;
  }

  get #silentMs(): number {
    return performance.now() - this.#confirmedMs;
  }

  /** Beats one after another: each needs the ETag of the one before. @param leastMs of silence, without which there is no need */
  #beatInTurn(leastMs: number): Promise<void> {
    return (this.#beating = this.#beating.then(() => (this.#silentMs >= leastMs ? this.#beat() : undefined)));
  }

  async #beat(): Promise<void> {
    if (this.#lost !== null) return;
    try {
      if (await this.#put({ etag: this.#etag }, this.#signal)) return;
      this.#lost = held(this.#options.asking.bucket.show(this.#options.key), null);
    } catch (error) {
      // The next beat may succeed: others believe in the lock for some beats more.
      if (!isTransportError(error)) this.#lost = held(this.#options.asking.bucket.show(this.#options.key), null);
    }
  }

  async #read(signal: AbortSignal): Promise<SeenLock | null> {
    const answer = await getObject(this.#options.asking, this.#options.key, { maxBytes, signal });
    if (answer === null) return null;
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const field = (name: string): string => new RegExp(`"${name}":"([\\w.-]{1,200})"`).exec(text)?.[1] ?? 'unknown';
    return { etag: unquoted(answer.headers['etag']), owner: field('owner'), machine: field('machine') };
  }
}

function held(where: string, by: SeenLock | null): ClojarsFetchError {
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'locked',
    message: `${where}: another sync works on this target${by === null ? '' : `, on ${by.machine}`}`,
    hint: 'Wait until it has ended. A lock without signs of life is taken over after a minute and a half.',
  });
}

function cannotLock(where: string, support: 'unsupported' | 'ignored'): ClojarsFetchError {
  const what = support === 'ignored' ? 'ignores' : 'does not know';
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'no-lock',
    message: `${where}: the server ${what} conditions (If-None-Match), so that the target cannot be locked`,
    hint: 'Make sure that only one sync works on it at a time, and say so with --no-lock.',
    setting: 'noLock',
  });
}
