/** Credentials of a container (ECS, EKS Pod Identity). */
import { readRegularFile } from '../../../base/disk/regular-file.js';
import { parseUrl } from '../../../base/parse-url.js';
import { credentialError, type CredentialPlaces, type ReadCredentials } from './credentials.js';
import { isServiceHost, MetadataService, parseServiceCredentials } from './metadata-service.js';

const from = 'the container service';
const tokenMaxBytes = 16 * 1024;

export const readContainer: ReadCredentials = async ({ env, now }, { signal }) => {
  const url = serviceUrl(env);
  if (url === null) return null;
  const token = readToken(env);
  const service = new MetadataService(signal);
  try {
    const answer = await service.ask(url, 'GET', token === null ? {} : { authorization: token });
    if (answer === null) throw credentialError(`${from} does not answer`);
    if (answer.status !== 200) throw credentialError(`${from} answers ${answer.status}`);
    return parseServiceCredentials(answer.text, from, now());
  } finally {
    await service.close();
  }
};

function serviceUrl(env: CredentialPlaces['env']): URL | null {
  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] ?? '';
  const full = env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
  if (relative === '' && full === '') return null;
  if (relative !== '') {
    // Anything but a path could name another host.
    const url = /^\/(?![/\\])/.test(relative) ? parseUrl(`http://169.254.170.2${relative}`) : null;
    if (url === null) throw credentialError('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path');
    return url;
  }
  const url = parseUrl(full);
  const isAllowed = url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isServiceHost(url.hostname)));
  if (!isAllowed) throw credentialError('AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of a container service');
  return url;
}

/** Reads the token for each renewal, since the file is rewritten when the token changes. */
function readToken(env: CredentialPlaces['env']): string | null {
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '';
  const token = file === '' ? (env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] ?? '') : readTokenFile(file);
  if (token === '') return null;
  if (!/^[\x20-\x7e]+$/.test(token)) throw credentialError('the token for the container service has characters that cannot be sent');
  return token;
}

function readTokenFile(file: string): string {
  try {
    return readRegularFile(file, tokenMaxBytes).toString('utf8').trim();
  } catch (error) {
    throw credentialError('the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read', error);
  }
}
