/** Finds credentials once, keeps them, and renews them before they expire. */
import { Cancellation, type CancelSignal } from '../../../base/async/cancellation.js';
import { untilAborted } from '../../../base/async/until-aborted.js';
import type { HttpSender } from '../../transport/contract/transport.js';
import { profileCredentials } from './assumed-role.js';
import { readContainer } from './container.js';
import type { CredentialChoice } from './credential-choice.js';
import { credentialError, type CredentialPlaces, type ReadCredentials, type S3Credentials } from './credentials.js';
import { readEnvironment } from './environment.js';
import { readInstance } from './instance.js';
import { readProfile } from './profile.js';
import { readWebIdentity } from './web-identity.js';

/** Before the expiration, as Amazon's own tools do: the new ones are given out by then. */
const renewBeforeMs = 5 * 60_000;
/** Between two attempts at a renewal that fails. */
const renewPauseMs = 10_000;

/** The credentials of one location. */
export class CredentialStore {
  readonly #places: CredentialPlaces;
  readonly #http: HttpSender;
  readonly #read: ReadCredentials;
  #known: S3Credentials | null | undefined;
  #renewal: Promise<S3Credentials | null> | null = null;
  #nextRenewalMs = -Infinity;

  /** @param http asks the service that gives out the keys of roles */
  constructor(places: CredentialPlaces, choice: CredentialChoice, http: HttpSender) {
    this.#places = places;
    this.#http = http;
    this.#read = readerOf(choice);
  }

  /**
   * Returns credentials that are good for now; null for requests without a signature.
   * @throws {TransportError} `io` if there must be some and cannot be found.
   */
  async get(signal: CancelSignal): Promise<S3Credentials | null> {
    const known = this.#known;
    if (known === undefined) return untilAborted(this.#renew(), signal);
    const expiresMs = known?.expiresMs ?? Infinity;
    const nowMs = this.#places.now();
    if (known === null || nowMs < expiresMs - renewBeforeMs) return known;
    if (nowMs >= expiresMs) return untilAborted(this.#renew(), signal);
    // Still good: a renewal behind the requests must not make one of them fail.
    if (nowMs >= this.#nextRenewalMs) this.#renew().catch(() => undefined);
    return known;
  }

  /** Forgets credentials that a server calls expired. */
  forget(credentials: S3Credentials): void {
    if (this.#known === credentials) this.#known = undefined;
  }

  #renew(): Promise<S3Credentials | null> {
    if (this.#renewal !== null) return this.#renewal;
    this.#nextRenewalMs = this.#places.now() + renewPauseMs;
    // Several requests wait for it, so that no request's signal may end it. The services have short time limits.
    const renewal = this.#read(this.#places, { http: this.#http, signal: new Cancellation() })
      .then((found) => (this.#known = found))
      .finally(() => (this.#renewal = null));
    return (this.#renewal = renewal);
  }
}

function readerOf({ credentials, profile }: CredentialChoice): ReadCredentials {
  const fromProfile: ReadCredentials = async (places, services) => profileCredentials(readProfile(places, profile), places, services);
  const fromEnvironment = firstOf([readEnvironment, readWebIdentity]);
  switch (credentials) {
    case 'anonymous':
      return () => Promise.resolve(null);
    case 'environment':
      return required(fromEnvironment, 'neither AWS_ACCESS_KEY_ID nor AWS_WEB_IDENTITY_TOKEN_FILE is set');
    case 'profile':
      return required(fromProfile, 'the profile has no keys');
    case 'container':
      return required(readContainer, 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set');
    case 'instance':
      return required(readInstance, 'the instance metadata service does not answer, or the machine has no role');
    case 'default':
      return firstOf([fromEnvironment, fromProfile, readContainer, readInstance]);
  }
}

function firstOf(readers: readonly ReadCredentials[]): ReadCredentials {
  return async (places, services) => {
    for (const read of readers) {
      const found = await read(places, services);
      if (found !== null) return found;
    }
    return null;
  };
}

function required(read: ReadCredentials, otherwise: string): ReadCredentials {
  return async (places, services) => {
    const found = await read(places, services);
    if (found === null) throw credentialError(otherwise);
    return found;
  };
}
