/** Reports over which addresses a mirror can be reached, and how long its certificate is valid. */
import type { SecureContext } from 'node:tls';

import { probeAddress } from '../../network/transport/connection/address-probe.js';
import { createSecureContext } from '../../network/transport/connection/secure-context.js';
import type { AddressReach, CheckedCertificate } from './verdict/model.js';

const timeoutMs = 5000;
const dayMs = 86_400_000;

export interface Reach {
  readonly ipv4: AddressReach;
  readonly ipv6: AddressReach;
  readonly certificate: CheckedCertificate | null;
}

export interface ReachOptions {
  readonly url: URL;
  /** Whether requests go through a proxy: then only the proxy connects to the mirror. */
  readonly isProxied: boolean;
  readonly ca: readonly string[];
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export async function examineReach({ url, isProxied, ca, signal, nowMs }: ReachOptions): Promise<Reach> {
  if (isProxied) return unknown('requests go through a proxy');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return unknown(`addresses are not known for ${url.protocol}`);
  let context: SecureContext | null = null;
  const secureContext = (): SecureContext => (context ??= createSecureContext(ca));
  const probe = (family: 4 | 6) => probeAddress({ origin: url, family, secureContext, timeoutMs, signal });
  const [four, six] = await Promise.all([probe(4), probe(6)]);
  const seen = four.certificate ?? six.certificate;
  return {
    ipv4: { status: four.status, address: four.address, detail: four.detail },
    ipv6: { status: six.status, address: six.address, detail: six.detail },
    certificate: seen && {
      validTo: new Date(seen.validToMs).toISOString(),
      daysLeft: Math.floor((seen.validToMs - nowMs) / dayMs),
      problem: seen.problem,
    },
  };
}

function unknown(detail: string): Reach {
  const reach: AddressReach = { status: 'unknown', address: null, detail };
  return { ipv4: reach, ipv6: reach, certificate: null };
}
