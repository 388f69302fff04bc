import type { NetworkSettings } from '../../local/settings/configuration.js';
import type { CircuitSnapshot } from '../../network/mirrors/circuit.js';
import type { HttpTransportOptions } from '../../network/transport/http.js';

export type DnsRecords = Readonly<Record<string, import('../../network/transport/dns.js').DnsRecord>>;

/** Reads the state file of the circuits. Its records are checked when they are used. */
export function parseSnapshot(value: unknown): CircuitSnapshot | null {
  return isObject<CircuitSnapshot[string]>(value) ? value : null;
}

/** Reads the state file of addresses. Its records are checked when they are used. */
export function parseRecords(value: unknown): DnsRecords | null {
  return isObject<DnsRecords[string]>(value) ? value : null;
}

function isObject<T>(value: unknown): value is Readonly<Record<string, T>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the connection options of the configuration; without a proxy there, those of the environment count. */
export function connectionOptions(
  { allowHttp, ca, proxyFor }: NetworkSettings,
  fromEnvironment: NonNullable<HttpTransportOptions['proxyFor']>,
): Pick<HttpTransportOptions, 'ca' | 'allowHttpHosts' | 'proxyFor'> {
  const allowed = new Set(allowHttp.map((host) => host.toLowerCase()));
  return {
    ca,
    allowHttpHosts: (host, hostAndPort) => allowed.has(host) || allowed.has(hostAndPort),
    proxyFor: proxyFor ?? fromEnvironment,
  };
}

/** Fetches a small text, such as a mirror list, within ten seconds. */
export async function fetchText(url: URL, network: NetworkSettings, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const [{ createTransport }, { proxyFromEnvironment }] = await Promise.all([
    import('../../network/transport/create-transport.js'),
    import('../../network/transport/proxy-environment.js'),
  ]);
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
