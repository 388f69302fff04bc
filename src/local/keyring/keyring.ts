/** What a keyring of any form can do, and the bounds on what is read from one. */
import { escapeForDisplay } from '../../base/escape.js';
import type { CertificateBytes } from '../../proof/openpgp/certificate/certificate-source.js';

/** One file or folder of certificates. Errors are `ERR_CONFIG`; damaged parts are passed over with a warning. */
export interface Keyring {
  /** As {@link CertificateSource.find}. */
  find(name: string): Promise<readonly CertificateBytes[]>;
  /** As {@link CertificateSource.all}. */
  all(): AsyncIterable<CertificateBytes>;
}

/** Receives a sentence for a person; paths and offsets in it, control characters escaped. */
export type Warn = (message: string) => void;

/** Most bytes of a file that is read whole (armored, binary, pubring.gpg): 256 MiB. */
export const fileMaxBytes = 256 * 1024 * 1024;
/** Most bytes of a keybox, of which only tables are read: 4 GiB. */
export const keyboxMaxBytes = 4 * 1024 * 1024 * 1024;
/** Most files of a folder of keys. */
export const folderMaxFiles = 20_000;

/** Warnings of one opening that are passed on. A file can be damaged in a hundred thousand places. */
const warningsMax = 200;

/** Each warning once, escaped, and not without end. */
export function limitWarnings(warn: Warn | undefined): Warn {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message) || said.size > warningsMax) return;
    said.add(message);
    warn?.(said.size > warningsMax ? 'there are more warnings about keys, which are not shown' : escapeForDisplay(message, 1000));
  };
}
