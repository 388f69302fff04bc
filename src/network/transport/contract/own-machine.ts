/** Recognizes names and addresses of this machine: its services trust local callers, so a server must not make us call them. */
import { BlockList, isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

import { bareHost, isLoopback } from './loopback.js';

/**
 * Whether a connection to the host ends on this machine: loopback, the unspecified addresses (0.0.0.0, ::), IPv4
 * addresses of either written as IPv6, the machine's own name and the addresses of its network interfaces.
 */
export function isOwnMachine(host: string): boolean {
  if (isLoopback(host)) return true;
  const bare = bareHost(host);
  const version = isIP(bare);
  if (version === 0) return bare === hostname().toLowerCase();
  const own = ownAddresses();
  return own.check(bare, version === 4 ? 'ipv4' : 'ipv6');
}

function ownAddresses(): BlockList {
  const own = new BlockList();
  own.addSubnet('0.0.0.0', 8, 'ipv4'); // "this host on this network": systems connect to themselves
  own.addSubnet('127.0.0.0', 8, 'ipv4'); // matches ::ffff:127.0.0.1 as well
  own.addAddress('::1', 'ipv6');
  own.addAddress('::', 'ipv6');
  for (const prefix of ['::', '64:ff9b::']) {
    // IPv4-compatible and NAT64 forms (RFC 4291, RFC 6052) of the same two networks.
    own.addSubnet(`${prefix}7f00:0`, 104, 'ipv6');
    own.addSubnet(`${prefix}0:0`, 104, 'ipv6');
  }
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family } of addresses ?? []) own.addAddress(address.replace(/%.*$/, ''), family === 'IPv4' ? 'ipv4' : 'ipv6');
  }
  return own;
}
