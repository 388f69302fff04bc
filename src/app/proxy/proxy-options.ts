/** Options of `createProxy()`, and what the proxy reports: types of the public API. */
import type { ClientEvent } from '../../base/event.js';
import type { ClientOptions } from '../../local/settings/client-options.js';

/**
 * Sets how the proxy listens, caches and fetches. Everything about repositories, mirrors and proofs is as in {@link ClientOptions}, and
 * comes from the same sources.
 */
export interface ProxyOptions extends ClientOptions {
  /** Port on 127.0.0.1; 0 chooses a free one. Default: 0. */
  readonly port?: number | undefined;
  /**
   * Folder of the cache: one folder for each repository, in Maven's layout. Default: `proxy` in {@link ClientOptions.cacheFolder}.
   */
  readonly proxyFolder?: string | undefined;
  /**
   * Serve from, and fetch into, the local repository ({@link ClientOptions.localRepository}) instead of a cache. Nothing in it is ever
   * evicted or moved. Default: false.
   */
  readonly useLocalRepository?: boolean | undefined;
  /** Size limit of the cache in bytes, at least 1 MiB; never more than 85 % of the disk. Default: 10 GiB. */
  readonly cacheMaxBytes?: number | undefined;
  /**
   * How long to go on trying before a request is answered with 503, in milliseconds, 0 to 600,000. Build tools do not try again. Default:
   * 20,000.
   */
  readonly patienceMs?: number | undefined;
  /** How old metadata may be that is served because no mirror answers, in milliseconds. Default: no limit. */
  readonly maxStaleMs?: number | undefined;
  /**
   * Send the beginning of a file of more than 8 MiB while the rest is still downloaded; its end always waits for the verdict. Default: true.
   */
  readonly earlyBytes?: boolean | undefined;
  /**
   * Speak https. The certificates are for this machine's loopback names only; they are issued once, and kept in
   * {@link ClientOptions.stateFolder}. Default: false.
   */
  readonly tls?: boolean | undefined;
  /** Fetch what the tool will probably ask for next. Default: true. */
  readonly lookAhead?: boolean | undefined;
  /**
   * Folder in which each served jar is noted, for statistics: a file for each repository and day, in the form of Fastly's logs, from which
   * Clojars counts. Default: downloads are not counted.
   */
  readonly downloadLog?: string | undefined;
  /** Receives a {@link RequestEvent} for each answered request. Errors that it throws are ignored. */
  readonly onRequest?: ((event: RequestEvent) => void) | undefined;
}

/** One answered request. */
export interface RequestEvent {
  readonly method: string;
  /** The request target as it came, bounded and escaped. */
  readonly target: string;
  readonly status: number;
  /** Bytes of the body that were sent. */
  readonly bytes: number;
  /** From the request to the end of the answer, in milliseconds. */
  readonly ms: number;
  /** Where the file came from; null if none was sent. */
  readonly cache: 'hit' | 'miss' | 'stale' | null;
  /** Base URL of the mirror that served it in this request; null if it was in the cache. */
  readonly mirror: string | null;
  /** The level of its proof; null for anything but a verified file. */
  readonly level: string | null;
  /** Why there is no file, with its code and reason; null if there is one. */
  readonly refusal: { readonly code: string; readonly reason: string; readonly detail: string } | null;
}

/** A running proxy. */
export interface Proxy {
  /** Base URL, with a slash at its end: `http://127.0.0.1:PORT/`. The repositories are folders beneath it. */
  readonly url: string;
  /** PEM file of the certificate authority that build tools must trust; null without TLS. */
  readonly certificateAuthority: string | null;
  /** Ids of the repositories that it serves, in the order in which they are asked. */
  readonly repositories: readonly string[];
  /** Calls back for each event of the client while the proxy runs. Returns the function that stops this. */
  on(listener: (event: ClientEvent) => void): () => void;
  /**
   * Reads configuration, policy and lockfile again, without losing a connection. Rejects if they are not valid, and then changes nothing.
   * @param options in place of the present ones; the port cannot change. Default: the present ones, whose files may have changed
   * @throws {ClojarsFetchError} as `createProxy`
   */
  reload(options?: ProxyOptions): Promise<void>;
  /** Stops listening, waits for running answers, then ends the rest. Safe to call twice. */
  close(options?: ProxyCloseOptions): Promise<void>;
}

/** How a proxy ends. */
export interface ProxyCloseOptions {
  /** How long running answers may take, in milliseconds. Default: 30,000. */
  readonly graceMs?: number | undefined;
}
