/** Evidence against a file: a pin that does not match, a release that changed, checksums that contradict it or each other. */
import { isPinStrength } from './checksum/algorithm.js';
import type { ChecksumClaim } from './checksum/claim.js';
import type { Evidence, Refused } from './evidence.js';
import type { FileClaims } from './file-claims.js';
import { fitsPin } from './pin-proof.js';
import { expectedAndActual, refused } from './refusal.js';

/** Returns 'strong' or 'weak' for a matching pin, null if there is no pin. */
export function checkPin({ pin, digests, path }: Evidence): 'strong' | 'weak' | null | Refused {
  if (pin === undefined) return null;
  const digest = digests[pin.algorithm];
  // A missing digest is the caller's mistake, and must not pass as a match.
  if (!fitsPin(pin, digest)) {
    return refused(
      pin.lockedLevel === undefined ? 'ERR_CHECKSUM' : 'ERR_LOCKFILE',
      'mismatch',
      `${path}: ${pin.source} pins ${pin.algorithm} ${pin.value}, the file has ${digest ?? 'not been hashed with it'}`,
      {
        ...expectedAndActual(pin.algorithm, pin.value, digest),
        hint:
          pin.lockedLevel === undefined
            ? `If the file was meant to change, update ${pin.source}.`
            : 'A release never changes: find out who changed it. If the change was intended, run `clojars-fetch lock --update GROUP/ARTIFACT`.',
      },
    );
  }
  return isPinStrength(pin.algorithm) ? 'strong' : 'weak';
}

/** Refuses a release that is not the one that was first seen. */
export function checkFirstSeen({ firstSeen, moved, digests, path }: Evidence): Refused | null {
  if (firstSeen === undefined || digests.sha256 === firstSeen) return null;
  if (moved !== undefined) {
    return refused(
      'ERR_CHECKSUM',
      'changed',
      `${path}: ${moved.to} has another file of this name than ${moved.from}, where it was first seen (sha256 ${firstSeen}, now ${digests.sha256 ?? 'not hashed'})`,
      {
        ...expectedAndActual('sha256', firstSeen, digests.sha256),
        hint: `Find out which is right. To use the file of ${moved.to}, pin it with --trusted-checksums, or delete the line with its path from first-seen.jsonl.`,
      },
    );
  }
  return refused(
    'ERR_CHECKSUM',
    'changed',
    `${path}: this release has changed since it was first seen (sha256 ${firstSeen}, now ${digests.sha256 ?? 'not hashed'})`,
    {
      ...expectedAndActual('sha256', firstSeen, digests.sha256),
      hint: 'Releases never change. Ask its author, and find out why this one did before you use it.',
    },
  );
}

/** Refuses checksums that do not match, strongest publisher first. A matching secure canonical claim overrules all others. */
export function checkContradictions({ digests, path, servedBy, canonicalReachable }: Evidence, claims: FileClaims): Refused | null {
  const { quorum } = claims;
  const mismatch = (claim: ChecksumClaim, whose: string): Refused =>
    refused(
      'ERR_CHECKSUM',
      'mismatch',
      `${path}: ${whose} says ${claim.algorithm} ${claim.value}, the file has ${digests[claim.algorithm] ?? ''}`,
      {
        ...expectedAndActual(claim.algorithm, claim.value, digests[claim.algorithm]),
        dissenters: [claim.mirror],
      },
    );
  const wrongOrigin = claims.wrong(claims.origin);
  if (wrongOrigin !== undefined) return mismatch(wrongOrigin, `the canonical checksum of ${wrongOrigin.mirror}`);
  if (claims.hasStrongOrigin) return null;

  const wrongCanonical = claims.wrong(claims.all.filter((claim) => claim.canonical));
  if (wrongCanonical !== undefined) return mismatch(wrongCanonical, `the canonical checksum of ${wrongCanonical.mirror}, over plain http,`);
  const wrongOwn = claims.wrong(claims.own);
  if (wrongOwn !== undefined) return mismatch(wrongOwn, `the checksum of ${wrongOwn.mirror}, which served it,`);
  if (quorum.dissenting.length === 0) return null;
  return refused(
    'ERR_QUORUM',
    'disagreement',
    `${path}: operators disagree on its checksum: ${quorum.dissenting.join(', ')} against ${[...quorum.agreeing, servedBy?.mirror ?? 'the local file'].join(', ')}`,
    {
      dissenters: quorum.dissentingMirrors,
      hint: 'A canonical checksum, a pin or a signature can decide. Wait until the canonical repository answers, or pin the sha256 that you trust.',
      needs: canonicalReachable && !claims.hasCanonical ? ['canonical-checksum'] : undefined,
    },
  );
}
