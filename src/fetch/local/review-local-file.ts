/** Reviews the signatures of a file in the local repository: the one next to it, otherwise those of the repositories. */
import { readBounded } from '../../base/disk/read-bounded.js';
import type { LocalFile } from '../../base/disk/stat-file.js';
import type { RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Repository } from '../../network/mirrors/repository.js';
import { signatureMaxBytes } from '../../network/transport/contract/limits.js';
import type { Context } from '../context.js';
import type { SignatureReview } from '../signature/signature-review.js';
import { reviewerFor } from '../signature/signature-subject.js';
import { createSignedFile } from '../signature/signed-file.js';
import type { WantedFile } from '../wanted-file.js';

export interface LocalReviewOptions {
  readonly candidates: readonly RepositoryCandidate[];
  readonly found: LocalFile;
  /** Id of the repository that it came from; null if unknown. */
  readonly repository: string | null;
}

/**
 * Returns null if signatures are not checked. For a file that was built and installed on this machine, no server is asked: its name may be
 * private. For a file from a known repository, only that repository is asked; for any other, each repository in turn.
 */
export async function reviewLocalFile(context: Context, subject: WantedFile, options: LocalReviewOptions): Promise<SignatureReview | null> {
  const { candidates, found, repository } = options;
  if (subject.policy.signatures === 'off' || subject.signed === null) return null;
  const local = await readSignature(`${found.file}.asc`);
  const body = {
    file: found.file,
    ready: () => Promise.resolve(),
    bytes: null,
    document: createSignedFile(found.file, { size: found.size }),
  };
  const review = async (from: Repository | null): Promise<SignatureReview | null> =>
    (await reviewerFor(context, subject, { repository: from, local })?.review(body)) ?? null;
  const keep = async (one: SignatureReview | null, from: Repository | null): Promise<SignatureReview | null> => {
    if (local === null && one?.signatureFile != null && one.decision !== 'fail') {
      const { placed } = await context.store.local.writeSmall(`${subject.path}.asc`, one.signatureFile.bytes, { flush: false });
      if (placed && one.signatureFile.fromRepository && from !== null)
        await context.store.local.recordOrigin(`${subject.path}.asc`, from.trackingId, context.run.signal);
    }
    return one;
  };
  const installed = (await context.store.local.origins(subject.path)).kind === 'installed';
  const asked =
    context.run.offline || installed
      ? []
      : candidates
          .map((one) => one.repository)
          .filter((one) => one.blocked === undefined && (repository === null || one.id === repository));
  let best: { readonly review: SignatureReview | null; readonly from: Repository } | null = null;
  for (const from of asked) {
    const one = await review(from);
    if (one?.decision === 'proof') return keep(one, from);
    // The first repository with a signature decides; if none has one, the first that could not be reached.
    if (one?.signatureFile != null) return keep(one, from);
    if (best === null || (best.review?.verdict != null && one?.verdict === null)) best = { review: one, from };
  }
  return best === null ? review(null) : best.review;
}

/** Returns null if none can be read. */
async function readSignature(file: string): Promise<Uint8Array | null> {
  try {
    return readBounded(file, signatureMaxBytes);
  } catch {
    return null;
  }
}
