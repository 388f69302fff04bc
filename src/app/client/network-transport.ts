/** Creates every transport of the program, so that none lacks the remembered addresses, the proxies or the authorities. */
import { homedir } from 'node:os';
import { join } from 'node:path';

import { version } from '../../base/package-version.js';
import type { EffectiveConfiguration, NetworkSettings } from '../../local/settings/configuration.js';
import type { DnsRecord } from '../../network/transport/connection/dns.js';
import type { HttpSender, Transport } from '../../network/transport/contract/transport.js';
import { isObject } from './is-object.js';
import type { Tuning } from './tuning.js';

type DnsRecords = Readonly<Record<string, DnsRecord>>;

export interface TransportTuning extends Pick<
  Tuning,
  'connectTimeoutMs' | 'firstByteTimeoutMs' | 'stall' | 'dnsTimeoutMs' | 'resolve' | 'via'
> {
  /** Added to the header User-Agent as a comment. Default: none. */
  readonly userAgentComment?: string | undefined;
  /** The whole header User-Agent. Default: this program with its version. */
  readonly userAgent?: string | undefined;
}

type TransportSettings = NetworkSettings & Partial<Pick<EffectiveConfiguration, 'concurrency' | 'firstByteTimeoutMs'>>;

/** Loads the HTTP code. If the configuration names no proxy, those of the environment are used. */
export async function createNetworkTransport(
  settings: TransportSettings,
  env: Readonly<Record<string, string | undefined>>,
  { connectTimeoutMs, firstByteTimeoutMs, stall, dnsTimeoutMs, resolve, via, userAgentComment, userAgent }: TransportTuning = {},
): Promise<HttpSender> {
  const [{ createTransport }, { createLookup }, { proxyFromEnvironment }, { createStateFile }] = await Promise.all([
    import('../../network/transport/create-transport.js'),
    import('../../network/transport/connection/dns.js'),
    import('../../network/transport/connection/proxy-environment.js'),
    import('../../base/disk/state-file.js'),
  ]);
  const { allowHttp, ca, proxyFor, cacheFolder, concurrency } = settings;
  const allowed = new Set(allowHttp.map((host) => host.toLowerCase()));
  const addresses = createStateFile(join(cacheFolder, 'addresses.json'), parseRecords);
  return createTransport({
    connectTimeoutMs,
    firstByteTimeoutMs: firstByteTimeoutMs ?? settings.firstByteTimeoutMs,
    stall,
    concurrency,
    ca,
    allowHttpHosts: (host, hostAndPort) => allowed.has(host) || allowed.has(hostAndPort),
    proxyFor: proxyFor ?? proxyFromEnvironment(env),
    lookup: createLookup({
      now: Date.now,
      cache: { read: async () => (await addresses.read()) ?? {}, write: (records) => addresses.write(records) },
      timeoutMs: dnsTimeoutMs,
      resolve,
    }),
    via,
    userAgent: userAgent ?? `clojars-fetch/${version}${userAgentComment === undefined ? '' : ` (${userAgentComment})`}`,
    schemes: { 's3:': (http) => lazyS3Transport(http, env) },
  });
}

/** Loads the code for buckets with the first request to one. */
function lazyS3Transport(http: HttpSender, env: Readonly<Record<string, string | undefined>>): Transport {
  let transport: Promise<Transport> | null = null;
  const load = async (): Promise<Transport> => {
    const { S3Transport } = await import('../../network/s3/s3-transport.js');
    return new S3Transport(http, { env, homeFolder: env['HOME'] ?? homedir(), now: Date.now });
  };
  return {
    get: async (request) => (await (transport ??= load())).get(request),
    close: () => Promise.resolve(), // `http` belongs to the caller
  };
}

/** Reads the state file of addresses. Its records are checked when they are used. */
function parseRecords(value: unknown): DnsRecords | null {
  return isObject<DnsRecord>(value) ? value : null;
}
