/** Recognizes loopback hosts. Apart from the rest, because every configuration needs it and `node:net` takes 4 ms to load. */

const loopbackIpv4 = /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

/** Whether a host is a loopback name or address (RFC 6761 section 6.3, RFC 1122, RFC 4291); IPv6 with or without brackets. */
export function isLoopback(host: string): boolean {
  const bare = bareHost(host);
  return bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || loopbackIpv4.test(bare);
}

/** Returns a host in lower case, without the brackets of IPv6 and the dot of a fully qualified name. */
export function bareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}
