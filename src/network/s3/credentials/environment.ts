/** Credentials in environment variables. */
import { checkCredentials, credentialError, type CredentialPlaces, type S3Credentials } from './credentials.js';

export function readEnvironment({ env }: CredentialPlaces): Promise<S3Credentials | null> {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'] ?? '';
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'] ?? '';
  if (accessKeyId === '' && secretAccessKey === '') return Promise.resolve(null);
  const [there, missing] =
    accessKeyId === '' ? ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'] : ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  if (accessKeyId === '' || secretAccessKey === '') {
    return Promise.reject(credentialError(`the environment variable ${there} is set, but ${missing} is not`));
  }
  const token = env['AWS_SESSION_TOKEN'] ?? '';
  const sessionToken = token === '' ? null : token;
  return Promise.resolve(checkCredentials({ accessKeyId, secretAccessKey, sessionToken, expiresMs: null }, 'the environment'));
}
