/**
 * Names that were resolved before stay usable while the resolver is down or silent ("serve stale", RFC 8767). Safe
 * for https only, where the certificate still proves the name: the caller passes this lookup to https connections.
 */
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** The last good answer for one host. */
export interface DnsRecord {
  readonly addresses: readonly LookupAddress[];
  /** When they were learned, epoch milliseconds. */
  readonly atMs: number;
}

export interface DnsCache {
  read(): Promise<Readonly<Record<string, DnsRecord>>>;
  write(records: Readonly<Record<string, DnsRecord>>): Promise<void>;
}

export type ResolveHost = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface LookupHookOptions {
  /** Where records survive the process. Its errors are ignored: a cache may not break a download. */
  readonly cache?: DnsCache | undefined;
  /** How long the resolver may be silent before a remembered answer is used. Default 1,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Default: the system's resolver, getaddrinfo. */
  readonly resolve?: ResolveHost | undefined;
}

/** How old a remembered answer may be: 7 days. */
export const dnsStaleMaxMs = 7 * 24 * 3600_000;
const hostsMax = 512;
/** A server may have as many addresses as it likes; so many are kept. */
const addressesMax = 16;

/** A function for the `lookup` option of net.connect and tls.connect. */
export function createLookup({ cache, timeoutMs = 1000, now, resolve = resolveWithSystem }: LookupHookOptions): LookupFunction {
  const records = new Map<string, DnsRecord>();
  let loading: Promise<void> | null = null;
  let writing = false;
  let writeAgain = false;

  const load = (): Promise<void> =>
    (loading ??= (async () => {
      const stored = (await cache?.read().catch(() => ({}))) ?? {};
      for (const [host, record] of Object.entries(stored)) {
        if (!records.has(host) && isRecord(record)) records.set(host, record);
      }
    })());

  const save = async (): Promise<void> => {
    if (!cache) return;
    if (writing) {
      writeAgain = true;
      return;
    }
    writing = true;
    await load(); // or else the hosts of earlier processes would be lost
    do {
      writeAgain = false;
      await cache.write(Object.fromEntries(records)).catch(() => undefined);
    } while (writeAgain);
    writing = false;
  };

  const remember = (host: string, found: readonly LookupAddress[]): void => {
    const addresses = found.slice(0, addressesMax);
    const known = records.get(host);
    const same =
      known !== undefined &&
      known.addresses.length === addresses.length &&
      known.addresses.every((address) => addresses.some((other) => other.address === address.address));
    records.delete(host);
    records.set(host, { addresses, atMs: now() });
    for (const oldest of records.keys()) {
      if (records.size <= hostsMax) break;
      records.delete(oldest);
    }
    // The date alone is worth a write only once in an hour.
    if (!same || now() - known.atMs > 3600_000) void save();
  };

  const remembered = async (host: string): Promise<readonly LookupAddress[] | null> => {
    await load();
    const record = records.get(host);
    if (!record) return null;
    const age = now() - record.atMs;
    return age >= -60_000 && age <= dnsStaleMaxMs ? record.addresses : null; // a minute for clocks that are set back
  };

  const find = async (host: string): Promise<readonly LookupAddress[]> => {
    const answer = resolve(host).then((addresses) => {
      if (addresses.length === 0) throw Object.assign(new Error(`no address for ${host}`), { code: 'ENOTFOUND', hostname: host });
      remember(host, addresses);
      return addresses;
    });
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<null>((done) => {
      timer = setTimeout(() => done(null), timeoutMs);
    });
    try {
      const fresh = await Promise.race([answer, silence]);
      if (fresh) return fresh;
    } catch (error) {
      const stale = await remembered(host);
      if (stale) return stale;
      throw error;
    } finally {
      clearTimeout(timer);
    }
    const stale = await remembered(host);
    if (!stale) return answer; // nothing remembered: the connect time-out decides
    answer.catch(() => undefined);
    return stale;
  };

  return (hostname, options, callback) => {
    const host = hostname.toLowerCase();
    find(host).then(
      (all) => {
        const family = familyOf(options);
        const fitting = family === 0 ? [...all] : all.filter((address) => address.family === family);
        const first = fitting[0];
        if (!first) callback(Object.assign(new Error(`no IPv${family} address for ${host}`), { code: 'ENOTFOUND' }), '', 0);
        else if (options.all === true) callback(null, fitting);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), '', 0),
    );
  };
}

function familyOf(options: LookupOptions): 0 | 4 | 6 {
  if (options.family === 4 || options.family === 'IPv4') return 4;
  return options.family === 6 || options.family === 'IPv6' ? 6 : 0;
}

function resolveWithSystem(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((done, fail) => {
    systemLookup(hostname, { all: true, verbatim: true }, (error, addresses) => {
      if (error) fail(error);
      else done(addresses);
    });
  });
}

function isRecord(value: unknown): value is DnsRecord {
  if (typeof value !== 'object' || value === null || !('addresses' in value) || !('atMs' in value)) return false;
  return (
    typeof value.atMs === 'number' &&
    Array.isArray(value.addresses) &&
    value.addresses.length > 0 &&
    value.addresses.every(
      (address: unknown) =>
        typeof address === 'object' &&
        address !== null &&
        'address' in address &&
        typeof address.address === 'string' &&
        'family' in address &&
        (address.family === 4 || address.family === 6),
    )
  );
}
