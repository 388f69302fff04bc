/** Opens the origin and the places: connections as two agents, and limits for each host. */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { homedir } from 'node:os';

import { type LinkedAbort, linkedAbort } from '../../../base/async/linked-abort.js';
import { version } from '../../../base/package-version.js';
import { loadConfiguration } from '../../../local/settings/effective.js';
import { parseTrace, traceMaxBytes, tracePath } from '../../../maven/mirror-trace/trace.js';
import { parseRepositoryUrl } from '../../../network/mirrors/repository-url.js';
import type { Transport } from '../../../network/transport/contract/transport.js';
import { createNetworkTransport } from '../../client/network-transport.js';
import { Politeness } from '../../mirror/source/politeness.js';
import type { Agent } from '../compare/sample.js';
import type { AuditPlace } from '../contract.js';
import type { AuditClientOptions } from '../plan/plan-options.js';
import { PlaceClient } from './place-client.js';
import { Slowness } from './slowness.js';
import { Vitality } from './vitality.js';

export interface OpenPlacesOptions {
  readonly client: AuditClientOptions;
  readonly connections: number;
  readonly rate: number;
  readonly patienceMs: number;
  readonly contact: string | null;
  readonly signal: AbortSignal;
}

/** A server under load answers late, and there is no other to ask. */
const standardFirstByteMs = 20_000;
/** An answer that takes longer is late: a tenth of that time, but no less than a busy server may take. */
const usualShare = 0.1;
const shortestGraceMs = 1_000;
/** A busy moment of this machine is not the fault of a place. */
const leastPatienceMs = 5_000;
/** A mirror that shows the truth to audits only must not know all of their requests. */
const plainAgent = 'Apache-Maven/3.9.9 (Java 21.0.5; Linux 6.1.0-28-amd64)';

export class OpenPlaces {
  readonly #options: OpenPlacesOptions;
  readonly #transports: Readonly<Record<Agent, Transport>>;
  readonly #allowHttp: readonly string[];
  readonly #hosts = new Map<string, Politeness>();
  readonly #nonce = randomBytes(8).toString('hex');
  /** Of the places. */
  readonly #links: LinkedAbort[] = [];

  private constructor(options: OpenPlacesOptions, transports: Readonly<Record<Agent, Transport>>, allowHttp: readonly string[]) {
    this.#options = options;
    this.#transports = transports;
    this.#allowHttp = allowHttp;
  }

  static async open(options: OpenPlacesOptions): Promise<OpenPlaces> {
    const { client, connections, contact } = options;
    const settings = await loadConfiguration({ options: client, env: process.env, homeFolder: homedir() });
    const { allowHttp, ca, proxyFor, cacheFolder } = settings;
    const network = { allowHttp, ca, proxyFor, cacheFolder, concurrency: connections };
    const tuning = { firstByteTimeoutMs: client.firstByteTimeoutMs ?? standardFirstByteMs };
    const ownAgent = `clojars-fetch/${version} (${contact === null ? 'audit' : `audit; ${contact}`})`;
    const [audit, plain] = await Promise.all(
      [ownAgent, plainAgent].map((userAgent) => createNetworkTransport(network, process.env, { ...tuning, userAgent })),
    );
    if (audit === undefined || plain === undefined) throw new TypeError('two transports');
    return new OpenPlaces(options, { audit, plain }, allowHttp);
  }

  /** @throws {ClojarsFetchError} `ERR_CONFIG` */
  client({ name, url }: AuditPlace): PlaceClient {
    const { client: settings, connections, rate, patienceMs, signal } = this.#options;
    const { url: base } = parseRepositoryUrl(url, `plan: ${name}`, this.#allowHttp);
    const host = base.host === '' ? base.href : base.host;
    const politeness = this.#hosts.get(host) ?? new Politeness({ connections, rate, bandwidth: null });
    this.#hosts.set(host, politeness);
    const vitality = new Vitality({ patienceMs });
    const link = linkedAbort(signal);
    setMaxListeners(0, link.signal);
    this.#links.push(link);
    const slowness = new Slowness({
      graceMs: Math.max(shortestGraceMs, usualShare * (settings.firstByteTimeoutMs ?? standardFirstByteMs)),
      patienceMs: Math.max(leastPatienceMs, patienceMs),
      onTooSlow: () => {
        vitality.giveUp(': the audit waited for it longer than it worked');
        link.abort();
      },
    });
    const { signal: placeSignal } = link;
    return new PlaceClient({
      base,
      transports: this.#transports,
      politeness,
      vitality,
      slowness,
      nonce: this.#nonce,
      signal,
      placeSignal,
    });
  }

  async close(): Promise<void> {
    for (const link of this.#links) link.release();
    await Promise.all([this.#transports.audit.close(), this.#transports.plain.close()]);
  }
}

/** Asks a mirror how often it syncs, in seconds; null if it does not say. */
export async function intervalOf(client: PlaceClient): Promise<number | null> {
  const answer = await client.readSmall({ path: tracePath, as: 'audit' }, traceMaxBytes);
  if (answer.kind !== 'file' || answer.value === null) return null;
  const read = parseTrace(answer.value.toString('utf8'));
  return read.ok ? read.trace.intervalSeconds : null;
}
