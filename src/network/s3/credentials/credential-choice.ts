/** How the URL of a bucket chooses credentials. */

export const credentialSources = ['default', 'anonymous', 'environment', 'profile', 'container', 'instance'] as const;

/** `default` tries environment, profile, container and instance, and asks without a signature if none has credentials. */
export type S3CredentialSource = (typeof credentialSources)[number];

export interface CredentialChoice {
  readonly credentials: S3CredentialSource;
  /** A section of the files of `~/.aws`. Null is the one that the environment names. */
  readonly profile: string | null;
}
