/**
 * Evaluates a certificate's own signatures.
 *
 * The rules are GnuPG 2.2.40's (`merge_selfsigs_main`, `merge_selfsigs_subkey`, `fixup_uidnode`), since our web of trust must agree with
 * it. For each user ID, the newest valid signature counts, even a revocation. For a subkey, the newest valid binding that has not expired
 * counts. A revocation of a key or subkey counts whatever its date. A signature dated in the future counts too, because only the owner can
 * have made it; a key dated in the future has no valid signature.
 *
 * Signatures are tried from the newest down, so that few need to be verified, and the total is limited: thousands of false signatures must
 * not keep us busy.
 */
import type { KeyPacket } from '../packet/key-packet.js';
import { isMalformed } from '../packet/malformed.js';
import { hashedSubpacket, parseSignaturePacket, type SignaturePacket, signatureType } from '../packet/signature-packet.js';
import { subpacketType } from '../packet/subpackets.js';
import type { Revocation, RevocationReason } from './certificate.js';
import type { CertificateComponents, SignatureBytes, SubkeyComponent, UserIdComponent } from './components.js';
import { isKeySignatureBy, type KeySignatureTarget } from './key-signature.js';

/** Maximum number of verifications per certificate; no honest one needs a tenth of it. */
const maxVerifications = 1000;

export interface SelfSigned {
  /** Whether it has neither user IDs nor signatures on the key itself, other than revocations: some keyservers strip them. */
  readonly bare: boolean;
  /** The newest one that has not expired, or null. */
  readonly direct: SignaturePacket | null;
  readonly revocation: Revocation | null;
  readonly userIds: readonly SignedUserId[];
  readonly subkeys: readonly SignedSubkey[];
}

export interface SignedUserId {
  readonly component: UserIdComponent;
  /** The newest valid one, or null. It may be a revocation, and may have expired. */
  readonly signature: SignaturePacket | null;
}

export interface SignedSubkey {
  readonly component: SubkeyComponent;
  /** The newest valid binding that has not expired. */
  readonly binding: SignaturePacket | null;
  readonly revocation: Revocation | null;
  /** Whether the subkey has signed the primary key in turn, as a signing subkey must (RFC 9580 section 10.1.5). */
  readonly crossCertified: boolean;
}

/** @param designated revocations by other keys that were found to count */
export async function checkSelfSignatures(
  components: CertificateComponents,
  atMs: number,
  designated: readonly SignaturePacket[],
): Promise<SelfSigned> {
  const { key } = components;
  let left = maxVerifications;
  const check = async (signature: SignaturePacket, target: KeySignatureTarget, signer: KeyPacket = key): Promise<boolean> => {
    if (signer.createdAtMs > signature.createdAtMs || signer.createdAtMs > atMs) return false;
    return left-- > 0 && isKeySignatureBy(signer, signature, target);
  };
  const own = (signatures: readonly SignatureBytes[], first: number, last = first): readonly SignaturePacket[] =>
    newestFirst(
      signatures
        .flatMap((signature) => signature.packet() ?? [])
        .filter(({ type, issuerKeyId }) => type >= first && type <= last && issuerKeyId === key.keyId),
    );
  const alive = (signature: SignaturePacket): boolean => !hasExpired(signature, atMs);

  // Revocations first: nothing else may push them over the limit.
  const revocations = await allOf(own(components.signatures, signatureType.keyRevocation), (signature) =>
    check(signature, { primary: key }),
  );
  const subkeyRevocations: (readonly SignaturePacket[])[] = [];
  for (const { key: subkey, signatures } of components.subkeys) {
    subkeyRevocations.push(
      await allOf(own(signatures, signatureType.subkeyRevocation), (signature) => check(signature, { primary: key, subkey })),
    );
  }
  const direct = await firstOf(own(components.signatures, signatureType.directKey).filter(alive), (signature) =>
    check(signature, { primary: key }),
  );

  const userIds: SignedUserId[] = [];
  for (const component of components.userIds) {
    // Both kinds in one pass: of two with the same second, the later packet counts, whichever kind it is.
    const candidates = own(component.signatures, signatureType.certifyFirst, signatureType.certificationRevocation).filter(
      ({ type }) => type <= signatureType.certifyLast || type === signatureType.certificationRevocation,
    );
    userIds.push({
      component,
      signature: await firstOf(candidates, (signature) => check(signature, { primary: key, userId: component.body })),
    });
  }

  const subkeys: SignedSubkey[] = [];
  for (const [index, component] of components.subkeys.entries()) {
    const target = { primary: key, subkey: component.key };
    const binding = await firstOf(own(component.signatures, signatureType.subkeyBinding).filter(alive), (signature) =>
      check(signature, target),
    );
    const back = binding === null ? null : newestBackSignature(binding);
    const crossCertified = back !== null && (await check(back, target, component.key));
    subkeys.push({ component, binding, revocation: worstRevocation(subkeyRevocations[index] ?? []), crossCertified });
  }
  const bare = components.userIds.length === 0 && own(components.signatures, signatureType.directKey).length === 0;
  return { bare, direct, revocation: worstRevocation([...revocations, ...designated]), userIds, subkeys };
}

/** GnuPG treats the named second itself as expired. */
export function hasExpired({ expiresAtMs }: Pick<SignaturePacket, 'expiresAtMs'>, atMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= atMs;
}

/** Describes a revocation by its signature; an unknown reason counts as none. */
export function revocationOf(signature: SignaturePacket): Revocation {
  const body = hashedSubpacket(signature, subpacketType.revocationReason, 1);
  const reason = reasons.get(body?.[0] ?? 0) ?? 'unspecified';
  return {
    reason,
    text: body === null ? '' : Buffer.from(body.subarray(1)).toString('utf8'),
    madeAtMs: signature.createdAtMs,
    hard: reason !== 'superseded' && reason !== 'retired' && reason !== 'user-id-invalid',
  };
}

const reasons: ReadonlyMap<number, RevocationReason> = new Map([
  [1, 'superseded'],
  [2, 'compromised'],
  [3, 'retired'],
  [32, 'user-id-invalid'],
]);

/** Returns a hard revocation if there is one, otherwise the earliest. */
function worstRevocation(signatures: readonly SignaturePacket[]): Revocation | null {
  const revocations = signatures.map(revocationOf).sort((a, b) => a.madeAtMs - b.madeAtMs);
  return revocations.find(({ hard }) => hard) ?? revocations[0] ?? null;
}

/** Sorts newest first; of two with the same second, the later one in the certificate comes first, as in GnuPG. */
function newestFirst(signatures: readonly SignaturePacket[]): readonly SignaturePacket[] {
  return [...signatures].reverse().sort((a, b) => b.createdAtMs - a.createdAtMs);
}

async function firstOf(
  signatures: readonly SignaturePacket[],
  check: (signature: SignaturePacket) => Promise<boolean>,
): Promise<SignaturePacket | null> {
  for (const signature of signatures) if (await check(signature)) return signature;
  return null;
}

async function allOf(
  signatures: readonly SignaturePacket[],
  check: (signature: SignaturePacket) => Promise<boolean>,
): Promise<readonly SignaturePacket[]> {
  const valid: SignaturePacket[] = [];
  for (const signature of signatures) if (await check(signature)) valid.push(signature);
  return valid;
}

/** The unprotected area is allowed: this signature protects itself. */
function newestBackSignature(binding: SignaturePacket): SignaturePacket | null {
  let newest: SignaturePacket | null = null;
  for (const { type, body } of [...binding.hashed, ...binding.unhashed]) {
    if (type !== subpacketType.embeddedSignature) continue;
    const signature = readEmbedded(body);
    if (signature?.type === signatureType.primaryKeyBinding && (newest === null || signature.createdAtMs > newest.createdAtMs))
      newest = signature;
  }
  return newest;
}

function readEmbedded(body: Uint8Array): SignaturePacket | null {
  try {
    return parseSignaturePacket(body);
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return null;
  }
}
