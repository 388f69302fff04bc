/**
 * Lines of the list of a signed audit, as sha256sum writes and reads them: digest, two spaces, path. The list is sorted by the bytes of the
 * paths, each path once.
 */

/** A longer line is not from an audit. */
export const maxDigestLineBytes = 4096;

export interface DigestLine {
  /** Lower-case hex. */
  readonly sha256: string;
  /** One character for each byte. */
  readonly path: string;
}

/**
 * Whether a path can stand in the list. sha256sum would escape line breaks and backslashes, and then the order of lines is not the order of
 * paths; no file that a client asks for has them. @param path one character for each byte
 */
export function isListedPath(path: string): boolean {
  return path.length > 0 && path.length <= maxDigestLineBytes - 66 && !/[\u0000-\u001f\u007f\\]/.test(path);
}

/** Writes a line without its end. */
export function formatDigestLine({ sha256, path }: DigestLine): string {
  return `${sha256}  ${path}`;
}

/** Reads a line without its end; null if it is malformed. */
export function parseDigestLine(line: string): DigestLine | null {
  const sha256 = line.slice(0, 64);
  const path = line.slice(66);
  return /^[0-9a-f]{64}$/.test(sha256) && line.startsWith('  ', 64) && isListedPath(path) ? { sha256, path } : null;
}
