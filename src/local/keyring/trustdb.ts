/**
 * Reads GnuPG's trust database, `trustdb.gpg`: records of 40 bytes (`g10/tdbio.h` and `g10/tdbio.c` of GnuPG). Takes only the ownertrust,
 * which the user has set; validity and minimum ownertrust, which GnuPG computed, are recomputed here.
 */
import { ClojarsFetchError } from '../../base/error.js';
import type { Ownertrust } from '../../proof/openpgp/certificate/certificate-source.js';

const recordBytes = 40;
const versionRecord = 1;
const trustRecord = 12;
/** The low four bits are the trust; bit 7 disables the key, which only matters for encryption. */
const trustMask = 15;
const trustOf: Readonly<Record<number, Ownertrust>> = { 2: 'undefined', 3: 'never', 4: 'marginal', 5: 'full', 6: 'ultimate' };

export interface TrustDatabase {
  /** By upper-case fingerprint; `unknown` is left out. */
  readonly ownertrust: ReadonlyMap<string, Ownertrust>;
  /** GnuPG's own settings when it last computed: `--marginals-needed`, `--completes-needed`, `--max-cert-depth`. */
  readonly marginalsNeeded: number;
  readonly completesNeeded: number;
  readonly maxCertificationDepth: number;
  /** Names the records that were skipped. */
  readonly warnings: readonly string[];
}

/**
 * @param source the file's name, for messages
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unreadable`, if it is not a trust database of version 3
 */
export function parseTrustDatabase(bytes: Uint8Array, source: string): TrustDatabase {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.length < recordBytes || data[0] !== versionRecord || data.toString('latin1', 1, 4) !== 'gpg') {
    throw unusable(source, 'is not a trust database of GnuPG');
  }
  if (data[4] !== 3) throw unusable(source, `is a trust database of version ${String(data[4])}, and only version 3 is supported`);
  const ownertrust = new Map<string, Ownertrust>();
  const warnings: string[] = [];
  for (let at = recordBytes; at + recordBytes <= data.length; at += recordBytes) {
    if (data[at] !== trustRecord) continue;
    const fingerprint = data.toString('hex', at + 2, at + 22).toUpperCase();
    const value = (data[at + 22] ?? 0) & trustMask;
    const trust = trustOf[value];
    // 0 is unknown; 1, 'expired', marks an outdated computation of GnuPG and is not set by the user.
    if (trust === undefined) {
      if (value > 6) warnings.push(`${source}: the record at offset ${at} has the unknown ownertrust ${value}; it was skipped`);
      continue;
    }
    ownertrust.set(fingerprint, trust);
  }
  const rest = data.length % recordBytes;
  if (rest !== 0)
    warnings.push(`${source}: the last ${rest} bytes, from offset ${data.length - rest}, are not a whole record; they were skipped`);
  return { ownertrust, warnings, marginalsNeeded: data[5] ?? 0, completesNeeded: data[6] ?? 0, maxCertificationDepth: data[7] ?? 0 };
}

function unusable(source: string, what: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: source,
    message: `${source} ${what}`,
    hint: 'Write the ownertrust as text with `gpg --export-ownertrust > ownertrust.txt`, and keep it next to the keyring.',
  });
}
