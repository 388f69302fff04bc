/** Joins the copies of one certificate that several keyrings hold. */
import type { Certificate, UserId } from '../certificate/certificate.js';

/**
 * Keeps everything that speaks against the key: a revocation in any copy counts, and of two expiries the earlier. Merges the
 * certifications. Returns null for an empty list.
 */
export function joinCopies(copies: readonly Certificate[]): Certificate | null {
  const [first, ...others] = copies;
  if (first === undefined) return null;
  return others.reduce(
    (one, other) => ({
      ...one,
      revocation: other.revocation?.hard === true ? other.revocation : (one.revocation ?? other.revocation),
      valid: one.valid || other.valid,
      expiresAtMs: earlier(one.expiresAtMs, other.expiresAtMs),
      userIds: joinUserIds(one.userIds, other.userIds),
    }),
    first,
  );
}

function joinUserIds(some: readonly UserId[], others: readonly UserId[]): readonly UserId[] {
  const joined = new Map(some.map((userId) => [userId.text, userId]));
  for (const other of others) {
    const known = joined.get(other.text);
    joined.set(
      other.text,
      known === undefined
        ? other
        : {
            ...known,
            selfSigned: known.selfSigned || other.selfSigned,
            revocation: known.revocation ?? other.revocation,
            expiresAtMs: earlier(known.expiresAtMs, other.expiresAtMs),
            certifications: [...known.certifications, ...other.certifications],
          },
    );
  }
  return [...joined.values()];
}

function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}
