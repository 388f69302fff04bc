/**
 * Everything a client needs of this machine: configuration, local repository, records, and, from the first request
 * on, the network. Each part is opened when it is first needed: a warm call loads no HTTP code.
 */
import { join } from 'node:path';

import type { StateFile } from '../../base/disk/state-file.js';
import type { ClientEvent } from '../../base/event.js';
import { version } from '../../base/package-version.js';
import type { Context, NetworkAccess, Route, Run, Store, Trust } from '../../fetch/context.js';
import { createSignatureTally } from '../../fetch/signature/signature-tally.js';
import { createLedger } from '../../local/ledger/ledger.js';
import type { LockView } from '../../local/lockfile/view.js';
import { createLocalRepository } from '../../local/repository/local-repository.js';
import type { ClientOptions, TrustRule } from '../../local/settings/client-options.js';
import type { EffectiveConfiguration } from '../../local/settings/configuration.js';
import { loadConfiguration } from '../../local/settings/effective.js';
import { parseDate } from '../../local/settings/option-readers.js';
import type { CircuitSnapshot } from '../../network/mirrors/circuit.js';
import type { Health } from '../../network/mirrors/health.js';
import type { Network } from '../../network/mirrors/request.js';
import type { ResolveHost } from '../../network/transport/dns.js';
import type { StallLimit } from '../../network/transport/stall-watch.js';
import { createPolicy, type PolicyRule } from '../../proof/policy.js';
import { connectionOptions, type DnsRecords, fetchText, parseRecords, parseSnapshot } from './network.js';
import { findPin, readPins, strongerPin } from './pins.js';
import { createSignatureKeys } from './signature-keys.js';

export interface Session {
  readonly configuration: EffectiveConfiguration;
  /** Returns what an operation fetches with. */
  context(operation: Pick<Run, 'signal' | 'comparisons'>): Context;
  /** Circuits and latencies, as kept across processes. */
  health(): Promise<Health>;
  close(): Promise<void>;
}

/** Clocks and limits that nobody needs to set, and tests of what takes minutes do. Not part of the public API. */
export interface Tuning {
  /** For name, TCP and TLS together. Default 3,000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** From the written request to the head of the answer. Default 5,000 ms. */
  readonly firstByteTimeoutMs?: number | undefined;
  /** Default: under 1,024 bytes per second for 10,000 ms. */
  readonly stall?: StallLimit | undefined;
  /** How long the resolver may be silent before a remembered address is used. Default 1,000 ms. */
  readonly dnsTimeoutMs?: number | undefined;
  /** Resolves names for https. Default: the system's resolver. */
  readonly resolve?: ResolveHost | undefined;
  /** How long a mirror without history may be silent before the next is asked too. Default 250 ms. */
  readonly hedgeDelayMs?: number | undefined;
  /** Default: the option's. */
  readonly artifactMaxBytes?: number | undefined;
  /** The time that signatures are judged for. Default: the system's. */
  readonly now?: (() => number) | undefined;
  /** The lockfile in effect, in place of the option's. */
  readonly lock?: LockView | undefined;
}

export interface SessionOptions {
  readonly options: ClientOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly emit: (event: ClientEvent) => void;
  readonly tuning?: Tuning | undefined;
}

/** Reads the configuration; opens the rest lazily. Throws ERR_CONFIG. */
export async function openSession({ options, env, homeFolder, emit, tuning = {} }: SessionOptions): Promise<Session> {
  const configuration = await loadConfiguration({ options, env, homeFolder, fetchText: (url, network) => fetchText(url, network, env) });
  for (const message of configuration.warnings) emit({ type: 'warning', warning: 'configuration', message });
  const { cacheFolder, stateFolder, trust } = configuration;
  const pins = await readPins(trust.trustedChecksums);
  const lock =
    tuning.lock ??
    (configuration.lockfile === null
      ? null
      : await (await import('../../local/lockfile/open.js')).openLockView(configuration.lockfile, configuration.frozen));

  let circuitFile: StateFile<CircuitSnapshot> | null = null;
  let healthPromise: Promise<Health> | null = null;
  let changed = false;
  const openHealth = async (): Promise<Health> => {
    const [{ createStateFile }, { createHealth }, { createCircuits }] = await Promise.all([
      import('../../base/disk/state-file.js'),
      import('../../network/mirrors/health.js'),
      import('../../network/mirrors/circuit.js'),
    ]);
    circuitFile = createStateFile<CircuitSnapshot>(join(cacheFolder, 'circuits.json'), parseSnapshot);
    const state = await circuitFile.read();
    return createHealth({
      circuits: createCircuits({ now: Date.now, state: state ?? undefined }),
      concurrency: configuration.concurrency,
      now: Date.now,
      unknownDelayMs: tuning.hedgeDelayMs,
      onCircuitOpened: (origin, reason, untilMs) => emit({ type: 'circuit-opened', origin, reason, untilMs }),
    });
  };
  const health = (): Promise<Health> => (healthPromise ??= openHealth());

  let networkPromise: Promise<Network> | null = null;
  const openNetwork = async (): Promise<Network> => {
    changed = true;
    const [{ createTransport }, { createLookup }, { proxyFromEnvironment }, { createStateFile }, known] = await Promise.all([
      import('../../network/transport/create-transport.js'),
      import('../../network/transport/dns.js'),
      import('../../network/transport/proxy-environment.js'),
      import('../../base/disk/state-file.js'),
      health(),
    ]);
    const dnsFile = createStateFile<DnsRecords>(join(cacheFolder, 'addresses.json'), parseRecords);
    const { connectTimeoutMs, firstByteTimeoutMs, stall, dnsTimeoutMs, resolve } = tuning;
    const transport = createTransport({
      connectTimeoutMs,
      firstByteTimeoutMs,
      stall,
      concurrency: configuration.concurrency,
      ...connectionOptions(configuration, proxyFromEnvironment(env)),
      lookup: createLookup({
        now: Date.now,
        cache: { read: async () => (await dnsFile.read()) ?? {}, write: (records) => dnsFile.write(records) },
        timeoutMs: dnsTimeoutMs,
        resolve,
      }),
      userAgent: `clojars-fetch/${version}`,
    });
    return { transport, health: known };
  };

  const ledger = createLedger({ cacheFolder, stateFolder, root: configuration.localRepository });
  const network: NetworkAccess = {
    open: () => (networkPromise ??= openNetwork()),
    artifactMaxBytes: tuning.artifactMaxBytes ?? configuration.artifactMaxBytes,
  };
  const store: Store = {
    local: createLocalRepository({ root: configuration.localRepository }),
    verificationCache: ledger.verifications,
    firstSeen: ledger.firstSeen,
    highWaterMarks: ledger.highWaterMarks,
    signers: ledger.signers,
  };
  const trusting: Trust = {
    policy: createPolicy({
      level: trust.level,
      checksums: trust.checksums,
      acceptMirrorChecksums: trust.acceptMirrorChecksums,
      quorum: trust.quorum,
      signatures: trust.signatures,
      weak: trust.weak,
      weakUntilMs: trust.weakUntilMs,
      rules: trust.rules.map(policyRule),
    }),
    pinFor: (path) => strongerPin(findPin(pins, path), lock, path),
    signatures: createSignatureKeys({ trust, env, homeFolder, emit, atMs: (tuning.now ?? Date.now)() }),
    signatureTally: createSignatureTally(),
    acceptSigners: trust.acceptSigners,
    checkPom: async (bytes, wanted) => (await import('../../maven/pom/pom-coordinate.js')).checkPomCoordinate(bytes, wanted),
  };
  const route: Route = {
    repositories: configuration.repositories,
    repoFor: configuration.repoFor,
    groupHomes: new Map(),
    signatureStores: trust.signatureStores,
    prefetching: { running: 0 },
  };
  const { offline, paranoid } = configuration;

  return {
    configuration,
    context: (operation) => ({ network, store, trust: trusting, route, run: { ...operation, emit, offline, paranoid, lock } }),
    health,
    async close() {
      const network = await networkPromise?.catch(() => null);
      await network?.transport.close();
      // Health only saves time: a cache folder that cannot be written to must not fail a good download.
      if (changed && network) await circuitFile?.write(network.health.circuits.snapshot()).catch(() => undefined);
    },
  };
}

function policyRule({ group, level, checksums, signatures, signers, weak, weakUntil }: TrustRule): PolicyRule {
  const weakUntilMs = weakUntil === undefined ? null : parseDate(weakUntil);
  return {
    groups: [group],
    level,
    checksums,
    signatures,
    signers,
    weak,
    weakUntilMs: weakUntilMs ?? undefined,
  };
}
