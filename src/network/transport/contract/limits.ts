/** Limits on what a server may send: no server is trusted to stop by itself. */

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** Maximum size of a POM or a maven-metadata.xml: 8 MiB. */
export const metadataMaxBytes = 8 * mebibyte;
/** Maximum size of a checksum file: 4 KiB. */
export const checksumMaxBytes = 4 * kibibyte;
/** Maximum size of a detached signature: 64 KiB. */
export const signatureMaxBytes = 64 * kibibyte;
/** Maximum number of redirects for one request. */
export const redirectsMax = 5;
