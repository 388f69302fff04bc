/** The verbs of this version, and the names that later versions will use. */

export const verbs = [
  'deps',
  'project',
  'lock',
  'verify',
  'keys',
  'versions',
  'mirrors',
  'doctor',
  'proxy',
  'exec',
  'config',
  'mirror',
  'audit',
  'help',
] as const;

/** A verb of this version. `artifact` is the default verb, which is never typed. */
export type Verb = 'artifact' | (typeof verbs)[number];

/** The usage of each verb, after the program's name. */
export const verbUsage: Readonly<Record<Verb, string>> = {
  artifact: 'COORDINATE [VERSION]',
  deps: 'deps COORDINATE…',
  project: 'project [FILE]',
  lock: 'lock [FILE | COORDINATE…]',
  verify: 'verify COORDINATE|FILE…',
  keys: 'keys SUBCOMMAND',
  versions: 'versions COORDINATE',
  mirrors: 'mirrors [check]',
  doctor: 'doctor',
  proxy: 'proxy [SUBCOMMAND]',
  exec: 'exec -- COMMAND…',
  config: 'config TOOL [FILE]',
  mirror: 'mirror SUBCOMMAND',
  audit: 'audit [SUBCOMMAND]',
  help: 'help [VERB [SUBCOMMAND]]',
};

/**
 * Verbs of later versions. They are refused instead of read as coordinates: `clojars-fetch sign` must not download a
 * library of that name today and sign a file tomorrow.
 */
export const reservedVerbs = ['sign', 'completion'] as const;

export function isVerb(word: string): word is (typeof verbs)[number] {
  return (verbs as readonly string[]).includes(word);
}

export function isReservedVerb(word: string): boolean {
  return (reservedVerbs as readonly string[]).includes(word);
}
