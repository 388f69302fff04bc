import * as tls from 'node:tls';

import { readRegularFile } from '../../../base/disk/regular-file.js';

const authoritiesMaxBytes = 16 << 20;

/**
 * The context that was made last, for its authorities. Reading the usual ones takes 60 ms, in which nothing else runs; the clients of
 * a process usually trust the same ones.
 */
let latest: { readonly authorities: readonly string[]; readonly context: tls.SecureContext } | null = null;

/**
 * Trusts the usual authorities and the given ones. If any is given, Node no longer reads NODE_EXTRA_CA_CERTS, so it is read
 * here; without waiting if it is a pipe.
 */
export function createSecureContext(ca: string | readonly string[] | undefined): tls.SecureContext {
  if (ca === undefined || ca.length === 0) return tls.createSecureContext();
  const authorities = [...readExtraAuthorities(), ...(typeof ca === 'string' ? [ca] : ca)];
  if (latest === null || !isSame(latest.authorities, authorities))
    latest = { authorities, context: tls.createSecureContext({ ca: [...tls.rootCertificates, ...authorities] }) };
  return latest.context;
}

function readExtraAuthorities(): readonly string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (!file) return [];
  try {
    return [readRegularFile(file, authoritiesMaxBytes).toString('utf8')];
  } catch {
    // Node itself only warns about this file.
    return [];
  }
}

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((one, index) => one === others[index]);
