/**
 * The words that options, events and results share: levels, policies, modes, verdicts. Lists and their types, no logic
 * and no imports, so that the command line and the events can use them without loading the code that acts on them.
 */

/** Levels of proof, weakest first. */
export const levels = ['none', 'local', 'transport', 'origin', 'quorum', 'signed', 'pinned'] as const;
/** A level of proof. */
export type Level = (typeof levels)[number];

/** The levels that can be required, weakest first. */
export const trustLevels = ['none', 'transport', 'origin', 'quorum', 'signed', 'pinned'] as const;
/** A level of proof to require. */
export type TrustLevel = (typeof trustLevels)[number];

export const checksumPolicies = ['fail', 'warn', 'ignore'] as const;
/** How to treat a file without a usable checksum. A wrong checksum always fails. */
export type ChecksumPolicy = (typeof checksumPolicies)[number];

export const comparisonModes = ['off', 'public', 'all'] as const;
/**
 * `off`: compare nothing; `public`: compare files from Central and Clojars with the later repositories; `all`: compare every file with
 * every later one.
 */
export type ComparisonMode = (typeof comparisonModes)[number];

export const signatureModes = ['off', 'if-present', 'require'] as const;
/** Whether PGP signatures are checked: `off`, `if-present`, `require`. See docs/verification.md for what each verdict then means. */
export type SignatureMode = (typeof signatureModes)[number];

export const trustModelNames = ['keyring', 'web-of-trust', 'key-map'] as const;
/** Which signers are trusted: any key in a keyring, the keys that the web of trust makes valid, or the keys that a key map lists. */
export type TrustModelName = (typeof trustModelNames)[number];

export const weakPolicies = ['accept', 'warn', 'fail'] as const;
/** How to treat signatures made with weak algorithms (SHA-1, MD5, DSA-1024, …): accept them, warn (see the table), or fail. */
export type WeakPolicy = (typeof weakPolicies)[number];

/** All verdicts on the signatures of a file. */
export const signatureStatuses = [
  'good',
  'bad',
  'missing',
  'unknown-key',
  'untrusted',
  'expired',
  'revoked',
  'weak',
  'malformed',
  'signer-changed',
  'signer-lost',
  'wrong-coordinate',
] as const;
/** The verdict on the signatures of a file. */
export type SignatureStatus = (typeof signatureStatuses)[number];

/** The facts of a request that the fields of a log in JSON hold. `request` is a whole request line, in place of method and path. */
export const logFacts = ['time', 'request', 'method', 'path', 'status', 'address', 'agent'] as const;
