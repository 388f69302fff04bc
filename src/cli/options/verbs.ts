/** The verbs: those that this version has, and those that are reserved for later ones. */

export const verbs = ['deps', 'project', 'lock', 'verify', 'keys', 'versions', 'mirrors', 'doctor', 'help'] as const;

/** `artifact` is the default verb, which is not written. */
export type Verb = 'artifact' | (typeof verbs)[number];

/**
 * Verbs of later versions. They are refused, not taken for coordinates: `clojars-fetch sign` must not download a
 * library of that name today and sign a file tomorrow.
 */
export const reservedVerbs = ['sign', 'audit', 'mirror', 'proxy', 'exec', 'config', 'completion'] as const;

export function isVerb(word: string): word is (typeof verbs)[number] {
  return (verbs as readonly string[]).includes(word);
}

export function isReservedVerb(word: string): boolean {
  return (reservedVerbs as readonly string[]).includes(word);
}
