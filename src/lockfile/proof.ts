/** How a lockfile's pin shows among the proofs of a file. */

/** A pin of the lockfile, with the level at locking: `pinned:sha256:origin`. One of a trusted-checksum file has no level. */
export function isLockProof(proof: string): boolean {
  return /^pinned:[a-z0-9]+:/.test(proof);
}
