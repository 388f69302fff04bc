import { join } from 'node:path';

import type { StateFile } from '../../base/disk/state-file.js';
import type { EventListener } from '../../base/event.js';
import { version } from '../../base/package-version.js';
import type { EffectiveConfiguration } from '../../local/settings/configuration.js';
import type { CircuitSnapshot } from '../../network/mirrors/circuit.js';
import type { Health } from '../../network/mirrors/health.js';
import type { Network } from '../../network/mirrors/request.js';
import { connectionOptions, type DnsRecords, parseRecords, parseSnapshot } from './network.js';
import type { Tuning } from './tuning.js';

/** The network of a session: health and transport, each opened at its first use. A warm call loads no HTTP code. */
export class SessionNetwork {
  readonly #configuration: EffectiveConfiguration;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #emit: EventListener;
  readonly #tuning: Tuning;
  #circuitFile: StateFile<CircuitSnapshot> | null = null;
  #health: Promise<Health> | null = null;
  #network: Promise<Network> | null = null;

  constructor(
    configuration: EffectiveConfiguration,
    env: Readonly<Record<string, string | undefined>>,
    emit: EventListener,
    tuning: Tuning,
  ) {
    this.#configuration = configuration;
    this.#env = env;
    this.#emit = emit;
    this.#tuning = tuning;
  }

  open(): Promise<Network> {
    return (this.#network ??= this.#openNetwork());
  }

  health(): Promise<Health> {
    return (this.#health ??= this.#openHealth());
  }

  /** Ends all connections, and saves the health of the mirrors if a request may have changed it. */
  async close(): Promise<void> {
    const network = await this.#network?.catch(() => null);
    if (!network) return;
    await network.transport.close();
    // Health only saves time: a cache folder that cannot be written must not fail a good download.
    await this.#circuitFile?.write(network.health.circuits.snapshot()).catch(() => undefined);
  }

  async #openHealth(): Promise<Health> {
    const [{ createStateFile }, { createHealth }, { createCircuits }] = await Promise.all([
      import('../../base/disk/state-file.js'),
      import('../../network/mirrors/health.js'),
      import('../../network/mirrors/circuit.js'),
    ]);
    const { cacheFolder, concurrency } = this.#configuration;
    this.#circuitFile = createStateFile<CircuitSnapshot>(join(cacheFolder, 'circuits.json'), parseSnapshot);
    const state = await this.#circuitFile.read();
    return createHealth({
      circuits: createCircuits({ now: Date.now, state: state ?? undefined }),
      concurrency,
      now: Date.now,
      unknownDelayMs: this.#tuning.hedgeDelayMs,
      onCircuitOpened: (origin, reason, untilMs) => this.#emit({ type: 'circuit-opened', origin, reason, untilMs }),
    });
  }

  async #openNetwork(): Promise<Network> {
    const [{ createTransport }, { createLookup }, { proxyFromEnvironment }, { createStateFile }, health] = await Promise.all([
      import('../../network/transport/create-transport.js'),
      import('../../network/transport/dns.js'),
      import('../../network/transport/proxy-environment.js'),
      import('../../base/disk/state-file.js'),
      this.health(),
    ]);
    const { cacheFolder, concurrency } = this.#configuration;
    const { connectTimeoutMs, firstByteTimeoutMs, stall, dnsTimeoutMs, resolve } = this.#tuning;
    const dnsFile = createStateFile<DnsRecords>(join(cacheFolder, 'addresses.json'), parseRecords);
    const transport = createTransport({
      connectTimeoutMs,
      firstByteTimeoutMs: firstByteTimeoutMs ?? this.#configuration.firstByteTimeoutMs,
      stall,
      concurrency,
      ...connectionOptions(this.#configuration, proxyFromEnvironment(this.#env)),
      lookup: createLookup({
        now: Date.now,
        cache: { read: async () => (await dnsFile.read()) ?? {}, write: (records) => dnsFile.write(records) },
        timeoutMs: dnsTimeoutMs,
        resolve,
      }),
      userAgent: `clojars-fetch/${version}`,
    });
    return { transport, health };
  }
}
