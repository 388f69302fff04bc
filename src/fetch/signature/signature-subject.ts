/** Whether a file's signatures are looked at, by what policy, and who is asked for them. */
import type { Repository } from '../../network/mirrors/repository.js';
import type { Pin } from '../../proof/evidence.js';
import type { TrustPolicy } from '../../proof/policy.js';
import type { SignaturePolicy } from '../../proof/signature-policy.js';
import type { Context } from '../context.js';
import type { FileSubject } from '../file-subject.js';
import { createSignatureReviewer, type ReviewOptions, type SignatureReviewer } from './signature-review.js';
import { createSignatureSources } from './signature-sources.js';

/** `signed` as the least level is `require`, but for what a pin proves better. */
export function signaturePolicyFor(policy: TrustPolicy, pin: Pin | null): SignaturePolicy {
  const { signatures, weak, weakUntilMs, signers } = policy;
  return { weak, weakUntilMs, signers, signatures: policy.level === 'signed' && pin === null ? 'require' : signatures };
}

/** What {@link recordSigner} and the reviewer need of a file; null where signatures are not looked at. */
export function reviewOptionsFor(
  { path, signed, snapshot }: FileSubject,
  policy: TrustPolicy,
  pin: Pin | null,
): Omit<ReviewOptions, 'context' | 'sources'> | null {
  const own = signaturePolicyFor(policy, pin);
  return signed === null || own.signatures === 'off' ? null : { path, subject: signed, snapshot, policy: own };
}

/**
 * The reviewer of one file; null where signatures are not looked at.
 * @param from the repository that has the file; null asks nobody
 */
export function reviewerFor(
  context: Context,
  subject: FileSubject,
  from: {
    readonly policy: TrustPolicy;
    readonly pin: Pin | null;
    readonly repository: Repository | null;
    readonly signal: AbortSignal;
    readonly local?: Uint8Array | null | undefined;
  },
): SignatureReviewer | null {
  const options = reviewOptionsFor(subject, from.policy, from.pin);
  if (options === null) return null;
  const { repository, signal, local } = from;
  const sources =
    repository === null
      ? null
      : createSignatureSources({
          network: () => context.network(),
          repository,
          path: `${subject.path}.asc`,
          stores: context.signatureStores,
          patient: options.policy.signatures === 'require',
          signal,
          emit: context.emit,
        });
  const name = `${options.subject.group}:${options.subject.artifact}`;
  const reviewer = createSignatureReviewer({ ...options, context, sources, ...(local === undefined ? {} : { local }) });
  const tally = context.signatureTally;
  if (tally === undefined || repository === null) return reviewer;
  return {
    ...reviewer,
    expectsProof: () => tally.expectsProof(name, repository.id),
    async review(body) {
      const review = await reviewer.review(body);
      tally.note(name, repository.id, review.decision === 'proof');
      return review;
    },
  };
}
