/** E-mail addresses: as they are asked for, and as user IDs hold them. */
import { domainToASCII } from 'node:url';

export interface Address {
  /** As written. */
  readonly local: string;
  /** Lower case, ASCII (IDNA). */
  readonly domain: string;
}

/** `local@domain`, or null. A domain needs a dot: names of one's own network are not asked. */
export function parseAddress(text: string): Address | null {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, Math.max(at, 0));
  const written = trimmed.slice(at + 1);
  // What follows a slash or the like is cut off in silence by the URL parser.
  const domain = /[\s/\\?#@:%[\]]/.test(written) ? '' : domainToASCII(written).toLowerCase();
  if (at < 1 || trimmed.length > 254 || local.length > 64) return null;
  if (/[\u0000-\u0020\u007f<>()[\],;:\\"@]/.test(local)) return null;
  return /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(domain) ? { local, domain } : null;
}

/**
 * The address in a user ID: what stands between the last `<` and `>`, or the whole of it where that is an address
 * (RFC 9580 section 5.11 leaves the form to custom). Null where there is none.
 */
export function addressOf(userId: string): Address | null {
  const [, inside] = /<([^<>]*)>[^<>]*$/.exec(userId) ?? [];
  return parseAddress(inside ?? userId);
}

/** Case counts for nothing in either part, as the Web Key Directory maps it. */
export function isSameAddress(one: Address, other: Address): boolean {
  return one.domain === other.domain && lowerAscii(one.local) === lowerAscii(other.local);
}

/** ASCII letters only, as the Web Key Directory's draft says. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
