/**
 * Reads checksum files (`x.jar.sha1`) as they are found in the wild.
 *
 * Maven (org.eclipse.aether.util.ChecksumUtils.read, resolver 1.6.3) reads the first line that is not empty: what follows `= `, or else
 * what precedes the first space. This reader also accepts the forms that other tools have written over twenty years, but insists on a
 * checksum of the right length: a login page must not pass for a checksum.
 */
import { hexLengths, hexOfBase64, normalizedHex } from './algorithm.js';
import type { ChecksumAlgorithm } from './claim.js';

/** Maximum size of a checksum file, in bytes. */
export const maxSidecarBytes = 4096;

/**
 * How many leading zeros a tool may have dropped by formatting the digest as a number. Fewer than eight, so that a checksum of a shorter
 * algorithm never passes for one of a longer.
 */
const mostDroppedZeros = 7;

/** Maximum number of lines for one digest: `gpg --print-md sha512` takes four. */
const mostWrappedLines = 8;

/** The checksum, or the reason why the file does not hold one. */
export type Sidecar =
  | { readonly ok: true; /** Lower-case hex. */ readonly value: string }
  | { readonly ok: false; readonly reason: 'malformed'; readonly detail: string };

/** Reads the checksum of `algorithm` from a checksum file. Never throws. */
export function parseSidecar(body: Uint8Array | string, algorithm: ChecksumAlgorithm): Sidecar {
  if (body.length > maxSidecarBytes) return malformed(`longer than ${maxSidecarBytes} bytes`);
  const raw = typeof body === 'string' ? null : rawDigest(body, algorithm);
  if (raw !== null) return { ok: true, value: raw };
  const text = typeof body === 'string' ? body : decode(body);
  const alone = normalizedHex(text, algorithm); // most files hold nothing else
  if (alone !== null) return { ok: true, value: alone };
  const lines = text
    .replace(/\0/g, '') // padding, or UTF-16 without a byte order mark
    .replace(/^\ufeff/, '')
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#;]/.test(line));
  const [first, ...rest] = lines;
  if (first === undefined) return malformed('empty');
  if (first.startsWith('<')) return malformed('markup, not a checksum');
  const value =
    readLine(first, algorithm) ??
    readWrapped(first, rest, algorithm) ??
    readField(lines, algorithm) ??
    readBase64(first, algorithm) ??
    onlyDigest(lines, algorithm);
  if (value !== null) return { ok: true, value };
  return malformed(`no ${hexLengths[algorithm]} hexadecimal digits (${algorithm})`);
}

/** `openssl dgst -binary` writes the raw digest. Text of that length is not a digest: a digest is hardly ever printable. */
function rawDigest(body: Uint8Array, algorithm: ChecksumAlgorithm): string | null {
  if (body.length * 2 !== hexLengths[algorithm]) return null;
  const isText = body.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09);
  return isText ? null : Buffer.from(body).toString('hex');
}

/** Reads `hex`, `hex  file`, `hex *file`, `\hex  escaped file`, `file: hex`, `SHA1 (file) = hex`, and hex in groups. */
function readLine(line: string, algorithm: ChecksumAlgorithm): string | null {
  const word = /^\\?(\S+)/.exec(line)?.[1] ?? '';
  const value = normalizedHex(word, algorithm) ?? ungrouped(afterLabel(line), algorithm) ?? ungrouped(line, algorithm);
  return value ?? paddedHex(word, algorithm) ?? paddedHex(afterLabel(line).trim(), algorithm);
}

/**
 * Reads the output of `gpg --print-md` and `certutil -hashfile`, which continues on the next lines: `file:` or `file: 8843 D7F9 …`, then
 * more groups.
 */
function readWrapped(first: string, rest: readonly string[], algorithm: ChecksumAlgorithm): string | null {
  let digits = isGroups(first) ? first : afterLabel(first);
  if (digits === '' && !/[:=]$/.test(first)) return null;
  for (const line of rest.slice(0, mostWrappedLines)) {
    if (!isGroups(line)) break;
    digits += ` ${line}`;
    const value = ungrouped(digits, algorithm);
    if (value !== null) return value;
  }
  return null;
}

/** Reads the line `Hash : hex` from PowerShell's `Get-FileHash | Format-List`. */
function readField(lines: readonly string[], algorithm: ChecksumAlgorithm): string | null {
  const line = lines.find((one) => /^hash\s*:/i.test(one));
  return line === undefined ? null : ungrouped(afterLabel(line), algorithm);
}

/** Reads base64, which always ends in `=`, perhaps behind the name of the algorithm (`sha1-…`). */
function readBase64(line: string, algorithm: ChecksumAlgorithm): string | null {
  const text = line.replace(/^(?:md|sha)-?\d{1,3}[-:=]\s*/i, '');
  return text.endsWith('=') ? hexOfBase64(text, algorithm) : null;
}

/**
 * Returns the word that is a checksum, if there is no other: `file hex`, `file:hex`, `{"sha1":"hex"}`, a table with a
 * heading, a signed text.
 */
function onlyDigest(lines: readonly string[], algorithm: ChecksumAlgorithm): string | null {
  const words = lines.flatMap((line) => line.split(/[\s"',;:=()[\]{}]+/));
  const [found, second] = new Set(words.flatMap((word) => normalizedHex(word.replace(/^0x/i, ''), algorithm) ?? []));
  return second === undefined ? (found ?? null) : null;
}

/**
 * Returns the text after the last `=`, or else after the last `:` that is followed by a space or the end of the line; empty if there is
 * none.
 */
function afterLabel(line: string): string {
  const equals = line.lastIndexOf('=');
  if (equals >= 0) return line.slice(equals + 1);
  const colon = Math.max(line.lastIndexOf(': '), line.lastIndexOf(':\t'));
  return colon < 0 ? '' : line.slice(colon + 1);
}

function isGroups(text: string): boolean {
  return /^[0-9a-f]+(?:[ \t:-]+[0-9a-f]+)*$/i.test(text.trim());
}

/** Joins hex digits in groups, separated by spaces, colons or dashes. */
function ungrouped(text: string, algorithm: ChecksumAlgorithm): string | null {
  return isGroups(text) ? normalizedHex(text.replace(/[ \t:-]/g, ''), algorithm) : null;
}

function paddedHex(word: string, algorithm: ChecksumAlgorithm): string | null {
  const missing = hexLengths[algorithm] - word.length;
  return missing > 0 && missing <= mostDroppedZeros ? normalizedHex(word.padStart(hexLengths[algorithm], '0'), algorithm) : null;
}

/** Making one takes longer than reading a checksum with it. */
const utf8 = new TextDecoder();

function decode(bytes: Uint8Array): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    // Windows PowerShell's `>` writes UTF-16.
    return new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes);
  }
  return utf8.decode(bytes);
}

function malformed(detail: string): Sidecar {
  return { ok: false, reason: 'malformed', detail };
}
