/** The signature next to a plain file: finds it, and judges it. */
import { basename } from 'node:path';

import { ClojarsFetchError } from '../../../base/error.js';
import type { Context } from '../../../fetch/context.js';
import { signatureMaxBytes } from '../../../network/transport/contract/limits.js';
import type { SignedDocument } from '../../../proof/openpgp/packet/signed-document.js';
import { isSshSignature } from '../../../proof/openpgp/signature/ssh-signature.js';
import { signatureHint } from '../../../proof/signature-policy.js';
import type { SignatureVerdict } from '../../../proof/signature-verdict.js';
import { fileError } from '../report/file-error.js';
import type { VerifiedFile } from '../report/report.js';
import { readAlongside } from './read-alongside.js';

export interface FoundSignature {
  /** Bytes of the OpenPGP signature; null if it is missing. */
  readonly signature: Uint8Array | null;
  /** Path of an SSH signature, which may be good but cannot be checked here. */
  readonly ssh: string | null;
}

/**
 * Reads the first OpenPGP signature next to a file.
 * @throws ClojarsFetchError ERR_SIGNATURE, `malformed`: too large for a signature
 */
export function readSignature(file: string): FoundSignature {
  let ssh: string | null = null;
  for (const name of [`${file}.asc`, `${file}.sig`]) {
    const bytes = readAlongside(name, signatureMaxBytes);
    if (bytes === 'too-large')
      throw new ClojarsFetchError('ERR_SIGNATURE', {
        reason: 'malformed',
        path: file,
        message: `${name} is larger than ${signatureMaxBytes} bytes, too large for a signature`,
        hint: 'Make sure that it is the signature, not the signed file.',
      });
    if (bytes === null) continue;
    if (!isSshSignature(bytes)) return { signature: bytes, ssh };
    ssh ??= name;
  }
  return { signature: null, ssh };
}

/**
 * Judges the signatures in a signature file by the first of them.
 * @param warnings receives warnings about the other signatures
 * @throws ClojarsFetchError ERR_SIGNATURE, `malformed`; ERR_CONFIG for a keyring that cannot be read
 */
export async function judgeSignature(
  context: Context,
  file: string,
  document: SignedDocument,
  signature: Uint8Array,
  warnings: string[],
): Promise<SignatureVerdict> {
  // The path names no group, so only a key map's rules for all groups apply, and no signer is remembered.
  const subject = { group: '', artifact: basename(file), version: '', extension: '', classifier: '' };
  const [first, ...others] = await context.trust.signatures.check(signature, document, subject, context.trust.policy);
  if (first === undefined) {
    const hint = signatureHint('malformed', { group: '', artifact: '', fingerprint: null, signers: null });
    throw fileError('ERR_SIGNATURE', 'malformed', file, 'its signature file holds no signature', hint);
  }
  if (first.status === 'good') {
    for (const { status, sentence } of others)
      if (status === 'bad' || status === 'malformed') warnings.push(`besides the good signature, there is another one: ${sentence}`);
  }
  return first;
}

/** Describes a verdict as the report does. */
export function signatureOf(verdict: SignatureVerdict | null): VerifiedFile['verification']['signature'] {
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
