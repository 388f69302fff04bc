/**
 * Which libraries and repositories were signed so far. Where a good signature is to be expected, the checksum, which it
 * makes superfluous, is asked for only if there is none after all: as many requests as without signatures.
 */
export interface SignatureTally {
  /** @param name `group:artifact` */
  note(name: string, repository: string, isProof: boolean): void;
  expects(name: string, repository: string): boolean;
}

/** So many good signatures of a repository, and so many more than others, let its next file be expected to have one. */
const leastProofs = 8;
const timesOthers = 4;

export function createSignatureTally(): SignatureTally {
  const libraries = new Map<string, boolean>();
  const repositories = new Map<string, { proofs: number; others: number }>();
  return {
    note(name, repository, isProof) {
      libraries.set(name, isProof);
      const counts = repositories.get(repository) ?? { proofs: 0, others: 0 };
      if (isProof) counts.proofs += 1;
      else counts.others += 1;
      repositories.set(repository, counts);
    },
    expects(name, repository) {
      const known = libraries.get(name);
      if (known !== undefined) return known;
      const { proofs, others } = repositories.get(repository) ?? { proofs: 0, others: 0 };
      return proofs >= leastProofs && proofs >= timesOthers * others;
    },
  };
}
