/** Ownertrust as text, as `gpg --export-ownertrust` writes and `gpg --import-ownertrust` reads it. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { Ownertrust } from '../../proof/openpgp/certificate/certificate-source.js';

const numbers: Readonly<Record<Ownertrust, number>> = { unknown: 0, undefined: 2, never: 3, marginal: 4, full: 5, ultimate: 6 };
const names: ReadonlyMap<number, Ownertrust> = new Map(Object.entries(numbers).map(([name, number]) => [number, toOwnertrust(name)]));

function toOwnertrust(name: string): Ownertrust {
  switch (name) {
    case 'undefined':
    case 'never':
    case 'marginal':
    case 'full':
    case 'ultimate':
      return name;
    default:
      return 'unknown';
  }
}

/**
 * Parses lines `FINGERPRINT:NUMBER:`; `#` begins a comment. Bits above the low four are GnuPG's flags and are ignored.
 * The last line of a fingerprint wins, as with `gpg --import-ownertrust`.
 *
 * @param source the file's name, for messages
 * @returns by upper-case fingerprint; `unknown` is left out
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `bad-value`, naming the line: a damaged statement about trust is never used
 */
export function parseOwnertrust(text: string, source: string): ReadonlyMap<string, Ownertrust> {
  const ownertrust = new Map<string, Ownertrust>();
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, fingerprint, digits] = /^([0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}):(\d{1,3})(?::.*)?$/.exec(line) ?? [];
    const trust = names.get(Number(digits) & 15);
    if (fingerprint === undefined || trust === undefined) {
      throw new ClojarsFetchError('ERR_CONFIG', {
        reason: 'bad-value',
        path: source,
        message: `${source}, line ${index + 1}: '${escapeForDisplay(line, 80)}' is not an ownertrust`,
        hint: 'Write lines as `gpg --export-ownertrust` does, FINGERPRINT:NUMBER: with 2 undefined, 3 never, 4 marginal, 5 full, 6 ultimate.',
      });
    }
    if (trust === 'unknown') ownertrust.delete(fingerprint.toUpperCase());
    else ownertrust.set(fingerprint.toUpperCase(), trust);
  }
  return ownertrust;
}

/** Formats ownertrust for `gpg --import-ownertrust`, sorted by fingerprint. */
export function formatOwnertrust(ownertrust: ReadonlyMap<string, Ownertrust>): string {
  const lines = [...ownertrust].filter(([, trust]) => trust !== 'unknown').sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '# How far owners are trusted to certify others: 2 undefined, 3 never, 4 marginal, 5 full, 6 ultimate.',
    ...lines.map(([fingerprint, trust]) => `${fingerprint}:${numbers[trust]}:`),
    '',
  ].join('\n');
}
