import type { SignatureTally } from '../context.js';

/**
 * A repository's next file is expected to be signed after at least this many good signatures, and if there are this many times more of them
 * than of others.
 */
const leastProofs = 8;
const timesOthers = 4;
/** While nothing is known about a repository, this many files are requested together with their checksums. */
const probes = 8;

interface Counts {
  proofs: number;
  others: number;
  probes: number;
}

export function createSignatureTally(): SignatureTally {
  return new Tally();
}

class Tally implements SignatureTally {
  readonly #libraries = new Map<string, boolean>();
  readonly #repositories = new Map<string, Counts>();

  note(name: string, repository: string, isProof: boolean): void {
    this.#libraries.set(name, isProof);
    const counts = this.#countsOf(repository);
    if (isProof) counts.proofs += 1;
    else counts.others += 1;
  }

  expectsProof(name: string, repository: string): boolean {
    const known = this.#libraries.get(name);
    if (known !== undefined) return known;
    const counts = this.#countsOf(repository);
    if (counts.proofs + counts.others >= leastProofs) return counts.proofs >= leastProofs && counts.proofs >= timesOthers * counts.others;
    counts.probes += 1;
    return counts.probes > probes;
  }

  #countsOf(repository: string): Counts {
    let counts = this.#repositories.get(repository);
    if (counts === undefined) this.#repositories.set(repository, (counts = { proofs: 0, others: 0, probes: 0 }));
    return counts;
  }
}
