/**
 * Reads checksums from the response headers of the body: they save a request for the checksum file.
 *
 * Sources: Maven Resolver's included checksums (`x-checksum-*`, `x-goog-meta-checksum-*`, Nexus 2's ETag), Google Cloud Storage
 * (`x-goog-hash`), S3 user metadata, RFC 9530 and its forerunner RFC 3230. A plain ETag is not a checksum.
 */
import { checksumAlgorithms, hexOfBase64, normalizedHex } from './algorithm.js';
import type { ChecksumAlgorithm } from './claim.js';

export interface HeaderChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
}

/** Headers by name, any case; several values of one name as an array or joined by commas. */
export type HeaderFields = Readonly<Record<string, string | readonly string[] | undefined>>;

const prefixes = ['x-checksum-', 'x-goog-meta-checksum-', 'x-amz-meta-', 'x-amz-meta-checksum-'];
const digestNames = new Map<string, ChecksumAlgorithm>([
  ['sha-512', 'sha512'],
  ['sha-256', 'sha256'],
  ['sha', 'sha1'],
  ['md5', 'md5'],
]);

const stating = /^(?:x-checksum-|x-goog-|x-amz-meta-|(?:repr-|content-)?digest$)/i;
/** Nexus 2: `ETag: "{SHA1{hex}}"`. */
const nexusTag = /^"?\{SHA1\{([0-9a-f]{40})\}\}"?$/i;

export interface HeaderOptions {
  /**
   * Whether the body was sent with a Content-Encoding or as a part (206): digests of the transferred content (Content-Digest) then say
   * nothing about the file. Default: false.
   */
  readonly transformed?: boolean | undefined;
}

/** Returns the checksums that response headers state, each once. Values that are not checksums are skipped. Never throws. */
export function parseHeaderChecksums(fields: HeaderFields, options: HeaderOptions = {}): HeaderChecksum[] {
  if (!Object.entries(fields).some(mayStateChecksum)) return [];
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) headers.set(name.toLowerCase(), (typeof value === 'string' ? value : value.join(', ')).slice(0, 4096));
  }
  const found = new Map<string, HeaderChecksum>();
  const add = (algorithm: ChecksumAlgorithm, value: string | null): void => {
    if (value !== null) found.set(`${algorithm}:${value}`, { algorithm, value });
  };
  for (const algorithm of checksumAlgorithms) {
    for (const prefix of prefixes) {
      const value = headers.get(prefix + algorithm)?.trim();
      if (value !== undefined) add(algorithm, normalizedHex(value, algorithm) ?? hexOfBase64(value, algorithm));
    }
  }
  // Google's hash covers the stored object, which may be compressed even if the body is not.
  const stored = isPlain(headers.get('content-encoding')) && isPlain(headers.get('x-goog-stored-content-encoding')) && !isUnpacked(headers);
  for (const part of stored ? members(headers.get('x-goog-hash')) : []) {
    if (part.name === 'md5') add('md5', hexOfBase64(part.value, 'md5'));
  }
  const shielded = nexusTag.exec(headers.get('etag')?.trim() ?? '');
  if (shielded?.[1] !== undefined) add('sha1', shielded[1].toLowerCase());
  const digestHeaders = options.transformed === true ? ['repr-digest', 'digest'] : ['repr-digest', 'digest', 'content-digest'];
  // RFC 3230's Digest and RFC 9530's Repr-Digest cover the representation, which under a content coding is the encoded one.
  if (isPlain(headers.get('content-encoding')) && !isUnpacked(headers)) {
    for (const header of digestHeaders) {
      for (const part of members(headers.get(header))) {
        const algorithm = digestNames.get(part.name);
        if (algorithm !== undefined) add(algorithm, hexOfBase64(part.value.replace(/^:(.*):$/, '$1'), algorithm));
      }
    }
  }
  return [...found.values()];
}

/** Whether a header is worth reading: most answers have none that is, and are asked for a dozen names otherwise. */
function mayStateChecksum([name, value]: [string, HeaderFields[string]]): boolean {
  return stating.test(name) || (typeof value === 'string' && nexusTag.test(value.trim()));
}

function isPlain(encoding: string | undefined): boolean {
  return encoding === undefined || encoding.trim().toLowerCase() === 'identity';
}

/** Whether an intermediary decompressed the body (`Warning: 214`, RFC 7234 section 5.5.6; Google's own header). */
function isUnpacked(headers: ReadonlyMap<string, string>): boolean {
  return (
    /\bgunzipped\b/.test(headers.get('x-guploader-response-body-transformations') ?? '') ||
    /(?:^|,)\s*214\b/.test(headers.get('warning') ?? '')
  );
}

/** Splits a comma-separated header into its `name=value` members. Names in lower case. */
function members(header: string | undefined): { name: string; value: string }[] {
  if (header === undefined) return [];
  return header.split(',').flatMap((member) => {
    const equals = member.indexOf('=');
    return equals === -1 ? [] : [{ name: member.slice(0, equals).trim().toLowerCase(), value: member.slice(equals + 1).trim() }];
  });
}
