/** Opens the origin and the places: connections as two agents, and limits for each host. */
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';

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
const firstByteTimeoutMs = 20_000;
/** A mirror that shows the truth to audits only must not know all of their requests. */
const plainAgent = 'Apache-Maven/3.9.9 (Java 21.0.5; Linux 6.1.0-28-amd64)';

export class OpenPlaces {
  readonly #options: OpenPlacesOptions;
  readonly #transports: Readonly<Record<Agent, Transport>>;
  readonly #allowHttp: readonly string[];
  readonly #hosts = new Map<string, Politeness>();
  readonly #nonce = randomBytes(8).toString('hex');

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
    const tuning = { firstByteTimeoutMs: client.firstByteTimeoutMs ?? firstByteTimeoutMs };
    const ownAgent = `clojars-fetch/${version} (${contact === null ? 'audit' : `audit; ${contact}`})`;
    const [audit, plain] = await Promise.all(
      [ownAgent, plainAgent].map((userAgent) => createNetworkTransport(network, process.env, { ...tuning, userAgent })),
    );
    if (audit === undefined || plain === undefined) throw new TypeError('two transports');
    return new OpenPlaces(options, { audit, plain }, allowHttp);
  }

  /** @throws {ClojarsFetchError} `ERR_CONFIG` */
  client({ name, url }: AuditPlace): PlaceClient {
    const { connections, rate, patienceMs, signal } = this.#options;
    const { url: base } = parseRepositoryUrl(url, `plan: ${name}`, this.#allowHttp);
    const host = base.host === '' ? base.href : base.host;
    const politeness = this.#hosts.get(host) ?? new Politeness({ connections, rate, bandwidth: null });
    this.#hosts.set(host, politeness);
    return new PlaceClient({
      base,
      transports: this.#transports,
      politeness,
      vitality: new Vitality({ patienceMs }),
      nonce: this.#nonce,
      signal,
    });
  }

  async close(): Promise<void> {
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
