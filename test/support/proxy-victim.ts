/** A proxy that is asked for everything, killed without notice, and started again, until its end. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { KillableProxy } from './killable-proxy.js';

export interface ProxyVictimOptions {
  /** HOME, with the cache; another proxy may share it. */
  readonly home: string;
  /** Canonical URL of the repository `r`. */
  readonly url: string;
  /** Paths to ask for all at once after each start. */
  readonly paths: readonly string[];
  /** Longest life in milliseconds; the first is a fifth of it, and each is longer than the one before, five in turn. Default: 500. */
  readonly lifeMs?: number | undefined;
}

export class ProxyVictim {
  /** Kills so far. */
  kills = 0;
  #isEnding = false;
  #running: Promise<void> = Promise.resolve();

  static async start(options: ProxyVictimOptions): Promise<ProxyVictim> {
    const victim = new ProxyVictim();
    const { home, url } = options;
    victim.#running = victim.#live(await KillableProxy.start({ home, url }), options);
    return victim;
  }

  /** Kills it for the last time. */
  end(): Promise<void> {
    this.#isEnding = true;
    return this.#running;
  }

  async #live(first: KillableProxy, { paths, lifeMs = 500 }: ProxyVictimOptions): Promise<void> {
    let proxy = first;
    while (!this.#isEnding) {
      const { url } = proxy;
      const leaving = new AbortController();
      const { signal } = leaving;
      setMaxListeners(0, signal);
      const asked = Promise.allSettled(paths.map(async (path) => (await fetch(`${url}r/${path}`, { signal })).arrayBuffer()));
      await sleep((lifeMs / 5) * ((this.kills % 5) + 1));
      this.kills += 1;
      await proxy.kill();
      leaving.abort();
      await asked;
      proxy = await proxy.restart();
    }
    await proxy.kill();
  }
}
