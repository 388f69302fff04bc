/** Checks one file that a lockfile names against the checksum that it pins. */
import type { Context } from '../../../fetch/context.js';
import type { LockedFile } from '../../../local/lockfile/lockfile.js';
import { formatCoordinate } from '../../../maven/coordinate/format.js';
import type { Pin } from '../../../proof/evidence.js';
import { fitsPin } from '../../../proof/pin-proof.js';
import { failedFile } from '../report/failed-file.js';
import { fileError } from '../report/file-error.js';
import { nothingProven, type VerifiedFile } from '../report/report.js';
import { foundArtifact } from './found-artifact.js';
import { verifyRepositoryFile } from './repository-file.js';

/** Returns the entry of the file. A missing file is a failure. */
export async function verifyLockedFile(context: Context, locked: LockedFile, lockfile: string): Promise<VerifiedFile> {
  const { local } = context.store;
  const found = foundArtifact(locked.path);
  if (found === null || (await local.find(locked.path)) === null) {
    const path = local.file(locked.path);
    const coordinate = found === null ? null : formatCoordinate(found.coordinate);
    const error = fileError(
      'ERR_NOT_FOUND',
      'absent',
      path,
      `is missing, but ${lockfile} names it`,
      'Fetch missing files with `clojars-fetch project --frozen`, or with `clojars-fetch deps` and the roots of the lockfile.',
    );
    return failedFile(error, { path, coordinate, repository: locked.repository, warnings: [] }, context.run.signal);
  }
  const pin = pinOf(context, locked, lockfile);
  const verified = await verifyRepositoryFile(context, found, pin);
  if (verified.status === 'failed') return verified;
  if (verified.sha256 !== null && verified.sha256 !== locked.sha256) {
    const error = fileError(
      'ERR_LOCKFILE',
      'mismatch',
      verified.path,
      `has the sha256 ${verified.sha256}, but ${lockfile} names ${locked.sha256}`,
      `${pin.source} allows the file as it is. Find out which of the two is right.`,
    );
    return failedFile(error, { ...verified, verification: nothingProven }, context.run.signal);
  }
  const signer = verified.verification.signature?.fingerprint ?? null;
  if (locked.signer === null || signer === null || signer === locked.signer) return verified;
  return {
    ...verified,
    status: 'warning',
    warnings: [...verified.warnings, `signed by ${signer} now, and by ${locked.signer} when ${lockfile} was written`],
  };
}

/** Prefers the user's own pin if it contradicts the lockfile: the user must decide which is right. */
function pinOf(context: Context, { path, sha256, level }: LockedFile, lockfile: string): Pin {
  const own = context.trust.pinFor(path);
  const agrees = own !== null && own.algorithm === 'sha256' && fitsPin(own, sha256);
  if (own !== null && own.lockedLevel === undefined && !agrees) return own;
  return { algorithm: 'sha256', value: sha256, source: lockfile, lockedLevel: level };
}
