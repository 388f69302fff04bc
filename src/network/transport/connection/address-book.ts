/** The last good addresses of each host, kept in memory and, through a cache, across processes. */
import type { LookupAddress } from 'node:dns';

/** The last good answer for one host. */
export interface DnsRecord {
  readonly addresses: readonly LookupAddress[];
  /** When the addresses were learned, in epoch milliseconds. */
  readonly atMs: number;
}

type Records = Readonly<Record<string, DnsRecord>>;

export interface DnsCache {
  read(): Promise<Records>;
  write(records: Records): Promise<void>;
}

/** How old a remembered answer may be: 7 days. */
export const dnsStaleMaxMs = 7 * 24 * 3600_000;
const hostsMax = 512;
/** A server may have any number of addresses; only this many are kept. */
const addressesMax = 16;
/** Minimum time between two writes of a record that only became younger. */
const refreshMs = 3600_000;
/** Tolerates clocks that were set back. */
const clockSkewMs = 60_000;

export class AddressBook {
  readonly #cache: DnsCache | undefined;
  readonly #now: () => number;
  readonly #records = new Map<string, DnsRecord>();
  #loading: Promise<void> | null = null;
  #isWriting = false;
  #isChanged = false;

  constructor(cache: DnsCache | undefined, now: () => number) {
    this.#cache = cache;
    this.#now = now;
  }

  async find(host: string): Promise<readonly LookupAddress[] | null> {
    await this.#load();
    const record = this.#records.get(host);
    if (!record) return null;
    const age = this.#now() - record.atMs;
    return age >= -clockSkewMs && age <= dnsStaleMaxMs ? record.addresses : null;
  }

  remember(host: string, found: readonly LookupAddress[]): void {
    const addresses = found.slice(0, addressesMax);
    const known = this.#records.get(host);
    this.#records.delete(host); // moves the host to the end: the one resolved longest ago is dropped first
    this.#records.set(host, { addresses, atMs: this.#now() });
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= hostsMax) break;
      this.#records.delete(oldest);
    }
    if (known === undefined || !isSame(known.addresses, addresses) || this.#now() - known.atMs > refreshMs) void this.#save();
  }

  #load(): Promise<void> {
    return (this.#loading ??= this.#readCache());
  }

  async #readCache(): Promise<void> {
    const stored = (await this.#cache?.read().catch(() => ({}))) ?? {};
    for (const [host, record] of Object.entries(stored)) {
      if (!this.#records.has(host) && isRecord(record)) this.#records.set(host, record);
    }
  }

  /** Writes one file at a time. Changes in the meantime make it write again. */
  async #save(): Promise<void> {
    this.#isChanged = true;
    if (!this.#cache || this.#isWriting) return;
    this.#isWriting = true;
    await this.#load(); // otherwise the hosts of earlier processes would be lost
    while (this.#isChanged) {
      this.#isChanged = false;
      await this.#cache.write(Object.fromEntries(this.#records)).catch(() => undefined);
    }
    this.#isWriting = false;
  }
}

function isSame(known: readonly LookupAddress[], found: readonly LookupAddress[]): boolean {
  return known.length === found.length && known.every(({ address }) => found.some((other) => other.address === address));
}

function isRecord(value: unknown): value is DnsRecord {
  if (typeof value !== 'object' || value === null || !('addresses' in value) || !('atMs' in value)) return false;
  const { addresses, atMs } = value;
  return typeof atMs === 'number' && Array.isArray(addresses) && addresses.length > 0 && addresses.every(isAddress);
}

function isAddress(value: unknown): value is LookupAddress {
  if (typeof value !== 'object' || value === null || !('address' in value) || !('family' in value)) return false;
  return typeof value.address === 'string' && (value.family === 4 || value.family === 6);
}
