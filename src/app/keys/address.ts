/** Parses e-mail addresses, as users type them and as user IDs contain them. */
import { domainToASCII } from 'node:url';

export interface Address {
  /** As written. */
  readonly local: string;
  /** Lower case, ASCII (IDNA). */
  readonly domain: string;
}

/** Parses `local@domain`; null for anything else. The domain needs a dot, so that no host of the local network is asked. */
export function parseAddress(text: string): Address | null {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, Math.max(at, 0));
  const written = trimmed.slice(at + 1);
  // The URL parser would silently cut off everything after a slash or the like.
  const domain = /[\s/\\?#@:%[\]]/.test(written) ? '' : domainToASCII(written).toLowerCase();
  if (at < 1 || trimmed.length > 254 || local.length > 64) return null;
  if (/[\u0000-\u0020\u007f<>()[\],;:\\"@]/.test(local)) return null;
  return /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(domain) ? { local, domain } : null;
}

/**
 * Finds the address in a user ID: the text between the last `<` and `>`, or the whole user ID if it is an address (RFC 9580
 * section 5.11 leaves the form to convention). Null if it has none.
 */
export function addressOf(userId: string): Address | null {
  const [, inside] = /<([^<>]*)>[^<>]*$/.exec(userId) ?? [];
  return parseAddress(inside ?? userId);
}

/** Whether two addresses are the same, ignoring case in both parts, as the Web Key Directory does. */
export function isSameAddress(one: Address, other: Address): boolean {
  return one.domain === other.domain && lowerAscii(one.local) === lowerAscii(other.local);
}

/** Lower-cases ASCII letters only, as the draft of the Web Key Directory requires. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
