/** Credentials of a profile: its own keys, or those of a role that it takes on with the keys of another profile. */
import { readContainer } from './container.js';
import {
  credentialError,
  type CredentialPlaces,
  type CredentialServices,
  type ReadCredentials,
  type S3Credentials,
} from './credentials.js';
import { readEnvironment } from './environment.js';
import { readInstance } from './instance.js';
import { exportKeys, nonEmpty, type Profile, profileKeys, readProfile, showProfile } from './profile.js';
import { assumeRole, type RoleRequest } from './security-token-service.js';
import { defaultSessionName } from './web-identity.js';

/** The sources of keys that `credential_source` can name. */
const sources: ReadonlyMap<string, ReadCredentials> = new Map([
  ['Environment', readEnvironment],
  ['Ec2InstanceMetadata', readInstance],
  ['EcsContainer', readContainer],
]);

interface Circumstances {
  readonly places: CredentialPlaces;
  readonly services: CredentialServices;
  /** Names of the profiles whose roles wait for keys. */
  readonly waiting: readonly string[];
}

/** Returns the keys of a profile, or of its role; null for a profile that nothing names and that has none. */
export async function profileCredentials(
  profile: Profile,
  places: CredentialPlaces,
  services: CredentialServices,
): Promise<S3Credentials | null> {
  return isRole(profile) ? roleKeys(profile, { places, services, waiting: [] }) : profileKeys(profile);
}

async function roleKeys(profile: Profile, circumstances: Circumstances): Promise<S3Credentials> {
  const { places, services, waiting } = circumstances;
  const { name, settings } = profile;
  const setting = (key: string): string | undefined => nonEmpty(settings?.get(key)) ?? undefined;
  const from = showProfile(name);
  if (setting('mfa_serial') !== undefined)
    throw credentialError(`${from} needs a code from a device (mfa_serial), which is not supported; ${exportKeys(name)}`);
  const { env } = places;
  const request: Omit<RoleRequest, 'right'> = {
    from,
    roleArn: setting('role_arn') ?? '',
    sessionName: setting('role_session_name') ?? defaultSessionName(env),
    region: setting('region') ?? nonEmpty(env['AWS_REGION']) ?? nonEmpty(env['AWS_DEFAULT_REGION']),
    durationSeconds: setting('duration_seconds'),
    externalId: setting('external_id'),
  };
  const tokenFile = setting('web_identity_token_file');
  if (tokenFile !== undefined) return assumeRole({ ...request, right: { tokenFile } }, places, services);
  const keys = await sourceKeys(profile, { ...circumstances, waiting: [...waiting, name] });
  return assumeRole({ ...request, right: { keys } }, places, services);
}

/** Returns the keys with which a role is asked for. */
async function sourceKeys({ name, settings }: Profile, circumstances: Circumstances): Promise<S3Credentials> {
  const { places, services } = circumstances;
  const from = showProfile(name);
  const other = nonEmpty(settings?.get('source_profile'));
  if (other !== null) return keysOfOther(other, name, circumstances);
  const source = nonEmpty(settings?.get('credential_source'));
  if (source === null)
    throw credentialError(`${from} has role_arn, but neither source_profile, credential_source nor web_identity_token_file`);
  const read = sources.get(source);
  if (read === undefined) throw credentialError(`${from}: credential_source is one of ${[...sources.keys()].join(', ')}`);
  const keys = await read(places, services);
  if (keys === null) throw credentialError(`${from}: there are no keys where credential_source says (${source})`);
  return keys;
}

async function keysOfOther(other: string, name: string, circumstances: Circumstances): Promise<S3Credentials> {
  const profile = { ...readProfile(circumstances.places, other), isNamed: true };
  // A profile may take on a role with keys of its own.
  if (other !== name && isRole(profile)) {
    if (circumstances.waiting.includes(other)) throw credentialError(`${showProfile(name)}: source_profile leads in a circle`);
    return roleKeys(profile, circumstances);
  }
  const keys = profileKeys(profile);
  if (keys === null) throw credentialError(`${showProfile(other)} has no keys`);
  return keys;
}

function isRole({ settings }: Profile): boolean {
  return nonEmpty(settings?.get('role_arn')) !== null;
}
