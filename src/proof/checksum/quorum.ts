/**
 * Counts how many independent operators publish the checksum of a body.
 *
 * A quorum detects tampering with a mirror, not with the source: third parties copy the canonical repository.
 */
import { independentOperators } from '../../base/independent-operators.js';
import { isWeak } from './algorithm.js';
import type { ChecksumClaim, Digests } from './claim.js';

export interface QuorumVerdict {
  readonly met: boolean;
  /** Operators whose claims all match the body, at least one of them stronger than MD5; sorted. No two answered from the same place. */
  readonly agreeing: readonly string[];
  /** Operators whose claims all contradict the body; sorted. */
  readonly dissenting: readonly string[];
  /** Operators that publish both matching and contradicting checksums, and so do not count; sorted. */
  readonly inconsistent: readonly string[];
  /** Base URLs of the mirrors behind `dissenting` and `inconsistent` that contradict the body, sorted. */
  readonly dissentingMirrors: readonly string[];
}

const noOperators: QuorumVerdict = { met: false, agreeing: [], dissenting: [], inconsistent: [], dissentingMirrors: [] };

/**
 * Counts by operator: several mirrors of one operator are one witness. Unknown operators (null) do not count, nor do claims over plain
 * http, because an attacker on the network path could forge several of those. Operators that answer from the same place, by redirects or
 * under several names, count as one.
 * @param needed distinct operators that must agree
 */
export function checkQuorum(claims: readonly ChecksumClaim[], digests: Digests, needed: number): QuorumVerdict {
  const operators = new Map<string, { fits: boolean; fitsWell: boolean; contradicts: boolean }>();
  const dissentingMirrors = new Set<string>();
  for (const claim of claims) {
    const digest = digests[claim.algorithm];
    if (claim.operator === null || !claim.secure || digest === undefined) continue;
    let said = operators.get(claim.operator);
    if (said === undefined) operators.set(claim.operator, (said = { fits: false, fitsWell: false, contradicts: false }));
    if (digest === claim.value) {
      said.fits = true;
      if (!isWeak(claim.algorithm)) said.fitsWell = true;
    } else {
      said.contradicts = true;
      dissentingMirrors.add(claim.mirror);
    }
  }
  if (operators.size === 0) return noOperators;
  const those = (test: (said: { fits: boolean; fitsWell: boolean; contradicts: boolean }) => boolean): string[] =>
    [...operators]
      .filter(([, said]) => test(said))
      .map(([operator]) => operator)
      .sort();
  const consistent = new Set(those((said) => said.fitsWell && !said.contradicts));
  const agreeing = independentOperators(
    claims.flatMap(({ operator, secure, places }) =>
      operator !== null && secure && consistent.has(operator) ? [{ operator, places }] : [],
    ),
  );
  return {
    met: needed > 0 && agreeing.length >= needed,
    agreeing,
    dissenting: those((said) => said.contradicts && !said.fits),
    inconsistent: those((said) => said.contradicts && said.fits),
    dissentingMirrors: [...dissentingMirrors].sort(),
  };
}
