/** Asks Amazon's Security Token Service for the keys of a role, which expire. */
import { createHash } from 'node:crypto';

import { readRegularFile } from '../../../base/disk/regular-file.js';
import { parseUrl } from '../../../base/parse-url.js';
import type { XmlElement } from '../../../base/xml/xml.js';
import { isLoopback } from '../../transport/contract/loopback.js';
import { type HttpRequest, isTransportError, TransportError } from '../../transport/contract/transport.js';
import { readDocument, s3Error, textIn } from '../s3-error.js';
import { RequestSigner } from '../sign.js';
import { checkCredentials, credentialError, type CredentialPlaces, type CredentialServices, type S3Credentials } from './credentials.js';

/** A role, and by what right its keys are asked for: a token, or the signature of a user or another role. */
export interface RoleRequest {
  /** Names the request in messages, such as `profile 'work'`. */
  readonly from: string;
  readonly roleArn: string;
  /** Appears in the logs of the account. */
  readonly sessionName: string;
  readonly right: { readonly tokenFile: string } | { readonly keys: S3Credentials };
  /** Null asks the server that answers for all regions. */
  readonly region: string | null;
  readonly durationSeconds?: string | undefined;
  readonly externalId?: string | undefined;
}

const answerMaxBytes = 64 * 1024;
const tokenMaxBytes = 32 * 1024;
const regionName = /^[a-z0-9-]{1,42}$/;
/** The region by which requests to the server for all regions are signed. */
const globalRegion = 'us-east-1';
const patterns = {
  roleArn: /^arn:[\x21-\x7e]{16,2044}$/,
  sessionName: /^[\w+=,.@-]{2,64}$/,
  durationSeconds: /^[1-9]\d{2,4}$/,
  externalId: /^[\w+=,.@:/-]{2,1224}$/,
};

/** @throws {TransportError} if the service does not answer, or does not give the keys out. */
export async function assumeRole(request: RoleRequest, places: CredentialPlaces, services: CredentialServices): Promise<S3Credentials> {
  const { from, region, right } = request;
  checkParts(request);
  const url = serviceUrl(places.env, region);
  const body = formOf(request);
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const isSigned = 'keys' in right;
  const sha256 = createHash('sha256').update(body).digest('hex');
  const unsigned = { method: 'POST', url, headers, sha256, service: 'sts' } as const;
  const answer = await send(
    {
      method: 'POST',
      url,
      headers: isSigned ? await new RequestSigner().sign(unsigned, region ?? globalRegion, right.keys, places.now()) : headers,
      body: { bytes: body.length, open: () => chunksOf(body) },
      maxBytes: answerMaxBytes,
      signal: services.signal,
    },
    services,
  );
  const document = await readDocument(answer);
  if (answer.status !== 200) {
    const error = document?.children.find(({ local }) => local === 'Error') ?? null;
    throw credentialError(`${from}: the role was refused: ${s3Error(answer, error).message}`);
  }
  return readKeys(document, `the role of ${from}`, places.now());
}

function checkParts({ from, roleArn, sessionName, durationSeconds, externalId }: RoleRequest): void {
  const check = (name: string, value: string | undefined, pattern: RegExp): void => {
    if (value !== undefined && !pattern.test(value)) throw credentialError(`${from}: ${name} is not valid`);
  };
  check('role_arn', roleArn, patterns.roleArn);
  check('role_session_name', sessionName, patterns.sessionName);
  check('duration_seconds', durationSeconds, patterns.durationSeconds);
  check('external_id', externalId, patterns.externalId);
}

function formOf({ from, roleArn, sessionName, right, durationSeconds, externalId }: RoleRequest): Buffer {
  const isSigned = 'keys' in right;
  const form = new URLSearchParams({
    Action: isSigned ? 'AssumeRole' : 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: sessionName,
  });
  if (!isSigned) form.set('WebIdentityToken', readToken(right.tokenFile, from));
  if (durationSeconds !== undefined) form.set('DurationSeconds', durationSeconds);
  if (externalId !== undefined) form.set('ExternalId', externalId);
  return Buffer.from(form.toString());
}

/** Reads the token for each renewal, since the file is rewritten when the token changes. */
function readToken(file: string, from: string): string {
  try {
    return readRegularFile(file, tokenMaxBytes).toString('utf8').trim();
  } catch (error) {
    throw credentialError(`${from}: the file of the web identity token cannot be read`, error);
  }
}

/** Returns the address of the service. A token for a role must not go over plain http, except within this machine. */
function serviceUrl(env: CredentialPlaces['env'], region: string | null): URL {
  const variable = ['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL'].find((name) => (env[name] ?? '') !== '');
  if (variable !== undefined) {
    const url = parseUrl(env[variable] ?? '');
    const isSafe = url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)));
    if (!isSafe || url.username !== '' || url.password !== '') throw credentialError(`${variable} is not an https URL`);
    return url;
  }
  if (region === null) return new URL('https://sts.amazonaws.com/');
  if (!regionName.test(region)) throw credentialError('the region of the role is not the name of a region');
  return new URL(`https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`);
}

/** A failure of the network keeps its kind: it may pass. */
async function send(request: HttpRequest, { http }: CredentialServices): ReturnType<CredentialServices['http']['send']> {
  try {
    return await http.send(request);
  } catch (error) {
    if (!isTransportError(error) || error.outcome === 'aborted') throw error;
    throw new TransportError(error.outcome, `no S3 credentials: the security token service does not answer: ${error.message}`, {
      cause: error,
    });
  }
}

function readKeys(document: XmlElement | null, from: string, nowMs: number): S3Credentials {
  const result = document?.children.find(({ local }) => local.endsWith('Result'));
  const found = result?.children.find(({ local }) => local === 'Credentials') ?? null;
  const [accessKeyId, secretAccessKey, sessionToken, expiration] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'].map(
    (name) => (found === null ? null : textIn(found, name)),
  );
  if (!accessKeyId || !secretAccessKey || !sessionToken || !expiration) {
    throw credentialError('the answer of the security token service has no keys');
  }
  const expiresMs = Date.parse(expiration);
  if (Number.isNaN(expiresMs)) throw credentialError(`the keys of ${from} expire at a time that is not one`);
  if (expiresMs <= nowMs) throw credentialError(`the keys of ${from} have already expired; is the clock of this machine right?`);
  return checkCredentials({ accessKeyId, secretAccessKey, sessionToken, expiresMs }, from);
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
