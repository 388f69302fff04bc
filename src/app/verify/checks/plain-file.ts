/**
 * Checks a file outside the local repository by the signature `FILE.asc` next to it and by the user's trusted-checksum
 * files. A checksum file next to it is not a proof.
 */
import { stat } from 'node:fs/promises';
import { basename, relative, sep } from 'node:path';

import type { Context } from '../../../fetch/context.js';
import { digestFile } from '../../../fetch/digest-file.js';
import { readSmallFile } from '../../../fetch/file-chunks.js';
import { createSignedFile } from '../../../fetch/signature/signed-file.js';
import { isPinStrength } from '../../../proof/checksum/algorithm.js';
import type { ChecksumAlgorithm } from '../../../proof/checksum/claim.js';
import { digestOf } from '../../../proof/checksum/digest.js';
import type { Pin } from '../../../proof/evidence.js';
import { compareLevels, type Level } from '../../../proof/level.js';
import { documentOf } from '../../../proof/openpgp/packet/document.js';
import { fitsPin, proofOfPin } from '../../../proof/pin-proof.js';
import { formatProof, type Proof } from '../../../proof/proof.js';
import { decideSignature, signatureHint } from '../../../proof/signature-policy.js';
import type { SignatureVerdict } from '../../../proof/signature-verdict.js';
import { failedFile } from '../report/failed-file.js';
import { fileError } from '../report/file-error.js';
import { nothingProven, type VerifiedFile } from '../report/report.js';
import { checkChecksums, readChecksums, type StoredChecksum } from './plain-checksums.js';
import { judgeSignature, readSignature, signatureOf } from './plain-signature.js';

/**
 * Reports any problem with the file.
 * @param file absolute
 * @throws ClojarsFetchError ERR_ABORTED, ERR_CONFIG (a keyring that cannot be read)
 */
export async function verifyPlainFile(context: Context, file: string): Promise<VerifiedFile> {
  const check = new PlainFileCheck(context, file);
  const { warnings } = check;
  const about = { path: file, coordinate: null, repository: null, warnings };
  try {
    const { size, sha256, proofs } = await check.run();
    return {
      ...about,
      size,
      sha256,
      status: warnings.length === 0 ? 'ok' : 'warning',
      verification: {
        level: levelOf(proofs),
        proofs: proofs.map(formatProof),
        checksum: null,
        signature: signatureOf(check.verdict),
        witnesses: [],
      },
      why: check.reasons.join('; '),
      error: null,
    };
  } catch (error) {
    const verification = { ...nothingProven, signature: signatureOf(check.verdict) };
    return failedFile(error, { ...about, verification }, context.run.signal);
  }
}

interface PlainFileProofs {
  readonly size: number;
  readonly sha256: string;
  /** Strongest first. */
  readonly proofs: readonly Proof[];
}

/** The check of one file. Its findings stay readable after a failure. */
class PlainFileCheck {
  readonly warnings: string[] = [];
  /** Sentences that explain the proofs. */
  readonly reasons: string[] = [];
  verdict: SignatureVerdict | null = null;
  readonly #context: Context;
  readonly #file: string;

  constructor(context: Context, file: string) {
    this.#context = context;
    this.#file = file;
  }

  async run(): Promise<PlainFileProofs> {
    const file = this.#file;
    const { signal } = this.#context.run;
    const small = readSmallFile(file);
    const size = small?.length ?? (await stat(file)).size;
    const pin = this.#findPin();
    const checksums = readChecksums(file);
    const wanted = [
      ...new Set<ChecksumAlgorithm>(['sha256', ...checksums.map(({ algorithm }) => algorithm), ...(pin ? [pin.algorithm] : [])]),
    ];
    const digests = small === null ? await digestFile(file, wanted) : digestOf(small, wanted);
    signal.throwIfAborted();
    const strongPin = pin === null ? null : this.#checkPin(pin, digests[pin.algorithm]);
    checkChecksums(file, checksums, digests);
    const { signature, ssh } = readSignature(file);
    if (ssh !== null) this.warnings.push(`${ssh} is an SSH signature, which is not supported yet`);
    if (signature !== null) {
      const document = small === null ? createSignedFile(file, { size }) : documentOf(small);
      this.verdict = await judgeSignature(this.#context, file, document, signature, this.warnings);
    }
    signal.throwIfAborted();
    const signer = this.#decide(strongPin !== null);
    if (this.verdict === null && strongPin === null) throw this.#unproven(ssh, checksums);
    const proofs: Proof[] = [];
    if (strongPin !== null) {
      proofs.push(proofOfPin(strongPin));
      this.reasons.unshift(`pinned by ${strongPin.source}`);
    }
    if (signer !== null) proofs.push({ level: 'signed', fingerprint: signer });
    this.#checkLevel(levelOf(proofs));
    this.warnings.push(...(this.verdict?.notes ?? []));
    return { size, sha256: digests.sha256 ?? '', proofs };
  }

  /** Trusted-checksum files name it by its path, seen from the working directory, or by its name alone. */
  #findPin(): Pin | null {
    const { trust } = this.#context;
    return trust.pinFor(relative(process.cwd(), this.#file).split(sep).join('/')) ?? trust.pinFor(basename(this.#file));
  }

  /** Returns the pin if it is strong enough for a proof. */
  #checkPin(pin: Pin, digest: string | undefined): Pin | null {
    if (!fitsPin(pin, digest)) {
      throw fileError(
        'ERR_CHECKSUM',
        'mismatch',
        this.#file,
        `${pin.source} pins ${pin.algorithm} ${pin.value}, the file has ${digest ?? ''}`,
        `If the file was meant to change, update ${pin.source}.`,
      );
    }
    if (isPinStrength(pin.algorithm)) return pin;
    this.warnings.push(`the pin by ${pin.source} is ${pin.algorithm}, too weak to count as a proof`);
    return null;
  }

  /** Applies the signature policy. Returns the signer's fingerprint if the signature is a proof. */
  #decide(pinned: boolean): string | null {
    const { verdict } = this;
    if (verdict === null) return null;
    const { status, sentence, fingerprint, signingKey } = verdict;
    switch (decideSignature(status, pinned ? 'if-present' : 'require', this.#context.trust.policy.weak)) {
      case 'fail': {
        const hint = signatureHint(status, {
          group: 'this',
          artifact: basename(this.#file),
          fingerprint: fingerprint ?? signingKey,
          signers: this.#context.trust.policy.signers,
          keyMaps: this.#context.trust.signatures.keyMaps,
        });
        throw fileError('ERR_SIGNATURE', status, this.#file, sentence, hint);
      }
      case 'warn':
        this.warnings.push(sentence);
        return null;
      case 'proof':
        this.reasons.push(sentence);
        return fingerprint ?? '';
      default:
        return null;
    }
  }

  #unproven(ssh: string | null, [checksum]: readonly StoredChecksum[]) {
    const name = basename(this.#file);
    const signature = ssh === null ? `${name}.asc is missing` : `${basename(ssh)} is an SSH signature, which is not supported yet`;
    return fileError(
      'ERR_SIGNATURE',
      'missing',
      this.#file,
      `nothing to check it against: ${signature}, and no trusted-checksum file names it`,
      checksum === undefined
        ? 'Put its signature next to it, or name a list of trusted checksums with --trusted-checksums FILE.'
        : `The ${name}.${checksum.algorithm} next to it matches, but shows only that the file is intact. Get its signature, or name a list of trusted checksums with --trusted-checksums FILE.`,
    );
  }

  /** Of the levels that a policy may ask for, only `pinned` is above what a good signature gives. */
  #checkLevel(level: Level): void {
    const least = this.#context.trust.policy.level;
    if (least !== 'pinned' || compareLevels(level, least) >= 0) return;
    throw fileError(
      'ERR_CHECKSUM',
      'missing',
      this.#file,
      `proven at level '${level}', the policy asks for '${least}'`,
      'Add its sha256 to a file that you name with --trusted-checksums.',
    );
  }
}

function levelOf([strongest]: readonly Proof[]): Level {
  return strongest?.level ?? 'none';
}
