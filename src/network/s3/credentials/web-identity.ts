/** Credentials of a role that a token stands for, as Kubernetes gives them to its pods (IAM roles for service accounts). */
import { credentialError, type CredentialPlaces, type ReadCredentials } from './credentials.js';
import { assumeRole } from './security-token-service.js';

/** Reads the variables that EKS sets; null if they are not there. */
export const readWebIdentity: ReadCredentials = async (places, services) => {
  const { env } = places;
  const tokenFile = env['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '';
  if (tokenFile === '') return null;
  const roleArn = env['AWS_ROLE_ARN'] ?? '';
  if (roleArn === '') throw credentialError('AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not');
  const region = [env['AWS_REGION'], env['AWS_DEFAULT_REGION']].find((name) => name !== undefined && name !== '') ?? null;
  const from = 'the environment';
  return assumeRole({ from, roleArn, sessionName: defaultSessionName(env), right: { tokenFile }, region }, places, services);
};

export function defaultSessionName(env: CredentialPlaces['env']): string {
  const name = env['AWS_ROLE_SESSION_NAME'] ?? '';
  return name === '' ? 'clojars-fetch' : name;
}
