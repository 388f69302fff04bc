/** The contract of keyrings in any form, and the bounds on reading them. */
import { escapeForDisplay } from '../../base/escape.js';
import type { CertificateBytes } from '../../proof/openpgp/certificate/certificate-source.js';

/** One file or folder of certificates. Errors are `ERR_CONFIG`; damaged parts are skipped with a warning. */
export interface Keyring {
  /** As {@link CertificateSource.find}. */
  find(name: string): Promise<readonly CertificateBytes[]>;
  /** As {@link CertificateSource.all}. */
  all(): AsyncIterable<CertificateBytes>;
}

/** Receives a sentence for a person, with paths and offsets; control characters are escaped. */
export type Warn = (message: string) => void;

/** Maximum size of a file that is read whole (armored, binary, pubring.gpg): 256 MiB. */
export const fileMaxBytes = 256 * 1024 * 1024;
/** Maximum size of a keybox, of which only the tables are read: 4 GiB. */
export const keyboxMaxBytes = 4 * 1024 * 1024 * 1024;
/** Maximum number of files in a folder of keys. */
export const folderMaxFiles = 20_000;

/** Maximum number of warnings for one opening. A file can be damaged in a hundred thousand places. */
const warningsMax = 200;

/** Passes on each warning once, escaped, up to a limit. */
export function limitWarnings(warn: Warn | undefined): Warn {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message) || said.size > warningsMax) return;
    said.add(message);
    warn?.(said.size > warningsMax ? 'there are more warnings about keys, which are not shown' : escapeForDisplay(message, 1000));
  };
}
