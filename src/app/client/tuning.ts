import type { LockView } from '../../local/lockfile/view.js';
import type { ResolveHost } from '../../network/transport/connection/dns.js';
import type { StallLimit } from '../../network/transport/contract/stall-watch.js';

/** Clocks and limits that only tests change, and the name that the proxy gives itself. Not part of the public API. */
export interface Tuning {
  /** For DNS, TCP and TLS together. Default: 3,000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** From the end of the request to the head of the answer. Default: 5,000 ms. */
  readonly firstByteTimeoutMs?: number | undefined;
  /** Default: under 1,024 bytes per second for 10,000 ms. */
  readonly stall?: StallLimit | undefined;
  /** How long the resolver may be silent before a remembered address is used. Default: 1,000 ms. */
  readonly dnsTimeoutMs?: number | undefined;
  /** Resolves names for https. Default: the system's resolver. */
  readonly resolve?: ResolveHost | undefined;
  /** How long a mirror without history may be silent before the next one is asked as well. Default: 250 ms. */
  readonly hedgeDelayMs?: number | undefined;
  /** Default: as configured. */
  readonly artifactMaxBytes?: number | undefined;
  /** The time for which signatures are judged. Default: the system's. */
  readonly now?: (() => number) | undefined;
  /** Name of the proxy that the requests are made for; see `HttpTransportOptions.via`. Default: none. */
  readonly via?: string | undefined;
  /** The lockfile in effect, instead of the configured one. */
  readonly lock?: LockView | undefined;
}
