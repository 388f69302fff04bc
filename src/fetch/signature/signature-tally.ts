import type { SignatureTally } from '../context.js';

/**
 * A repository's next file is expected to be signed after at least this many good signatures, and if there are this many times more of them
 * than of others.
 */
const leastProofs = 8;
const timesOthers = 4;
/** While nothing is known about a repository, this many files are requested together with their checksums. */
const probes = 8;

export function createSignatureTally(): SignatureTally {
  const libraries = new Map<string, boolean>();
  const repositories = new Map<string, { proofs: number; others: number; probes: number }>();
  const countsOf = (repository: string): { proofs: number; others: number; probes: number } => {
    const counts = repositories.get(repository) ?? { proofs: 0, others: 0, probes: 0 };
    repositories.set(repository, counts);
    return counts;
  };
  return {
    note(name, repository, isProof) {
      libraries.set(name, isProof);
      const counts = countsOf(repository);
      if (isProof) counts.proofs += 1;
      else counts.others += 1;
    },
    expectsProof(name, repository) {
      const known = libraries.get(name);
      if (known !== undefined) return known;
      const counts = countsOf(repository);
      if (counts.proofs + counts.others >= leastProofs) return counts.proofs >= leastProofs && counts.proofs >= timesOthers * counts.others;
      counts.probes += 1;
      return counts.probes > probes;
    },
  };
}
