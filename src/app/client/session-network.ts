import { join } from 'node:path';

import { Gate } from '../../base/async/gate.js';
import { steadyNow } from '../../base/async/steady-now.js';
import type { StateFile } from '../../base/disk/state-file.js';
import type { EventListener } from '../../base/event.js';
import type { Audits } from '../../fetch/audits/audits.js';
import type { EffectiveConfiguration } from '../../local/settings/configuration.js';
import type { CircuitSnapshot } from '../../network/mirrors/circuit.js';
import type { Health } from '../../network/mirrors/health.js';
import type { Network } from '../../network/mirrors/request.js';
import type { Transport } from '../../network/transport/contract/transport.js';
import { isObject } from './is-object.js';
import { createNetworkTransport } from './network-transport.js';
import type { Tuning } from './tuning.js';

/** Opens the health and the transport of a session, each at its first use: a warm call loads no HTTP code. */
export class SessionNetwork {
  readonly #configuration: EffectiveConfiguration;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #emit: EventListener;
  readonly #tuning: Tuning;
  #circuitFile: StateFile<CircuitSnapshot> | null = null;
  #health: Promise<Health> | null = null;
  #network: Promise<Network> | null = null;
  readonly #gates = new Map<string, Gate>();
  #affordable: Promise<number> | null = null;
  #audits: Promise<Audits> | null = null;

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

  /**
   * A quarter more than there are connections, so that they stay busy while files are verified. Files that are not needed yet leave a
   * quarter of the connections free.
   */
  gate(repositoryId: string): Gate {
    let gate = this.#gates.get(repositoryId);
    if (gate === undefined) {
      const { concurrency } = this.#configuration;
      gate = new Gate(Math.ceil(1.25 * concurrency), Math.ceil(0.75 * concurrency));
      this.#gates.set(repositoryId, gate);
    }
    return gate;
  }

  health(): Promise<Health> {
    return (this.#health ??= this.#openHealth());
  }

  /** The signed audits that the user trusts, as earlier processes left them; null without any. */
  audits(): Promise<Audits> | null {
    return this.#configuration.trust.audits.length === 0 ? null : (this.#audits ??= this.#openAudits());
  }

  /** Ends all connections, and saves the health of the mirrors if a request may have changed it. */
  async close(): Promise<void> {
    (await this.#audits?.catch(() => null))?.close();
    const network = await this.#network?.catch(() => null);
    if (!network) return;
    await network.transport.close();
    // Health only saves time: a cache folder that cannot be written must not fail a good download.
    await this.#circuitFile?.write(network.health.circuits.snapshot()).catch(() => undefined);
  }

  async #openHealth(): Promise<Health> {
    const [{ createStateFile }, { Health }, { Circuits }, { readFreshness }] = await Promise.all([
      import('../../base/disk/state-file.js'),
      import('../../network/mirrors/health.js'),
      import('../../network/mirrors/circuit.js'),
      import('../../local/ledger/mirror-freshness.js'),
    ]);
    const { cacheFolder } = this.#configuration;
    this.#circuitFile = createStateFile<CircuitSnapshot>(join(cacheFolder, 'circuits.json'), parseSnapshot);
    const [state, freshness, connections, caught] = await Promise.all([
      this.#circuitFile.read(),
      readFreshness(cacheFolder),
      this.#connections(),
      this.audits(),
    ]);
    return new Health({
      circuits: new Circuits({ now: steadyNow, state: state ?? undefined }),
      freshness,
      caught: caught ?? undefined,
      concurrency: connections,
      keepsSlots: connections < this.#configuration.concurrency,
      now: steadyNow,
      unknownDelayMs: this.#tuning.hedgeDelayMs,
      onCircuitOpened: (origin, reason, untilMs) => this.#emit({ type: 'circuit-opened', origin, reason, untilMs }),
      onSilent: (origin, silentMs) => this.#emit({ type: 'warning', warning: 'slow-answer', message: silenceOf(origin, silentMs) }),
    });
  }

  async #openNetwork(): Promise<Network> {
    const [transport, health, audits] = await Promise.all([this.#openTransport(), this.health(), this.audits()]);
    if (audits !== null && !this.#configuration.offline) audits.refresh();
    return { transport, health, audits: audits?.witnesses };
  }

  async #openAudits(): Promise<Audits> {
    const [{ Audits }, { createAuditTimes }] = await Promise.all([
      import('../../fetch/audits/audits.js'),
      import('../../local/ledger/audit-times.js'),
    ]);
    const { trust, cacheFolder, stateFolder, repositories, offline } = this.#configuration;
    const audits = new Audits(trust.audits, {
      cacheFolder,
      times: createAuditTimes(stateFolder),
      repositories,
      offline,
      network: () => this.open(),
      emit: this.#emit,
      now: this.#tuning.now ?? Date.now,
    });
    await audits.readKept();
    return audits;
  }

  async #openTransport(): Promise<Transport> {
    return createNetworkTransport({ ...this.#configuration, concurrency: await this.#connections() }, this.#env, this.#tuning);
  }

  /** The same number for requests and connections, so that no request waits for a connection with its clock running. */
  #connections(): Promise<number> {
    return (this.#affordable ??= import('../../network/transport/connection/descriptors.js').then(({ affordableConnections }) =>
      affordableConnections(this.#configuration.concurrency),
    ));
  }
}

function silenceOf(origin: string, silentMs: number): string {
  return `${origin} has not answered for ${Math.round(silentMs / 1000)} s, and no other mirror is left; waiting until the time limit of the operation (--timeout)`;
}

/** Reads the state file of the circuits. Its records are checked when they are used. */
function parseSnapshot(value: unknown): CircuitSnapshot | null {
  return isObject<CircuitSnapshot[string]>(value) ? value : null;
}
