/** Judges one signature file: picks its best signature, and checks whether the signer may sign and whether the file is the wanted one. */
import { escapeForDisplay } from '../../base/escape.js';
import type { SignatureAllowance } from '../../proof/key-map/model/key-map.js';
import { decideSignature } from '../../proof/signature-policy.js';
import type { SignatureVerdict } from '../../proof/signature-verdict.js';
import type { ReviewDecision, ReviewOptions, SignedBody } from './signature-review.js';
import { checkSignedName } from './signed-name.js';
import { maySign, type SignerHistory } from './signer-history.js';
import { unsignedVerdict } from './unsigned-verdict.js';

export interface JudgedSignature {
  readonly verdict: SignatureVerdict;
  readonly decision: ReviewDecision;
  /** Bad signatures alongside a good one. Escaped. */
  readonly warnings: readonly string[];
}

export async function judgeSignatureFile(
  options: ReviewOptions,
  body: SignedBody,
  bytes: Uint8Array,
  readHistory: () => Promise<SignerHistory | null>,
): Promise<JudgedSignature> {
  const { context, subject, policy } = options;
  const verdicts = await context.trust.signatures.check(bytes, body.document, subject, policy);
  const verdict = await judge(options, body, verdicts, readHistory);
  const others = verdict.status === 'good' ? verdicts.filter(({ status }) => status === 'bad' || status === 'malformed') : [];
  const warnings = others.map(({ sentence }) => `besides the good signature, there is another one: ${sentence}`);
  return { verdict, decision: await decide(options, verdict), warnings };
}

/** Decides about a file without a signature. */
export function decideUnsigned(options: ReviewOptions): Promise<ReviewDecision> {
  return decide(options, unsignedVerdict(''));
}

async function decide({ context, subject, policy }: ReviewOptions, verdict: SignatureVerdict): Promise<ReviewDecision> {
  const decision = decideSignature(verdict.status, policy.signatures, policy.weak);
  const mayBeAllowed = decision === 'fail' && policy.signers === null;
  if (mayBeAllowed && isAllowed(verdict, await context.trust.signatures.allowance(subject))) return 'warn';
  return decision === 'ignore' ? 'warn' : decision;
}

/** Whether a key map accepts the verdict: `noSig`, `noKey`, `badSig`; Gradle's trusted artifacts. Such a signature is not a proof. */
function isAllowed({ status, signingKey, keyId }: SignatureVerdict, allowance: SignatureAllowance | null): boolean {
  if (allowance === null) return false;
  if (status === 'missing') return allowance.missing;
  if (status === 'bad') return allowance.bad;
  if (status === 'untrusted') return allowance.untrusted;
  if (status !== 'unknown-key') return false;
  const isListed = (known: string): boolean => known === signingKey || (signingKey === null && keyId !== null && known.endsWith(keyId));
  return allowance.unknownKey || allowance.unknownKeys.some(isListed);
}

async function judge(
  { context, subject, path }: ReviewOptions,
  body: SignedBody,
  verdicts: readonly SignatureVerdict[],
  readHistory: () => Promise<SignerHistory | null>,
): Promise<SignatureVerdict> {
  const good = verdicts.filter(({ status }) => status === 'good');
  const [first] = good;
  if (first === undefined) return verdicts[0] ?? { ...unsignedVerdict('its signature file holds no signature'), status: 'malformed' };
  const history = await readHistory();
  const accepted = history === null ? first : good.find(({ fingerprint }) => maySign(history, fingerprint));
  if (accepted === undefined) {
    const signer = `${first.fingerprint ?? '?'}${first.userId === null ? '' : ` (${escapeForDisplay(first.userId)})`}`;
    const sentence = `${subject.group}:${subject.artifact} was signed by ${history?.binding.join(', ') ?? ''} until now, and this is signed by ${signer}`;
    return { ...first, status: 'signer-changed', sentence };
  }
  const why = await checkSignedName(context, subject, path, body);
  if (why === null) return accepted;
  const sentence = `the signature of ${accepted.fingerprint ?? '?'} is good, but the file is another one: ${why}`;
  return { ...accepted, status: 'wrong-coordinate', sentence };
}
