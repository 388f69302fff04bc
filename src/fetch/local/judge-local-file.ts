/**
 * Judges a local file without a remembered verdict, such as one placed by another tool: hashes it, and accepts it at level `local` or
 * better.
 */
import { readBounded } from '../../base/disk/read-bounded.js';
import type { LocalFile } from '../../base/disk/stat-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import type { CachedSignature, CachedVerdict } from '../../local/ledger/verification-cache.js';
import type { RepositoryCandidate } from '../../network/mirrors/order.js';
import { checksumMaxBytes } from '../../network/transport/contract/limits.js';
import type { ChecksumAlgorithm, ChecksumClaim, Digests } from '../../proof/checksum/claim.js';
import { parseSidecar } from '../../proof/checksum/sidecar.js';
import type { Accepted } from '../../proof/evidence.js';
import { compareLevels, type Level } from '../../proof/level.js';
import { formatProof, type Proof } from '../../proof/proof.js';
import { checkFile } from '../../proof/verifier.js';
import type { Context } from '../context.js';
import { digestFile } from '../digest-file.js';
import { noteSigned, recordSigner } from '../signature/record-signer.js';
import { reportSignature, summaryOf } from '../signature/report-signature.js';
import { signatureError, signerError } from '../signature/signature-failure.js';
import type { SignatureReview } from '../signature/signature-review.js';
import { reviewSubjectOf } from '../signature/signature-subject.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';
import { claimsOfAll, claimsOfFirst } from './local-claims.js';
import { rememberVerdict } from './remember-verdict.js';
import { reviewLocalFile } from './review-local-file.js';

/** The file, its possible origin, and why it is judged. */
export interface LocalJudgement {
  readonly found: LocalFile;
  readonly candidates: readonly RepositoryCandidate[];
  /** Id of the repository it came from; null if that is unknown. */
  readonly repository: string | null;
  /** The verdict of an earlier run; everything in it but the signature still counts. */
  readonly earlier?: CachedVerdict | null | undefined;
  /** Check the file again: proofs are requested whatever the policy requires, and nothing is remembered. Default: false. */
  readonly again?: boolean | undefined;
}

/** Throws as findLocalFile. */
export function judgeLocalFile(context: Context, wanted: WantedFile, judgement: LocalJudgement): Promise<ResolvedFile> {
  return new LocalFileJudge(context, wanted, judgement).run();
}

class LocalFileJudge {
  readonly #context: Context;
  readonly #wanted: WantedFile;
  readonly #judgement: LocalJudgement;
  #digests: Digests = {};

  constructor(context: Context, wanted: WantedFile, judgement: LocalJudgement) {
    this.#context = context;
    this.#wanted = wanted;
    this.#judgement = judgement;
  }

  async run(): Promise<ResolvedFile> {
    const { found, candidates, repository } = this.#judgement;
    const { path, pin } = this.#wanted;
    await this.#hash(pin === null ? ['sha1', 'sha256'] : ['sha1', 'sha256', pin.algorithm]);
    this.#compareWithStoredChecksum();
    const firstSeen = this.#wanted.snapshot ? null : await this.#context.store.firstSeen.check(path);
    const claims = await this.#requestClaims();
    await this.#hash(claims.map(({ algorithm }) => algorithm));
    const review = await reviewLocalFile(this.#context, this.#wanted, { candidates, found, repository });
    const verdict = this.#judge(claims, review, firstSeen?.sha256);
    const signature = review === null ? null : await this.#acceptSignature(review);
    const entry = {
      sha256: this.#digests.sha256 ?? '',
      level: verdict.level,
      proofs: verdict.proofs,
      repository: this.#judgement.earlier?.repository ?? repository,
      mirror: null,
      signature: signature ?? undefined,
    };
    if (this.#judgement.again !== true) {
      const { withoutSignature } = verdict;
      const sha1 = this.#digests.sha1 ?? null;
      await rememberVerdict(this.#context, this.#wanted, found, { ...entry, sha1, withoutSignature, settled: review?.settled ?? true });
    }
    this.#report(verdict);
    return {
      path,
      file: found.file,
      size: found.size,
      ...entry,
      digests: this.#digests,
      witnesses: verdict.witnesses,
      overHttp: verdict.overHttp,
    };
  }

  /** Computes those of these digests that are still missing. */
  async #hash(algorithms: readonly ChecksumAlgorithm[]): Promise<void> {
    const missing = [...new Set(algorithms)].filter((algorithm) => this.#digests[algorithm] === undefined);
    if (missing.length > 0) this.#digests = { ...this.#digests, ...(await digestFile(this.#judgement.found.file, missing)) };
  }

  #compareWithStoredChecksum(): void {
    const { file } = this.#judgement.found;
    const stored = readStoredChecksum(`${file}.sha1`);
    if (stored === null || stored === this.#digests.sha1) return;
    const finding = `does not have the checksum that is stored next to it: sha1 ${stored} expected, ${this.#digests.sha1 ?? ''} found`;
    throw new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
      reason: 'corrupt',
      coordinate: this.#wanted.coordinate,
      path: file,
      message: `${file} ${finding}`,
      finding,
      hint: 'The file was damaged or changed. Delete it and its .sha1, and run again.',
    });
  }

  /** Returns the proofs that an earlier run found for the same bytes. */
  #earlierProofs(): readonly Proof[] {
    const { earlier } = this.#judgement;
    return earlier != null && earlier.sha256 === this.#digests.sha256 ? earlier.proofs : [];
  }

  /** Requests checksums if the policy requires more than is already proven, or if the file is checked again. */
  async #requestClaims(): Promise<readonly ChecksumClaim[]> {
    const { candidates } = this.#judgement;
    const { policy, pin } = this.#wanted;
    const { offline, comparesLocal = false } = this.#context.run;
    if (pin !== null) return [];
    const least: Level = policy.level ?? 'none';
    // Offline, audits that are kept on the disk may still make a quorum.
    if (offline && (policy.audits.length === 0 || compareLevels(least, 'quorum') < 0)) return [];
    const proven = this.#earlierProofs()[0]?.level ?? 'local';
    const again = this.#judgement.again === true || (comparesLocal && proven === 'local');
    if (!again && compareLevels(least, proven) <= 0) return [];
    const request = again && compareLevels(least, 'quorum') < 0 ? claimsOfFirst : claimsOfAll;
    return request(this.#context, this.#wanted, candidates);
  }

  #judge(claims: readonly ChecksumClaim[], review: SignatureReview | null, firstSeen: string | undefined): Accepted {
    const { path, pin, policy, checksumExempt, coordinate } = this.#wanted;
    const { file } = this.#judgement.found;
    const signer = review?.decision === 'proof' ? (review.verdict?.fingerprint ?? null) : null;
    const verdict = checkFile(
      {
        path,
        digests: this.#digests,
        signature: signer === null ? undefined : { fingerprint: signer },
        servedBy: null,
        local: true,
        earlier: this.#earlierProofs(),
        claims,
        pin: pin ?? undefined,
        firstSeen,
        canonicalReachable: claims.some(({ canonical }) => canonical),
        checksumFileExempt: checksumExempt,
      },
      policy,
    );
    if (verdict.ok) return verdict;
    throw new ClojarsFetchError(verdict.code, {
      reason: verdict.reason,
      coordinate,
      path: file,
      message: `${file}: ${verdict.message}`,
      finding: verdict.message,
      hint: verdict.hint ?? 'Another tool put the file there; it is not overwritten. Delete it to have it fetched again.',
    });
  }

  /** Reports the signature and records its signer; throws if either refuses the file. */
  async #acceptSignature(review: SignatureReview): Promise<CachedSignature | null> {
    const { coordinate } = this.#wanted;
    reportSignature(this.#context.run, this.#wanted, review);
    if (review.decision === 'fail') throw signatureError(coordinate, review, this.#judgement.found.file);
    const options = reviewSubjectOf(this.#wanted);
    const changed = options === null ? null : await recordSigner(this.#context, options, review);
    if (options !== null && changed !== null) throw signerError(coordinate, changed, options.subject);
    await noteSigned(this.#context, this.#wanted, review);
    return summaryOf(review);
  }

  #report({ warnings, level, proofs }: Accepted): void {
    const { emit } = this.#context.run;
    const { path, coordinate } = this.#wanted;
    for (const message of warnings) emit({ type: 'warning', warning: 'verification', message: `${coordinate}: ${message}`, path });
    emit({ type: 'verified', path, level, proofs: proofs.map(formatProof) });
  }
}

/** Reads the checksum file that Maven keeps next to an artifact; null if none can be read. */
function readStoredChecksum(file: string): string | null {
  try {
    const bytes = readBounded(file, checksumMaxBytes);
    const sidecar = bytes === null ? null : parseSidecar(bytes, 'sha1');
    return sidecar?.ok ? sidecar.value : null;
  } catch {
    return null;
  }
}
