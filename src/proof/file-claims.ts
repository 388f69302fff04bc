/** The published checksums of one file, divided by how much they prove. */
import { checksumAlgorithms, isWeak } from './checksum/algorithm.js';
import type { ChecksumAlgorithm, ChecksumClaim, Digests } from './checksum/claim.js';
import { checkQuorum, type QuorumVerdict } from './checksum/quorum.js';
import type { Evidence, Witness } from './evidence.js';

/** Lists of claims are sorted by algorithm, strongest first, then by mirror, so that the order of their arrival never shows. */
export class FileClaims {
  /** Claims whose algorithm the file was hashed with. */
  readonly all: readonly ChecksumClaim[];
  /** Those of the canonical operator over https. */
  readonly origin: readonly ChecksumClaim[];
  /** Those of the mirror that served the file, or of another mirror of its operator. */
  readonly own: readonly ChecksumClaim[];
  readonly quorum: QuorumVerdict;
  readonly #digests: Digests;

  constructor(evidence: Evidence, quorum: number) {
    this.#digests = evidence.digests;
    this.all = sorted(evidence.claims.filter((claim) => evidence.digests[claim.algorithm] !== undefined));
    this.origin = this.all.filter((claim) => claim.canonical && claim.secure);
    this.own = this.all.filter((claim) => isOwn(claim, evidence));
    this.quorum = checkQuorum(this.all, evidence.digests, quorum);
  }

  /** Whether the canonical operator publishes a checksum, be it over plain http. */
  get hasCanonical(): boolean {
    return this.all.some((claim) => claim.canonical);
  }

  /** Whether the canonical operator publishes a checksum over https that a forger could not match. */
  get hasStrongOrigin(): boolean {
    return this.origin.some((claim) => !isWeak(claim.algorithm));
  }

  matches = (claim: ChecksumClaim): boolean => this.#digests[claim.algorithm] === claim.value;

  /** The strongest that matches. */
  best(from: readonly ChecksumClaim[]): ChecksumClaim | undefined {
    return from.find(this.matches);
  }

  /** The strongest that does not match. */
  wrong(from: readonly ChecksumClaim[]): ChecksumClaim | undefined {
    return from.find((claim) => !this.matches(claim));
  }

  /** Mirrors that publish a wrong checksum. */
  get dissenters(): readonly string[] {
    return distinctMirrors(this.all.filter((claim) => !this.matches(claim)));
  }

  /** Mirrors that publish a matching checksum over plain http. */
  get overHttp(): readonly string[] {
    return [...distinctMirrors(this.all.filter((claim) => !claim.secure && this.matches(claim)))].sort();
  }

  /** The claims that {@link checkQuorum} counts: those of known operators, over https. Sorted by operator. */
  get witnesses(): readonly Witness[] {
    const heard = this.all.flatMap((claim): Witness[] => {
      const { operator, mirror, algorithm, value } = claim;
      return operator === null || !claim.secure ? [] : [{ operator, mirror, algorithm, value, agrees: this.matches(claim) }];
    });
    // A mirror that publishes the same checksum in a header and in a file counts once.
    const distinct = heard.filter(
      (one, index) =>
        heard.findIndex((other) => other.mirror === one.mirror && other.algorithm === one.algorithm && other.value === one.value) === index,
    );
    return distinct.sort((a, b) => (a.operator < b.operator ? -1 : a.operator > b.operator ? 1 : 0));
  }
}

function distinctMirrors(claims: readonly ChecksumClaim[]): readonly string[] {
  return [...new Set(claims.map(({ mirror }) => mirror))];
}

function isOwn(claim: ChecksumClaim, { servedBy }: Evidence): boolean {
  if (servedBy === null) return false;
  return (
    claim.mirror === servedBy.mirror ||
    (claim.canonical && servedBy.canonical) ||
    (claim.operator !== null && claim.operator === servedBy.operator)
  );
}

function sorted(claims: readonly ChecksumClaim[]): ChecksumClaim[] {
  const rank = (algorithm: ChecksumAlgorithm): number => checksumAlgorithms.indexOf(algorithm);
  const key = (claim: ChecksumClaim): string => `${rank(claim.algorithm)} ${claim.mirror} ${claim.source} ${claim.value}`;
  return [...claims].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
