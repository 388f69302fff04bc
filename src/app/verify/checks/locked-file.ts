/** The files that a lockfile names, each held against the checksum that it pins. */
import type { Context } from '../../../fetch/context.js';
import type { LockedFile } from '../../../local/lockfile/lockfile.js';
import { formatCoordinate } from '../../../maven/coordinate/format.js';
import { fitsPin } from '../../../proof/pin-proof.js';
import { nothingProven, type VerifiedFile } from '../report/report.js';
import { foundArtifact } from './found-artifact.js';
import { verifyRepositoryFile } from './repository-file.js';

/** One entry; a file that is not there is a failure of the lockfile's. */
export async function verifyLockedFile(context: Context, locked: LockedFile, lockfile: string): Promise<VerifiedFile> {
  const found = foundArtifact(locked.path);
  const file = context.store.local.file(locked.path);
  if (found === null || (await context.store.local.find(locked.path)) === null) {
    const message = `${file} is missing, but ${lockfile} names it`;
    return {
      path: file,
      coordinate: found === null ? null : formatCoordinate(found.coordinate),
      repository: locked.repository,
      size: null,
      sha256: null,
      status: 'failed',
      verification: nothingProven,
      why: message,
      warnings: [],
      error: {
        code: 'ERR_NOT_FOUND',
        reason: 'absent',
        message,
        hint: 'Fetch missing files with `clojars-fetch project --frozen`, or with `clojars-fetch deps` and the roots of the lockfile.',
      },
    };
  }
  const others = context.trust.pinFor(locked.path);
  // A checksum of the user's own file that contradicts the lockfile is for the user to settle: it is the one that is checked.
  const pin =
    others !== null && others.lockedLevel === undefined && !(others.algorithm === 'sha256' && fitsPin(others, locked.sha256))
      ? others
      : { algorithm: 'sha256' as const, value: locked.sha256, source: lockfile, lockedLevel: locked.level };
  const verified = await verifyRepositoryFile(context, found, pin);
  if (verified.status !== 'failed' && verified.sha256 !== null && verified.sha256 !== locked.sha256) {
    const message = `${file} has the sha256 ${verified.sha256}, but ${lockfile} names ${locked.sha256}`;
    return {
      ...verified,
      status: 'failed',
      verification: nothingProven,
      why: message,
      error: {
        code: 'ERR_LOCKFILE',
        reason: 'mismatch',
        message,
        hint: `${pin.source} allows the file as it is. Find out which of the two is right.`,
      },
    };
  }
  const signer = verified.verification.signature?.fingerprint ?? null;
  if (locked.signer === null || signer === null || signer === locked.signer || verified.status === 'failed') return verified;
  return {
    ...verified,
    status: 'warning',
    warnings: [...verified.warnings, `signed by ${signer} now, and by ${locked.signer} when ${lockfile} was written`],
  };
}
