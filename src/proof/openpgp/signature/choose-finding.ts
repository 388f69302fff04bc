/** Which of several signatures of a file decides. */
import type { SignatureFinding } from '../../signature-verdict.js';

/** One good signature is enough. Without one, what speaks against the file comes before what says nothing. */
const order: readonly SignatureFinding['status'][] = ['good', 'bad', 'revoked', 'malformed', 'weak', 'expired', 'unknown-key'];

/**
 * The finding that decides; what the others are is said in its notes.
 *
 * @param findings at least one, as {@link checkSignatures} gives them
 * @param isPreferred among good ones, such as by a trusted signer; the first in the file where none is
 */
export function chooseFinding(
  findings: readonly SignatureFinding[],
  isPreferred?: (finding: SignatureFinding) => boolean,
): SignatureFinding {
  const rank = (finding: SignatureFinding): number => {
    const place = order.indexOf(finding.status);
    return finding.status === 'good' && isPreferred?.(finding) === true ? -1 : place;
  };
  const chosen = [...findings].sort((a, b) => rank(a) - rank(b))[0];
  if (chosen === undefined) throw new TypeError('chooseFinding needs at least one finding');
  const others = findings
    .filter((finding) => finding !== chosen)
    .map(({ status, sentence }) => `another signature in the file is ${status}: ${sentence}`);
  return others.length === 0 ? chosen : { ...chosen, notes: [...chosen.notes, ...others] };
}
