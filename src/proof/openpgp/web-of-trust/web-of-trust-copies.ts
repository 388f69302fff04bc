/** One certificate out of the copies that several keyrings hold of it. */
import type { Certificate, UserId } from '../certificate/certificate.js';

/**
 * Nothing that a copy says against the key is lost: revoked in one is revoked, and of two expiries the earlier counts.
 * Merges their certifications. Returns null without a copy.
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
