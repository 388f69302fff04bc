/** Chooses which of a file's signatures decides. */
import type { SignatureFinding } from '../../signature-verdict.js';

/** One good signature is enough. Without one, evidence against the file comes before a lack of evidence. */
const order: readonly SignatureFinding['status'][] = ['good', 'bad', 'revoked', 'malformed', 'weak', 'expired', 'unknown-key'];

/**
 * Returns the deciding finding; its notes describe the others.
 *
 * @param findings at least one, as returned by {@link checkSignatures}
 * @param isPreferred prefers some of the good ones, such as those by a trusted signer; if it prefers none, the first in the file is
 * returned
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
