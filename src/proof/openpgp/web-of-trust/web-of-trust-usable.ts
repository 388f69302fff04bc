/**
 * Selects the certifications of a user ID that count, as GnuPG 2.2 does (g10/key-clean.c, g10/sig-check.c): among several by one signer, the
 * newest that verifies, and none by that signer if the newest is a revocation or has expired.
 */
import type { Certificate, Certification, UserId } from '../certificate/certificate.js';

/** A key whose certifications are considered. */
export interface Signer {
  readonly certificate: Certificate;
}

/** Why certifications by a signer do not count. */
export type Refusal = 'persona' | 'weak-hash' | 'older-than-key' | 'forged' | 'expired' | 'revoked' | 'too-many';

export interface UsableCertification<S extends Signer> {
  readonly signer: S;
  readonly certification: Certification;
}

export interface SortedCertifications<S extends Signer> {
  /** At most one per signer, in the order of the packets. */
  readonly usable: readonly UsableCertification<S>[];
  /** By the fingerprint of the signer. */
  readonly refused: ReadonlyMap<string, Refusal>;
}

/** GnuPG accepts a SHA-1 certification by another key only if its date is before 2019-01-19. */
const sha1UntilMs = 1_547_856_000_000;
/** Maximum number of certifications of one user ID by one signer. More are not an accident, and then none counts. */
const maxPerSigner = 1000;

/** Certifications of a user ID by the key ID that they name: computed once, since a hub has a hundred thousand. */
export type CertificationsByIssuer = ReadonlyMap<string, readonly Certification[]>;

const remembered = new WeakMap<UserId, CertificationsByIssuer>();

export function certificationsByIssuer(userId: UserId): CertificationsByIssuer {
  const known = remembered.get(userId);
  if (known !== undefined) return known;
  const map = new Map<string, Certification[]>();
  for (const certification of userId.certifications) {
    if (certification.issuerKeyId === null) continue;
    const those = map.get(certification.issuerKeyId);
    if (those === undefined) map.set(certification.issuerKeyId, [certification]);
    else those.push(certification);
  }
  remembered.set(userId, map);
  return map;
}

/** @param atMs in whole seconds */
export async function sortCertifications<S extends Signer>(
  certified: Certificate,
  userId: UserId,
  signers: Iterable<S>,
  atMs: number,
): Promise<SortedCertifications<S>> {
  const byIssuer = certificationsByIssuer(userId);
  const found: UsableCertification<S>[] = [];
  const refused = new Map<string, Refusal>();
  for (const signer of signers) {
    const { keyId, fingerprint } = signer.certificate;
    const those = byIssuer.get(keyId);
    // A self-signature is not a certification.
    if (those === undefined || keyId === certified.keyId) continue;
    const answer = await chooseCertification(certified, those, signer.certificate, atMs);
    if (typeof answer === 'string') refused.set(fingerprint, answer);
    else found.push({ signer, certification: answer });
  }
  if (found.length > 1) {
    const order = new Map(userId.certifications.map((certification, index) => [certification, index]));
    found.sort((one, other) => (order.get(one.certification) ?? 0) - (order.get(other.certification) ?? 0));
  }
  return { usable: found, refused };
}

async function chooseCertification(
  certified: Certificate,
  certifications: readonly Certification[],
  signer: Certificate,
  atMs: number,
): Promise<Certification | Refusal> {
  let chosen: Certification | null = null;
  let why: Refusal = 'forged';
  let checked = 0;
  for (const certification of certifications) {
    const refusal = refuseUnchecked(certified, certification, atMs);
    if (refusal !== null) {
      why = refusal;
      continue;
    }
    checked += 1;
    if (checked > maxPerSigner) return 'too-many';
    if (await certification.isBy(signer)) chosen = chosen === null ? certification : preferred(chosen, certification, atMs);
    else why = 'forged';
  }
  if (chosen === null) return why;
  if (chosen.isRevocation) return 'revoked';
  return chosen.expiresAtMs === null || chosen.expiresAtMs > atMs ? chosen : 'expired';
}

function refuseUnchecked(certified: Certificate, { signatureType, hash, createdAtMs }: Certification, atMs: number): Refusal | null {
  if (signatureType === 0x11) return 'persona';
  if (hash === 'md5' || (hash === 'sha1' && createdAtMs > sha1UntilMs)) return 'weak-hash';
  return certified.createdAtMs > createdAtMs || certified.createdAtMs > atMs ? 'older-than-key' : null;
}

/** Prefers a certification that cannot be revoked and has not expired; then the newer one; of equally new ones the later packet. */
function preferred(one: Certification, later: Certification, atMs: number): Certification {
  const holds = ({ isRevocation, revocable, expiresAtMs }: Certification): boolean =>
    !isRevocation && !revocable && (expiresAtMs === null || expiresAtMs > atMs);
  if (holds(one) !== holds(later)) return holds(one) ? one : later;
  return later.createdAtMs >= one.createdAtMs ? later : one;
}
