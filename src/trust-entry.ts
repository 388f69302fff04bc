/** `clojars-fetch/trust`: keys, signatures, the lockfile, and checking again what is there. Names only, no logic. */
export { signatureStatuses, type SignatureStatus } from './verification/pgp/signature-verdict.js';
export { ownertrusts, type Ownertrust } from './verification/pgp/certificate-source.js';
export { openKeys, type FetchedKeys, type FetchOptions, type ImportedKey, type Keys, type KeysOptions } from './open-keys.js';
export { type KeyDescription, type KeyFacts, type RevocationDescription, type SubkeyDescription, type UserIdDescription } from './keys/describe-key.js';
export type { RevocationReason } from './verification/pgp/certificate.js';
export type { TrustExplanation, TrustStep } from './verification/pgp/explain-trust.js';
export type { KeyValidity, Validity } from './verification/pgp/web-of-trust.js';
export { verifyFiles, type VerifiedFile, type VerifiedStatus, type VerifyCounts, type VerifyFailure, type VerifyOptions, type VerifyProgress, type VerifyReport, type VerifyTarget } from './verify-files.js';
export { countFiles } from './verify/report.js';
export { signerOf } from './verify/signer.js';
export { formatVerifyPage } from './verify/page.js';
export { checkPageFile, writeVerifyPage } from './verify/write-page.js';
export { checkLock, lock, type LockCheck, type LockOptions, type LockReport, type LockTarget, type WriteLockOptions } from './lock.js';
export { writeChecksumFiles, type ChecksumFile, type ChecksumFiles } from './lock-checksums.js';
export type { DifferenceKind, LockDifference } from './lockfile/compare.js';
export { formatLockfile } from './lockfile/format.js';
export type { LockedFile, LockedRange, LockedVersion, Lockfile } from './lockfile/lockfile.js';
export { parseLockfile } from './lockfile/parse.js';
