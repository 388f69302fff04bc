/**
 * Everything a client needs of this machine: configuration, local repository, records, and, from the first request
 * on, the network. Each part is opened when it is first needed: a warm call loads no HTTP code.
 */
import { join } from 'node:path';

import type { Context } from './artifact/context.js';
import type { Wire } from './artifact/request.js';
import { createSignatureTally } from './artifact/signature-tally.js';
import { ClojarsFetchError, isClojarsFetchError } from './error.js';
import type { ClientEvent } from './event.js';
import { createLedger } from './local-repository/ledger.js';
import { createLocalRepository } from './local-repository/local-repository.js';
import type { StateFile } from './local-repository/state-file.js';
import type { LockView } from './lockfile/view.js';
import type { Health } from './repository/health.js';
import type { ClientOptions, TrustRule } from './settings/client-options.js';
import { loadConfiguration, type EffectiveConfiguration, type NetworkSettings } from './settings/effective.js';
import type { CircuitSnapshot } from './transport/circuit.js';
import type { ResolveHost } from './transport/dns.js';
import type { HttpTransportOptions } from './transport/http.js';
import type { StallLimit } from './transport/stall-watch.js';
import type { TrustedChecksums } from './verification/checksum/trusted-file.js';
import { isPinStrength } from './verification/checksum/algorithm.js';
import type { Pin } from './verification/evidence.js';
import { createPolicy, type PolicyRule } from './verification/policy.js';
import { version } from './package-version.js';
import { parseDate } from './settings/option-readers.js';
import { createSignatureKeys } from './signature-keys.js';

export interface Machine {
  readonly configuration: EffectiveConfiguration;
  readonly context: Context;
  /** Circuits and latencies, as kept across processes. */
  health(): Promise<Health>;
  close(): Promise<void>;
}

/** Clocks and limits that nobody needs to set, and tests of what takes minutes do. Not part of the public API. */
export interface Tuning {
  /** For name, TCP and TLS together. Default 3,000 ms. */
  readonly connectTimeoutMs?: number;
  /** From the written request to the head of the answer. Default 5,000 ms. */
  readonly firstByteTimeoutMs?: number;
  /** Default: under 1,024 bytes per second for 10,000 ms. */
  readonly stall?: StallLimit;
  /** How long the resolver may be silent before a remembered address is used. Default 1,000 ms. */
  readonly dnsTimeoutMs?: number;
  /** Resolves names for https. Default: the system's resolver. */
  readonly resolve?: ResolveHost;
  /** How long a mirror without history may be silent before the next is asked too. Default 250 ms. */
  readonly hedgeDelayMs?: number;
  /** Default: the option's. */
  readonly artifactMaxBytes?: number;
  /** The time that signatures are judged for. Default: the system's. */
  readonly now?: () => number;
  /** The lockfile in effect, in place of the option's. */
  readonly lock?: LockView;
}

export interface MachineOptions {
  readonly options: ClientOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly emit: (event: ClientEvent) => void;
  readonly tuning?: Tuning;
}

/** Reads the configuration; opens the rest lazily. Throws ERR_CONFIG. */
export async function openMachine({ options, env, homeFolder, emit, tuning = {} }: MachineOptions): Promise<Machine> {
  const configuration = await loadConfiguration({ options, env, homeFolder, fetchText: (url, network) => fetchText(url, network, env) });
  for (const message of configuration.warnings) emit({ type: 'warning', warning: 'configuration', message });
  const { cacheFolder, stateFolder, trust } = configuration;
  const pins = await readPins(trust.trustedChecksums);
  const lock = tuning.lock ?? (configuration.lockfile === null ? null : await (await import('./lockfile/open.js')).openLockView(configuration.lockfile, configuration.frozen));

  let circuitFile: StateFile<CircuitSnapshot> | null = null;
  let healthPromise: Promise<Health> | null = null;
  let changed = false;
  const openHealth = async (): Promise<Health> => {
    const [{ createStateFile }, { createHealth }, { createCircuits }] = await Promise.all([
      import('./local-repository/state-file.js'), import('./repository/health.js'), import('./transport/circuit.js'),
    ]);
    circuitFile = createStateFile<CircuitSnapshot>(join(cacheFolder, 'circuits.json'), parseSnapshot);
    const state = await circuitFile.read();
    return createHealth({
      circuits: createCircuits({ now: Date.now, ...(state ? { state } : {}) }),
      concurrency: configuration.concurrency,
      now: Date.now,
      ...(tuning.hedgeDelayMs === undefined ? {} : { unknownDelayMs: tuning.hedgeDelayMs }),
      onCircuitOpened: (origin, reason, untilMs) => emit({ type: 'circuit-opened', origin, reason, untilMs }),
    });
  };
  const health = (): Promise<Health> => (healthPromise ??= openHealth());

  let wirePromise: Promise<Wire> | null = null;
  const openWire = async (): Promise<Wire> => {
    changed = true;
    const [{ createTransport }, { createLookup }, { proxyFromEnvironment }, { createStateFile }, known] = await Promise.all([
      import('./transport/create-transport.js'),
      import('./transport/dns.js'),
      import('./transport/proxy-environment.js'),
      import('./local-repository/state-file.js'),
      health(),
    ]);
    const dnsFile = createStateFile<DnsRecords>(join(cacheFolder, 'addresses.json'), parseRecords);
    const { connectTimeoutMs, firstByteTimeoutMs, stall, dnsTimeoutMs, resolve } = tuning;
    const transport = createTransport({
      ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
      ...(firstByteTimeoutMs === undefined ? {} : { firstByteTimeoutMs }),
      ...(stall === undefined ? {} : { stall }),
      concurrency: configuration.concurrency,
      ...connectionOptions(configuration, proxyFromEnvironment(env)),
      lookup: createLookup({
        now: Date.now,
        cache: { read: async () => (await dnsFile.read()) ?? {}, write: (records) => dnsFile.write(records) },
        ...(dnsTimeoutMs === undefined ? {} : { timeoutMs: dnsTimeoutMs }),
        ...(resolve === undefined ? {} : { resolve }),
      }),
      userAgent: `clojars-fetch/${version}`,
    });
    return { transport, health: known };
  };

  const ledger = createLedger({ cacheFolder, stateFolder, root: configuration.localRepository });
  const context: Context = {
    wire: () => (wirePromise ??= openWire()),
    local: createLocalRepository({ root: configuration.localRepository }),
    verificationCache: ledger.verifications,
    firstSeen: ledger.firstSeen,
    highWaterMarks: ledger.highWaterMarks,
    signers: ledger.signers,
    signatures: createSignatureKeys({ trust, env, homeFolder, emit, atMs: (tuning.now ?? Date.now)() }),
    signatureStores: trust.signatureStores,
    signatureTally: createSignatureTally(),
    acceptSigners: trust.acceptSigners,
    checkPom: async (bytes, wanted) => (await import('./pom-coordinate.js')).checkPomCoordinate(bytes, wanted),
    repositories: configuration.repositories,
    repoFor: configuration.repoFor,
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
    lock,
    offline: configuration.offline,
    paranoid: configuration.paranoid,
    emit,
    groupHomes: new Map(),
    ahead: { running: 0 },
    artifactMaxBytes: tuning.artifactMaxBytes ?? configuration.artifactMaxBytes,
  };

  return {
    configuration,
    context,
    health,
    async close() {
      const wire = await wirePromise?.catch(() => null);
      await wire?.transport.close();
      // Health only saves time: a cache folder that cannot be written to must not fail a good download.
      if (changed && wire) await circuitFile?.write(wire.health.circuits.snapshot()).catch(() => undefined);
    },
  };
}

type DnsRecords = Readonly<Record<string, import('./transport/dns.js').DnsRecord>>;

interface PinFile {
  readonly file: string;
  readonly checksums: TrustedChecksums;
}

async function readPins(files: readonly string[]): Promise<readonly PinFile[]> {
  if (files.length === 0) return [];
  const { readFile } = await import('node:fs/promises');
  const { parseTrustedChecksums } = await import('./verification/checksum/trusted-file.js');
  return Promise.all(
    files.map(async (file) => {
      try {
        const bytes = await readFile(file);
        return { file, checksums: isXml(bytes) ? await gradlePins(bytes, file) : parseTrustedChecksums(bytes.toString('utf8'), file) };
      } catch (cause) {
        if (isClojarsFetchError(cause)) throw cause;
        throw new ClojarsFetchError('ERR_CONFIG', { reason: 'unreadable', path: file, cause, message: `The trusted-checksum file ${file} cannot be read`, hint: 'Check its name and permissions.' });
      }
    }),
  );
}

/** Gradle's verification-metadata.xml is a file of trusted checksums, too. */
function isXml(bytes: Buffer): boolean {
  return /^\s*</.test(bytes.subarray(0, 256).toString('utf8').replace(/^\ufeff/, ''));
}

async function gradlePins(bytes: Buffer, file: string): Promise<TrustedChecksums> {
  const [{ parseVerificationMetadata }, { pinsOfVerificationMetadata }] = await Promise.all([
    import('./verification/key-map/parse-verification-metadata.js'), import('./verification/key-map/gradle-pins.js'),
  ]);
  return pinsOfVerificationMetadata(parseVerificationMetadata(bytes, file));
}

function findPin(files: readonly PinFile[], path: string): Pin | null {
  for (const { file, checksums } of files) {
    const found = checksums.find(path);
    if (found) return { algorithm: found.algorithm, value: found.value, source: file, ...(found.alternatives && { alternatives: found.alternatives }) };
  }
  return null;
}

/** A trusted-checksum file speaks before the lockfile, unless what it has is too weak for a proof. */
function strongerPin(trusted: Pin | null, lock: LockView | null, path: string): Pin | null {
  const entry = lock?.file(path);
  if (!lock || !entry || (trusted && isPinStrength(trusted.algorithm))) return trusted;
  return { algorithm: 'sha256', value: entry.sha256, source: lock.source, lockedLevel: entry.level };
}

function policyRule({ group, level, checksums, signatures, signers, weak, weakUntil }: TrustRule): PolicyRule {
  const weakUntilMs = weakUntil === undefined ? null : parseDate(weakUntil);
  return {
    groups: [group],
    ...(level === undefined ? {} : { level }),
    ...(checksums === undefined ? {} : { checksums }),
    ...(signatures === undefined ? {} : { signatures }),
    ...(signers === undefined ? {} : { signers }),
    ...(weak === undefined ? {} : { weak }),
    ...(weakUntilMs === null ? {} : { weakUntilMs }),
  };
}

/** The records inside are checked one by one by those who use them. */
function parseSnapshot(value: unknown): CircuitSnapshot | null {
  return isObject<CircuitSnapshot[string]>(value) ? value : null;
}

function parseRecords(value: unknown): DnsRecords | null {
  return isObject<DnsRecords[string]>(value) ? value : null;
}

function isObject<T>(value: unknown): value is Readonly<Record<string, T>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What every transport takes from the configuration; the environment's proxies count where it names none. */
function connectionOptions({ allowHttp, ca, proxyFor }: NetworkSettings, fromEnvironment: NonNullable<HttpTransportOptions['proxyFor']>): Pick<HttpTransportOptions, 'ca' | 'allowHttpHosts' | 'proxyFor'> {
  const allowed = new Set(allowHttp.map((host) => host.toLowerCase()));
  return { ca, allowHttpHosts: (host, hostAndPort) => allowed.has(host) || allowed.has(hostAndPort), proxyFor: proxyFor ?? fromEnvironment };
}

/** A mirror list from the web: small, within ten seconds. */
async function fetchText(url: URL, network: NetworkSettings, env: MachineOptions['env']): Promise<string> {
  const [{ createTransport }, { proxyFromEnvironment }] = await Promise.all([import('./transport/create-transport.js'), import('./transport/proxy-environment.js')]);
  const transport = createTransport(connectionOptions(network, proxyFromEnvironment(env)));
  try {
    const answer = await transport.get({ url, maxBytes: 1 << 20, signal: AbortSignal.timeout(10_000) });
    if (answer.status !== 200) {
      answer.cancel();
      throw new Error(`HTTP status ${answer.status}`);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    await transport.close();
  }
}
