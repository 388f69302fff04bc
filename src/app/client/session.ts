/**
 * Opens everything that a client needs on this machine: configuration, local repository, records and, with the first request, the network.
 * Each part is opened when it is first needed: a warm call loads no HTTP code.
 */
import type { ClientEvent } from '../../base/event.js';
import type { Audits } from '../../fetch/audits/audits.js';
import type { Context, Route, Run, Store, Trust } from '../../fetch/context.js';
import { pomParser } from '../../fetch/resolution/pom-parser.js';
import { createSignatureTally } from '../../fetch/signature/signature-tally.js';
import { createLedger } from '../../local/ledger/ledger.js';
import type { LockView } from '../../local/lockfile/view.js';
import { createLocalRepository } from '../../local/repository/local-repository.js';
import type { ClientOptions, TrustRule } from '../../local/settings/client-options.js';
import type { EffectiveConfiguration, EffectiveTrust } from '../../local/settings/configuration.js';
import { loadConfiguration } from '../../local/settings/effective.js';
import { parseDate } from '../../local/settings/option-readers.js';
import type { Health } from '../../network/mirrors/health.js';
import { createPolicy, type PolicyRule } from '../../proof/policy.js';
import { fetchText } from './fetch-text.js';
import { findPin, readPins, strongerPin } from './pins.js';
import { SessionNetwork } from './session-network.js';
import { createSignatureKeys } from './signature-keys.js';
import type { Tuning } from './tuning.js';

export interface Session {
  readonly configuration: EffectiveConfiguration;
  /** Returns the context for an operation. */
  context(operation: Pick<Run, 'signal' | 'comparisons'>): Context;
  /** Circuits and latencies, as kept across processes. */
  health(): Promise<Health>;
  /** The signed audits that the user trusts; null without any. */
  audits(): Promise<Audits> | null;
  /** Loads the code that a request needs, so that the first one does not wait for it. Asks no mirror. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly options: ClientOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly emit: (event: ClientEvent) => void;
  readonly tuning?: Tuning | undefined;
}

/** Reads the configuration; opens the rest lazily. Throws ERR_CONFIG. */
export async function openSession(given: SessionOptions): Promise<Session> {
  const { options, env, homeFolder, emit, tuning = {} } = given;
  const configuration = await loadConfiguration({
    options,
    env,
    homeFolder,
    fetchText: (url, network) => fetchText(url, network, env, tuning),
  });
  for (const message of configuration.warnings) emit({ type: 'warning', warning: 'configuration', message });
  const pins = await readPins(configuration.trust.trustedChecksums);
  const lock = tuning.lock ?? (await openLock(configuration));
  const network = new SessionNetwork(configuration, env, emit, tuning);
  const { offline, paranoid } = configuration;
  const parts = {
    network: {
      open: () => network.open(),
      gate: (repositoryId: string) => network.gate(repositoryId),
      artifactMaxBytes: tuning.artifactMaxBytes ?? configuration.artifactMaxBytes,
    },
    store: openStore(configuration),
    trust: openTrust(configuration.trust, given, (path) => strongerPin(findPin(pins, path), lock, path)),
    route: openRoute(configuration),
  };
  return {
    configuration,
    context: (operation) => ({ ...parts, run: { ...operation, emit, offline, paranoid, lock } }),
    health: () => network.health(),
    audits: () => network.audits(),
    prepare: () => prepare(network),
    close: () => network.close(),
  };
}

async function prepare(network: SessionNetwork): Promise<void> {
  await Promise.all([
    network.open(),
    import('../../fetch/repositories/from-repositories.js'),
    import('../../base/disk/temporary-file.js'),
    pomParser(),
  ]);
}

async function openLock({ lockfile, frozen }: EffectiveConfiguration): Promise<LockView | null> {
  if (lockfile === null) return null;
  const { openLockView } = await import('../../local/lockfile/open.js');
  return openLockView(lockfile, frozen);
}

function openStore({ cacheFolder, stateFolder, localRepository }: EffectiveConfiguration): Store {
  const ledger = createLedger({ cacheFolder, stateFolder, root: localRepository });
  return {
    local: createLocalRepository({ root: localRepository }),
    verificationCache: ledger.verifications,
    firstSeen: ledger.firstSeen,
    highWaterMarks: ledger.highWaterMarks,
    signers: ledger.signers,
    cacheFolder,
  };
}

function openTrust(trust: EffectiveTrust, { env, homeFolder, emit, tuning = {} }: SessionOptions, pinFor: Trust['pinFor']): Trust {
  const { level, checksums, acceptMirrorChecksums, quorum, signatures, weak, weakUntilMs, rules, acceptSigners, audits } = trust;
  return {
    policy: createPolicy({
      level,
      checksums,
      acceptMirrorChecksums,
      quorum,
      signatures,
      weak,
      weakUntilMs,
      rules: rules.map(policyRule),
      audits: audits.map(({ operator, key }) => `${operator} ${key}`),
    }),
    pinFor,
    signatures: createSignatureKeys({ trust, env, homeFolder, emit, atMs: (tuning.now ?? Date.now)() }),
    signatureTally: createSignatureTally(),
    acceptSigners,
    checkPom: async (bytes, wanted) => (await import('../../maven/pom/pom-coordinate.js')).checkPomCoordinate(bytes, wanted),
  };
}

function openRoute({ repositories, repoFor, trust }: EffectiveConfiguration): Route {
  return { repositories, repoFor, groupHomes: new Map(), signatureStores: trust.signatureStores, prefetching: { running: 0 } };
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
