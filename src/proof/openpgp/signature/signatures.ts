/**
 * Checks detached signatures over a document, each by itself. Trust in the signers is decided elsewhere.
 *
 * A file may hold several signatures: armored, in one or several blocks, or binary. One good signature is enough; see {@link
 * chooseFinding}.
 */
import type { SignatureFinding } from '../../signature-verdict.js';
import type { Certificate } from '../certificate/certificate.js';
import type { CertificateSource } from '../certificate/certificate-source.js';
import { type CertificateReader, createCertificateReader } from '../certificate/read-certificate.js';
import { decodeArmor } from '../packet/armor.js';
import { isMalformed, malformed, maxSignatureFileBytes } from '../packet/malformed.js';
import { packetTag, readPackets } from '../packet/packets.js';
import { parseSignaturePacket, type SignaturePacket, signatureType } from '../packet/signature-packet.js';
import type { SignedDocument } from '../packet/signed-document.js';
import { TextLines } from '../packet/text-lines.js';
import { fitsDigest } from '../packet/verify-digest.js';
import { findCandidates } from './candidates.js';
import { badFinding, malformedFinding, unknownKeyFinding } from './finding.js';
import { judgeSignature, type WeakAlgorithms } from './judge-signature.js';
import { isSshSignature } from './ssh-signature.js';

export interface SignatureCheckOptions {
  /** The time to judge for, milliseconds since 1970. */
  readonly atMs: number;
  readonly weak: WeakAlgorithms;
  /** Caches certificates between files. Must be for the same `atMs`. Default: a new one. */
  readonly readCertificate?: CertificateReader | undefined;
}

export interface CheckedSignatures {
  /** One per signature, in the order of the file; a single one if the file is malformed. Never empty. */
  readonly findings: readonly SignatureFinding[];
  /** Certificates of the findings' signers, keyed by the fingerprint of the primary key. */
  readonly certificates: ReadonlyMap<string, Certificate>;
}

/** Maximum number of signatures per file. Each may require reading the document again. */
const maxSignatures = 32;
/** Hashing this much takes about as long as one signature in openpgp. */
const maxReadAgainBytes = 4 * 1024 * 1024;

/**
 * Judges every signature in a detached signature file.
 *
 * @param signature the file, armored or binary, at most 64 KiB
 * @param find looks up keys by fingerprint or key ID
 * @throws whatever `find` and the document throw; the contents of signatures and keys never cause a throw
 */
export async function checkSignatures(
  document: SignedDocument,
  signature: Uint8Array,
  find: CertificateSource['find'],
  options: SignatureCheckOptions,
): Promise<CheckedSignatures> {
  const certificates = new Map<string, Certificate>();
  if (isSshSignature(signature))
    return { findings: [malformedFinding('The signature is an SSH signature, which is not supported yet.')], certificates };
  const read = options.readCertificate ?? createCertificateReader(options.atMs, find);
  let bodies: readonly Uint8Array[];
  try {
    bodies = readSignatureFile(signature);
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return { findings: [malformedFinding(`The signature file is malformed: ${error.message}.`)], certificates };
  }
  const findings: SignatureFinding[] = [];
  for (const body of bodies) {
    const { finding, certificate } = await checkOne(document, body, find, read, options);
    findings.push(finding);
    if (certificate !== null) certificates.set(certificate.fingerprint, certificate);
  }
  return { findings, certificates };
}

/**
 * Reads the signature packets of a detached signature file.
 * @throws ClojarsFetchError ERR_SIGNATURE `malformed`, also if it contains anything else: a message with its own data proves nothing about
 * ours
 */
export function readSignatureFile(file: Uint8Array): readonly Uint8Array[] {
  const bodies: Uint8Array[] = [];
  for (const { tag, body } of readPackets(decodeArmor(file, ['PGP SIGNATURE', 'PGP MESSAGE'], maxSignatureFileBytes))) {
    if (tag === packetTag.marker || tag === packetTag.padding) continue;
    if (tag !== packetTag.signature) throw malformed(`it holds a packet of type ${tag}, so it is not a detached signature`);
    if (bodies.length === maxSignatures) throw malformed(`it holds more than ${maxSignatures} signatures`);
    bodies.push(body);
  }
  if (bodies.length === 0) throw malformed('it holds no signature');
  return bodies;
}

interface Checked {
  readonly finding: SignatureFinding;
  readonly certificate: Certificate | null;
}

async function checkOne(
  document: SignedDocument,
  body: Uint8Array,
  find: CertificateSource['find'],
  read: CertificateReader,
  options: SignatureCheckOptions,
): Promise<Checked> {
  let packet: SignaturePacket;
  try {
    packet = parseSignaturePacket(body);
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return { finding: malformedFinding(`A signature is malformed: ${error.message}.`), certificate: null };
  }
  if (packet.type !== signatureType.binary && packet.type !== signatureType.text) {
    const finding = malformedFinding(
      `A signature is of type 0x${packet.type.toString(16).padStart(2, '0')}, which is not for files.`,
      packet,
    );
    return { finding, certificate: null };
  }
  const candidates = await findCandidates(packet, find, read);
  const [first] = candidates;
  if (first === undefined) return { finding: unknownKeyFinding(packet), certificate: null };
  const text = packet.type === signatureType.text;
  const digest = await document.digest({ hash: packet.hash.hash, prefix: packet.salt, suffix: packet.trailer, text });
  const small = (document.size ?? Infinity) <= maxReadAgainBytes;
  let refused: Checked | null = null;
  for (const { certificate, key } of candidates) {
    if (!(await fitsDigest(key, packet, { digest, parts: () => signedParts(document, packet), small }))) continue;
    const finding = judgeSignature(packet, key, certificate, options);
    if (finding.status === 'good') return { finding, certificate };
    // Try the next candidate: an attacker can put someone else's subkey into their own certificate, and so come before the true owner.
    refused ??= { finding, certificate };
  }
  if (refused !== null) return refused;
  return { finding: badFinding(packet, first), certificate: first.certificate };
}

/** Returns the hashed bytes, for algorithms that cannot be checked by the digest alone. */
async function* signedParts(document: SignedDocument, packet: SignaturePacket): AsyncIterable<Uint8Array> {
  const lines = packet.type === signatureType.text ? new TextLines() : null;
  yield packet.salt;
  for await (const chunk of document.chunks()) yield lines === null ? chunk : lines.update(chunk);
  yield packet.trailer;
}
