/** Reviews the signatures of one file: combines sources, signatures, and the history of its signers into one decision. */
import { holdAgainstHistory } from './history-verdict.js';
import { SignatureLadder } from './signature-ladder.js';
import type { ReviewOptions, SignatureReview, SignatureReviewer, SignedBody } from './signature-review.js';
import { readSignerHistory, type SignerHistory } from './signer-history.js';
import { writeReview } from './write-review.js';

export function createSignatureReviewer(options: ReviewOptions): SignatureReviewer {
  const { context, subject, policy, sources, repository } = options;
  const { signatureTally } = context.trust;
  const name = `${subject.group}:${subject.artifact}`;
  return {
    begin: (holder) => sources?.begin(holder),
    bodyVerified: (mirror) => sources?.bodyVerified(mirror),
    wantsEarlyChecksum: sources !== null && policy.signatures !== 'require',
    expectsProof: () => repository !== null && signatureTally.expectsProof(name, repository),
    async review(body) {
      const review = await reviewBody(options, body);
      if (repository !== null) signatureTally.note(name, repository, review.decision === 'proof');
      return review;
    },
  };
}

async function reviewBody(options: ReviewOptions, body: SignedBody): Promise<SignatureReview> {
  let reading: Promise<SignerHistory | null> | null = null;
  // Read once, and as late as possible: files fetched at the same time record their signers.
  const readHistory = (): Promise<SignerHistory | null> => (reading ??= readSignerHistory(options.context, options));
  const outcome = await new SignatureLadder(options, body, readHistory).run();
  const review = writeReview(options, outcome);
  if (review.verdict === null) return review;
  const isUnsigned = outcome.kind === 'missing';
  // A refusal keeps its own reason. The history adds to it only if the signature is missing.
  if (review.decision === 'fail' && (!isUnsigned || outcome.before !== null)) return review;
  return holdAgainstHistory(review, review.verdict, await readHistory(), {
    ...options,
    unsigned: isUnsigned && outcome.hasSsh ? 'has an SSH signature, which is not supported yet' : 'is not signed',
  });
}
