/** Credentials of a virtual machine (EC2), by version 2 of the instance metadata service. Version 1 is not used: it answers any forged request. */
import { parseUrl } from '../../../base/parse-url.js';
import { credentialError, type CredentialPlaces, type ReadCredentials } from './credentials.js';
import { isServiceHost, MetadataService, parseServiceCredentials } from './metadata-service.js';

const from = 'the instance metadata service';
const rolesPath = '/latest/meta-data/iam/security-credentials/';
const tokenSeconds = '21600';

export const readInstance: ReadCredentials = async ({ env, now }, { signal }) => {
  if ((env['AWS_EC2_METADATA_DISABLED'] ?? '').toLowerCase() === 'true') return null;
  const base = serviceUrl(env);
  const service = new MetadataService(signal);
  try {
    const session = await service.ask(new URL('/latest/api/token', base), 'PUT', { 'x-aws-ec2-metadata-token-ttl-seconds': tokenSeconds });
    if (session?.status !== 200 || !/^[\x21-\x7e]{1,1024}$/.test(session.text)) return null; // not such a machine
    const headers = { 'x-aws-ec2-metadata-token': session.text };
    const roles = await service.ask(new URL(rolesPath, base), 'GET', headers);
    if (roles === null || roles.status === 404) return null; // the machine has no role
    const role = roles.text.split('\n')[0]?.trim() ?? '';
    if (roles.status !== 200 || !/^[\w+=,.@-]{1,128}$/.test(role) || /^\.+$/.test(role)) {
      throw credentialError(`${from} answers ${roles.status} and no name of a role`);
    }
    const answer = await service.ask(new URL(`${rolesPath}${encodeURIComponent(role)}`, base), 'GET', headers);
    if (answer?.status !== 200) throw credentialError(`${from} answers ${answer?.status ?? 'nothing'} for its role`);
    return parseServiceCredentials(answer.text, from, now());
  } finally {
    await service.close();
  }
};

function serviceUrl(env: CredentialPlaces['env']): URL {
  const set = env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? '';
  if (set === '') return new URL('http://169.254.169.254');
  const url = parseUrl(set);
  if (url?.protocol === 'http:' && isServiceHost(url.hostname)) return url;
  throw credentialError('AWS_EC2_METADATA_SERVICE_ENDPOINT is not an address of the instance metadata service');
}
