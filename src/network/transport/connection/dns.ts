/**
 * Keeps resolved names usable while the resolver is down or silent ("serve stale", RFC 8767). Safe for https only, where
 * the certificate still proves the name: the caller passes this lookup to https connections alone.
 */
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';

import { settlesWithin } from '../../../base/async/settles-within.js';
import { AddressBook, type DnsCache } from './address-book.js';

export { type DnsCache, type DnsRecord, dnsStaleMaxMs } from './address-book.js';

export type ResolveHost = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface LookupHookOptions {
  /** Where records survive the process. Its errors are ignored: a cache must not break a download. */
  readonly cache?: DnsCache | undefined;
  /** How long the resolver may be silent before a remembered answer is used. Default 1,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Default: the system's resolver, getaddrinfo. */
  readonly resolve?: ResolveHost | undefined;
}

/** Returns a function for the `lookup` option of net.connect and tls.connect. */
export function createLookup({ cache, timeoutMs = 1000, now, resolve = resolveWithSystem }: LookupHookOptions): LookupFunction {
  const book = new AddressBook(cache, now);
  return (hostname, options, callback) => {
    findAddresses(hostname.toLowerCase(), book, resolve, timeoutMs).then(
      (addresses) => answer(hostname, addresses, options, callback),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), '', 0),
    );
  };
}

/** Asks the resolver, and falls back to remembered addresses if it fails or is silent. */
async function findAddresses(host: string, book: AddressBook, resolve: ResolveHost, timeoutMs: number): Promise<readonly LookupAddress[]> {
  const resolved = resolve(host).then((addresses) => {
    if (addresses.length === 0) throw Object.assign(new Error(`no address for ${host}`), { code: 'ENOTFOUND', hostname: host });
    book.remember(host, addresses);
    return addresses;
  });
  try {
    if (await settlesWithin(resolved, timeoutMs)) return await resolved;
  } catch (error) {
    const remembered = await book.find(host);
    if (remembered) return remembered;
    throw error;
  }
  const remembered = await book.find(host);
  if (!remembered) return resolved; // the connect time-out decides
  resolved.catch(() => undefined);
  return remembered;
}

/** Answers as node:dns does: all addresses, or the first one, of the family asked for. */
function answer(
  hostname: string,
  addresses: readonly LookupAddress[],
  options: LookupOptions,
  callback: Parameters<LookupFunction>[2],
): void {
  const family = familyOf(options);
  const fitting = family === 0 ? [...addresses] : addresses.filter((address) => address.family === family);
  const [first] = fitting;
  if (!first) callback(Object.assign(new Error(`no IPv${family} address for ${hostname}`), { code: 'ENOTFOUND' }), '', 0);
  else if (options.all === true) callback(null, fitting);
  else callback(null, first.address, first.family);
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
