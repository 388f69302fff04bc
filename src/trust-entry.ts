/** `clojars-fetch/trust`: keys, signatures, the lockfile, and checking again what is there. Names only, no logic. */
export { signatureStatuses, type SignatureStatus } from './verification/pgp/signature-verdict.js';
export { ownertrusts, type Ownertrust } from './verification/pgp/certificate-source.js';
