/**
 * `clojars-fetch/trust`: keys and signatures, the lockfile, and verifying files that are already on this machine.
 *
 * @packageDocumentation
 */
export { signatureStatuses, type SignatureStatus } from './proof/signature-verdict.js';
export { ownertrusts, type Ownertrust } from './proof/openpgp/certificate/certificate-source.js';
export { coverKeys, type CoveredFile, type CoverageSigner, type CoverageStatus, type KeyCoverage } from './app/keys/coverage.js';
export type { FetchedKeys, FetchOptions, ImportedKey, Keys, KeysOptions } from './app/keys/keys.js';
export { openKeys } from './app/keys/open-keys.js';
export {
  type KeyDescription,
  type KeyFacts,
  type RevocationDescription,
  type SubkeyDescription,
  type UserIdDescription,
} from './app/keys/describe-key.js';
export type { RevocationReason } from './proof/openpgp/certificate/certificate.js';
export type { TrustExplanation, TrustStep } from './proof/openpgp/web-of-trust/explain-trust.js';
export type { KeyValidity, Validity } from './proof/openpgp/web-of-trust/validity.js';
export {
  verifyFiles,
  type VerifiedFile,
  type VerifiedStatus,
  type VerifyCounts,
  type VerifyFailure,
  type VerifyOptions,
  type VerifyProgress,
  type VerifyReport,
  type VerifyTarget,
} from './app/verify/verify-files.js';
export { countFiles } from './app/verify/report/report.js';
export { signerOf } from './app/verify/report/signer.js';
export { formatVerifyPage } from './app/verify/page/page.js';
export { checkPageFile, writeVerifyPage } from './app/verify/page/write-page.js';
export {
  checkLock,
  lock,
  type LockCheck,
  type LockOptions,
  type LockReport,
  type LockTarget,
  type WriteLockOptions,
} from './app/lock/lock.js';
export { writeVerificationMetadata, type VerificationMetadataFile } from './app/lock/gradle-metadata.js';
export { writeChecksumFiles, type ChecksumFile, type ChecksumFiles } from './app/lock/checksum-files.js';
export type { DifferenceKind, LockDifference, LockedSigner } from './local/lockfile/compare.js';
export { formatLockfile } from './local/lockfile/format.js';
export type { LockedFile, LockedRange, LockedVersion, Lockfile } from './local/lockfile/lockfile.js';
export { parseLockfile } from './local/lockfile/parse.js';
