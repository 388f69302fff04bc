/**
 * Checksum files (`x.jar.sha1`) as they are found in the wild.
 *
 * Maven's reading (org.eclipse.aether.util.ChecksumUtils.read, resolver 1.6.3): the first line with something on it;
 * behind `= ` if it reads `… = hex`, else up to the first space. Ours takes the forms that people's tools wrote over
 * twenty years, but unlike Maven's it wants a checksum of the right length: a login page must not pass as a checksum.
 */
import { hexLengths, normalizedHex } from './algorithm.js';
import type { ChecksumAlgorithm } from './claim.js';

/** Longest checksum file that is read, in bytes. */
export const maxSidecarBytes = 4096;

/** The checksum, or why the file is not one. */
export type Sidecar =
  | { readonly ok: true; /** Lower-case hex. */ readonly value: string }
  | { readonly ok: false; readonly reason: 'malformed'; readonly detail: string };

/** Labels before a checksum: `MD5 (x.jar) = `, `SHA1(x.jar)= `, `x.jar: `, `sha1: `. */
const labelled = /^[^\0]{0,1024}?[:=]\s*([0-9a-f ]+)$/i;

/** Reads the checksum of `algorithm` out of a checksum file. Never throws. */
export function parseSidecar(body: Uint8Array | string, algorithm: ChecksumAlgorithm): Sidecar {
  if (body.length > maxSidecarBytes) return malformed(`longer than ${maxSidecarBytes} bytes`);
  const text = typeof body === 'string' ? body : decode(body);
  const line = text
    .replace(/^\ufeff/, '')
    .split(/[\r\n]+/)
    .map((one) => one.trim())
    .find((one) => one !== '');
  if (line === undefined) return malformed('empty');
  if (/^</.test(line)) return malformed('markup, not a checksum');

  const first = /^\\?(\S+)/.exec(line)?.[1] ?? '';
  const value =
    // `hex` and `hex  filename`, `hex *filename`, `\hex  escaped filename`
    normalizedHex(first, algorithm) ??
    normalizedHex((labelled.exec(line)?.[1] ?? '').replaceAll(' ', ''), algorithm) ??
    // gpg --print-md and the like: hex in groups
    (/^[0-9a-f]+( +[0-9a-f]+)+$/i.test(line) ? normalizedHex(line.replaceAll(' ', ''), algorithm) : null);
  if (value !== null) return { ok: true, value };
  return malformed(`no ${hexLengths[algorithm]} hexadecimal digits (${algorithm}) in its first line`);
}

function decode(bytes: Uint8Array): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    // Windows PowerShell's `>` writes UTF-16.
    return new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes);
  }
  return new TextDecoder().decode(bytes);
}

function malformed(detail: string): Sidecar {
  return { ok: false, reason: 'malformed', detail };
}
