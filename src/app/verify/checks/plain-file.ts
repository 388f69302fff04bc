/**
 * A file that lies in no local repository: its signature is the `FILE.asc` beside it, and the user's trusted-checksum
 * files may name it. A checksum file beside it proves nothing, as whoever changed the one could change the other, but one
 * that does not fit says that the file is damaged.
 */
import { readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, relative, sep } from 'node:path';

import { ClojarsFetchError } from '../../../base/error.js';
import type { Context } from '../../../fetch/context.js';
import { digestFile } from '../../../fetch/digest-file.js';
import { readSmallFile } from '../../../fetch/file-chunks.js';
import { createSignedFile } from '../../../fetch/signature/signed-file.js';
import { checksumMaxBytes, signatureMaxBytes } from '../../../network/transport/limits.js';
import { isPinStrength } from '../../../proof/checksum/algorithm.js';
import type { ChecksumAlgorithm, Digests } from '../../../proof/checksum/claim.js';
import { digestOf } from '../../../proof/checksum/digest.js';
import { parseSidecar } from '../../../proof/checksum/sidecar.js';
import { compareLevels } from '../../../proof/level.js';
import { documentOf } from '../../../proof/openpgp/packet/document.js';
import type { SignedDocument } from '../../../proof/openpgp/packet/signed-document.js';
import { fitsPin, proofOfPin } from '../../../proof/pin-proof.js';
import { formatProof, type Proof } from '../../../proof/proof.js';
import { decideSignature, signatureHint } from '../../../proof/signature-policy.js';
import type { SignatureVerdict } from '../../../proof/signature-verdict.js';
import { failedFile } from '../report/failed-file.js';
import { nothingProven, type VerifiedFile } from '../report/report.js';

const algorithms: readonly ChecksumAlgorithm[] = ['sha256', 'sha512', 'sha1', 'md5'];

/**
 * Never throws for what the file is; ERR_ABORTED and ERR_CONFIG (a keyring that cannot be read) are the caller's.
 * @param file absolute
 */
export async function verifyPlainFile(context: Context, file: string): Promise<VerifiedFile> {
  const { signal } = context.run;
  const warnings: string[] = [];
  const about = { path: file, coordinate: null, repository: null, warnings };
  let verdict: SignatureVerdict | null = null;
  try {
    const small = readSmallFile(file);
    const size = small?.length ?? (await stat(file)).size;
    const pin = context.trust.pinFor(relative(process.cwd(), file).split(sep).join('/')) ?? context.trust.pinFor(basename(file));
    const beside = readChecksums(file);
    const wanted = [
      ...new Set<ChecksumAlgorithm>(['sha256', ...beside.map(({ algorithm }) => algorithm), ...(pin ? [pin.algorithm] : [])]),
    ];
    const digests = small === null ? await digestFile(file, wanted) : digestOf(small, wanted);
    signal.throwIfAborted();
    const sha256 = digests.sha256 ?? '';
    if (pin !== null && !fitsPin(pin, digests[pin.algorithm])) {
      throw refused(
        'ERR_CHECKSUM',
        'mismatch',
        file,
        `${file}: ${pin.source} pins ${pin.algorithm} ${pin.value}, the file has ${digests[pin.algorithm] ?? ''}`,
        `If the file was meant to change, update ${pin.source}.`,
      );
    }
    checkBeside(file, beside, digests);
    const pinned = pin !== null && isPinStrength(pin.algorithm);
    if (pin !== null && !pinned) warnings.push(`the pin by ${pin.source} is ${pin.algorithm}, too weak to count as a proof`);
    const { signature, ssh } = readSignature(file);
    if (ssh !== null) warnings.push(`${ssh} is an SSH signature, which is not supported yet`);
    if (signature !== null)
      verdict = await judge(context, file, small === null ? createSignedFile(file, { size }) : documentOf(small), signature, warnings);
    signal.throwIfAborted();
    const decision =
      verdict === null ? null : decideSignature(verdict.status, pinned ? 'if-present' : 'require', context.trust.policy.weak);
    if (verdict !== null && decision === 'fail')
      throw refused(
        'ERR_SIGNATURE',
        verdict.status,
        file,
        `${file}: ${verdict.sentence}`,
        signatureHint(verdict.status, { group: 'this', artifact: basename(file) }, verdict.fingerprint ?? verdict.signingKey),
      );
    if (verdict !== null && decision === 'warn') warnings.push(verdict.sentence);
    if (verdict === null && !pinned) {
      throw refused(
        'ERR_SIGNATURE',
        'missing',
        file,
        `${file}: nothing to check it against: ${ssh === null ? `${basename(file)}.asc is missing` : `${basename(ssh)} is an SSH signature, which is not supported yet`}, and no trusted-checksum file names it`,
        beside.length > 0
          ? `The ${basename(file)}.${beside[0]?.algorithm ?? ''} next to it matches, but shows only that the file is intact. Get its signature, or name a list of trusted checksums with --trusted-checksums FILE.`
          : 'Put its signature next to it, or name a list of trusted checksums with --trusted-checksums FILE.',
      );
    }
    const proofs: Proof[] = [];
    if (pinned) proofs.push(proofOfPin(pin));
    if (decision === 'proof') proofs.push({ level: 'signed', fingerprint: verdict?.fingerprint ?? '' });
    const level = proofs[0]?.level ?? 'none';
    const least = context.trust.policy.level;
    if (least === 'pinned' && compareLevels(level, least) < 0) {
      throw refused(
        'ERR_CHECKSUM',
        'missing',
        file,
        `${file}: proven at level '${level}', the policy asks for '${least}'`,
        'Add its sha256 to a file that you name with --trusted-checksums.',
      );
    }
    for (const note of verdict?.notes ?? []) warnings.push(note);
    return {
      ...about,
      size,
      sha256,
      status: warnings.length === 0 ? 'ok' : 'warning',
      verification: { level, proofs: proofs.map(formatProof), checksum: null, signature: signatureOf(verdict), witnesses: [] },
      why: [...(pinned ? [`pinned by ${pin.source}`] : []), ...(decision === 'proof' && verdict !== null ? [verdict.sentence] : [])].join(
        '; ',
      ),
      error: null,
    };
  } catch (error) {
    return failedFile(error, { ...about, verification: { ...nothingProven, signature: signatureOf(verdict) } }, signal);
  }
}

async function judge(
  context: Context,
  file: string,
  document: SignedDocument,
  signature: Uint8Array,
  warnings: string[],
): Promise<SignatureVerdict> {
  // No path says of which group it is: a key map can speak only for all, and no signer is remembered.
  const subject = { group: '', artifact: basename(file), version: '', extension: '', classifier: '' };
  const verdicts = await context.trust.signatures.check(signature, document, subject, context.trust.policy);
  const [first] = verdicts;
  if (first === undefined)
    throw new ClojarsFetchError('ERR_SIGNATURE', {
      reason: 'malformed',
      path: file,
      message: `${file}: its signature file holds no signature`,
      hint: signatureHint('malformed', { group: '', artifact: '' }, null),
    });
  if (first.status === 'good') {
    for (const { status, sentence } of verdicts.slice(1))
      if (status === 'bad' || status === 'malformed') warnings.push(`besides the good signature, there is another one: ${sentence}`);
  }
  return first;
}

function signatureOf(verdict: SignatureVerdict | null): VerifiedFile['verification']['signature'] {
  if (verdict === null) return null;
  const { status, fingerprint, signingKey, keyId, userId, signedAtMs, sentence } = verdict;
  return {
    status,
    fingerprint,
    signingKey: signingKey ?? keyId,
    userId: userId?.slice(0, 1000) ?? null,
    signedAt: signedAtMs === null ? null : new Date(signedAtMs).toISOString(),
    sentence,
  };
}

/** Reads the first OpenPGP signature next to a file; names an SSH signature, which is a good one of another kind. */
function readSignature(file: string): { readonly signature: Uint8Array | null; readonly ssh: string | null } {
  let ssh: string | null = null;
  for (const name of [`${file}.asc`, `${file}.sig`]) {
    const bytes = readBounded(name, signatureMaxBytes);
    if (bytes === 'too-large')
      throw refused(
        'ERR_SIGNATURE',
        'malformed',
        file,
        `${name} is larger than ${signatureMaxBytes} bytes, too large for a signature`,
        'Make sure that it is the signature, not the signed file.',
      );
    if (bytes === null) continue;
    if (!isSshSignature(bytes)) return { signature: bytes, ssh };
    ssh ??= name;
  }
  return { signature: null, ssh };
}

/** Source of the rule: OpenSSH, PROTOCOL.sshsig: the armor's first line, or the magic preamble. */
function isSshSignature(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart();
  return head.startsWith('-----BEGIN SSH SIGNATURE-----') || head.startsWith('SSHSIG');
}

function readChecksums(file: string): readonly { readonly algorithm: ChecksumAlgorithm; readonly value: string }[] {
  return algorithms.flatMap((algorithm) => {
    const bytes = readBounded(`${file}.${algorithm}`, checksumMaxBytes);
    const sidecar = bytes === null || bytes === 'too-large' ? null : parseSidecar(bytes, algorithm);
    return sidecar?.ok === true ? [{ algorithm, value: sidecar.value }] : [];
  });
}

function checkBeside(
  file: string,
  beside: readonly { readonly algorithm: ChecksumAlgorithm; readonly value: string }[],
  digests: Digests,
): void {
  for (const { algorithm, value } of beside) {
    if (digests[algorithm] === value) continue;
    throw refused(
      'ERR_CHECKSUM',
      'mismatch',
      file,
      `${file} does not match its ${algorithm} file: ${value} expected, ${digests[algorithm] ?? ''} found`,
      'The file was damaged or changed. Fetch it again.',
    );
  }
}

/** Null where there is none. Read at once: waiting for so little costs more than reading it. */
function readBounded(file: string, maxBytes: number): Uint8Array | 'too-large' | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile()) return null;
  return stats.size > maxBytes ? 'too-large' : readFileSync(file);
}

function refused(code: 'ERR_CHECKSUM' | 'ERR_SIGNATURE', reason: string, path: string, message: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError(code, { reason, path, message, hint });
}
