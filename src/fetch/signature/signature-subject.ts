/** Decides whether a file's signatures are checked, by which policy, and on which servers. */
import type { Repository } from '../../network/mirrors/repository.js';
import type { SignaturePolicy } from '../../proof/signature-policy.js';
import type { Context } from '../context.js';
import type { WantedFile } from '../wanted-file.js';
import type { ReviewSubject, SignatureReviewer } from './signature-review.js';
import { createSignatureReviewer } from './signature-reviewer.js';
import { createSignatureSources } from './signature-sources.js';

/** At the minimum level `signed`, a signature is required unless a pin proves the file better. */
export function signaturePolicyFor({ policy, pin }: Pick<WantedFile, 'policy' | 'pin'>): SignaturePolicy {
  const { signatures, weak, weakUntilMs, signers } = policy;
  return { weak, weakUntilMs, signers, signatures: policy.level === 'signed' && pin === null ? 'require' : signatures };
}

/** Returns the facts about a file that {@link recordSigner} and the reviewer need; null if its signatures are not checked. */
export function reviewSubjectOf(wanted: WantedFile): ReviewSubject | null {
  const { path, signed, snapshot } = wanted;
  const policy = signaturePolicyFor(wanted);
  return signed === null || policy.signatures === 'off' ? null : { path, subject: signed, snapshot, policy, pinned: wanted.pin !== null };
}

/**
 * Creates the reviewer of one file; null if its signatures are not checked.
 * @param from the repository that has the file, null to ask no server, and the signature file of the local repository
 */
export function reviewerFor(
  context: Context,
  wanted: WantedFile,
  from: { readonly repository: Repository | null; readonly local?: Uint8Array | null | undefined },
): SignatureReviewer | null {
  const subject = reviewSubjectOf(wanted);
  if (subject === null) return null;
  const { network, route, run } = context;
  const { repository, local } = from;
  const sources =
    repository === null
      ? null
      : createSignatureSources({
          network: () => network.open(),
          repository,
          path: `${wanted.path}.asc`,
          stores: route.signatureStores,
          patient: subject.policy.signatures === 'require',
          signal: run.signal,
          emit: run.emit,
        });
  return createSignatureReviewer({ ...subject, context, repository: repository?.id ?? null, sources, local });
}
