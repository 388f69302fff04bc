/** Keys that sign requests, and how a source of them is asked. */
import type { CancelSignal } from '../../../base/async/cancellation.js';
import { type HttpSender, TransportError } from '../../transport/contract/transport.js';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
  /** Epoch milliseconds; null if they do not expire, as far as their source says. */
  readonly expiresMs: number | null;
}

/** The places on this machine and in its cloud that may hold credentials. */
export interface CredentialPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly now: () => number;
}

/** Ways to ask other machines for credentials. */
export interface CredentialServices {
  /** Reaches servers on the internet. */
  readonly http: HttpSender;
  readonly signal: CancelSignal;
}

/** Asks one source; null if it holds none. Throws a {@link TransportError} for what is there and cannot be used. */
export type ReadCredentials = (places: CredentialPlaces, services: CredentialServices) => Promise<S3Credentials | null>;

/** Returns the error of credentials that cannot be used. No message may contain a secret. */
export function credentialError(message: string, cause?: unknown): TransportError {
  return new TransportError('io', `no S3 credentials: ${message}`, { cause });
}

/**
 * Checks the parts of credentials: they become headers.
 * @param from the source, for messages
 */
export function checkCredentials(credentials: S3Credentials, from: string): S3Credentials {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  if (!/^[!-+\--.0-~]{1,256}$/.test(accessKeyId)) throw credentialError(`the access key id of ${from} has characters that cannot be sent`);
  if (!/^[!-~]{1,1024}$/.test(secretAccessKey)) throw credentialError(`the secret access key of ${from} has characters that no key has`);
  if (sessionToken !== null && !/^[!-~]{1,16384}$/.test(sessionToken)) {
    throw credentialError(`the session token of ${from} has characters that cannot be sent`);
  }
  return credentials;
}
