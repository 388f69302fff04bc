/** Finds the keys that may have made a signature: by the fingerprint that it names, then by its key ID, which several keys may share. */
import type { Certificate } from '../certificate/certificate.js';
import type { CertificateSource } from '../certificate/certificate-source.js';
import { mergeCertificates } from '../certificate/components.js';
import type { CertificateReader } from '../certificate/read-certificate.js';
import { type KeyPacket, keyPacketOf } from '../packet/key-packet.js';
import type { SignaturePacket } from '../packet/signature-packet.js';

export interface Candidate {
  readonly certificate: Certificate;
  /** The primary key or a subkey. */
  readonly key: KeyPacket;
}

/** Maximum number of keys tried per key ID: two are a curiosity, more an attack. */
const maxCandidates = 16;

/** Returns the best candidate first; empty if no key is known. Copies of a key in several keyrings count as one. */
export async function findCandidates(
  { issuerFingerprint, issuerKeyId }: SignaturePacket,
  find: CertificateSource['find'],
  read: CertificateReader,
): Promise<readonly Candidate[]> {
  const named =
    issuerFingerprint === null
      ? []
      : await readCandidates(await find(issuerFingerprint), ({ fingerprint }) => fingerprint === issuerFingerprint, read);
  // The fingerprint is enough, unless it stands next to the key ID of a different key: then either may have been changed.
  if (issuerKeyId === null || named.some(({ key }) => key.keyId === issuerKeyId)) return named;
  return [...named, ...(await readCandidates(await find(issuerKeyId), ({ keyId }) => keyId === issuerKeyId, read))];
}

async function readCandidates(
  found: Awaited<ReturnType<CertificateSource['find']>>,
  isWanted: (key: KeyPacket) => boolean,
  read: CertificateReader,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  // One copy needs no merging, and is by far the most common.
  for (const bytes of found.length === 1 ? found : mergeCertificates(found.slice(0, maxCandidates))) {
    const certificate = await read(bytes);
    if (certificate === null) continue;
    for (const { packet } of [certificate, ...certificate.subkeys]) {
      const key = keyPacketOf(packet);
      if (isWanted(key)) candidates.push({ certificate, key });
    }
  }
  return candidates;
}
