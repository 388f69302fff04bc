/** Where keys come from, when they are renewed, and where they never go. */
import { mkdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { Cancellation } from '../../src/base/async/cancellation.js';
import { S3Bucket } from '../../src/network/s3/bucket.js';
import type { CredentialChoice } from '../../src/network/s3/credentials/credential-choice.js';
import { CredentialStore } from '../../src/network/s3/credentials/credential-store.js';
import { parseS3Url } from '../../src/network/s3/location.js';
import { createHttpTransport } from '../../src/network/transport/http/http.js';
import { S3Refusal } from '../support/s3/refusal.js';
import { type S3ServerOptions, startS3Server, testKeyEnvironment } from '../support/s3/s3-server.js';
import { it, type Running, type Workbench } from '../support/workbench.js';

type Environment = Readonly<Record<string, string>>;
const signal = new Cancellation();
const noInstance = { AWS_EC2_METADATA_DISABLED: 'true' };

function storeOf(bench: Workbench, env: Environment, choice: Partial<CredentialChoice> = {}, now = Date.now): CredentialStore {
  const http = createHttpTransport();
  bench.atEnd(() => http.close());
  return new CredentialStore({ env, homeFolder: bench.folder, now }, { credentials: 'default', profile: null, ...choice }, http);
}

async function aws(bench: Workbench, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(bench.folder, '.aws'), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(bench.folder, '.aws', name), content);
}

const document = (id: string, expiration: string | null): string =>
  JSON.stringify({ Code: 'Success', AccessKeyId: id, SecretAccessKey: 'secret', Token: 'token', Expiration: expiration });

/** A service that answers by method and path, and notes what it was asked. */
async function serviceOf(
  bench: Workbench,
  answers: Readonly<Record<string, (request: IncomingMessage) => string | number>>,
): Promise<Running & { asked: string[] }> {
  const asked: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const name = `${request.method} ${request.url}`;
    asked.push(name);
    const text = answers[name]?.(request) ?? 404;
    response.writeHead(typeof text === 'number' ? text : 200).end(typeof text === 'number' ? '' : text);
  };
  return { ...(await bench.http(answer)), asked };
}

describe('credentials', () => {
  it('come from the environment before all others', async ({ bench }) => {
    await aws(bench, { credentials: '[default]\naws_access_key_id = P\naws_secret_access_key = p\n' });
    const env = { AWS_ACCESS_KEY_ID: 'E', AWS_SECRET_ACCESS_KEY: 'e', AWS_SESSION_TOKEN: 't' };
    expect(await storeOf(bench, env).get(signal)).toEqual({ accessKeyId: 'E', secretAccessKey: 'e', sessionToken: 't', expiresMs: null });
    expect(await storeOf(bench, {}).get(signal)).toMatchObject({ accessKeyId: 'P', secretAccessKey: 'p' });
    await expect(storeOf(bench, { AWS_ACCESS_KEY_ID: 'E' }).get(signal)).rejects.toThrow(
      'AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not',
    );
  });

  it('come from the profile that URL, environment or habit names', async ({ bench }) => {
    await aws(bench, {
      config:
        '# comment\n[default]\nregion = us-east-2\n[profile work]\nregion=eu-west-1\ns3 =\n  max_concurrent_requests = 2\naws_access_key_id = C\n',
      credentials:
        '[work]\naws_access_key_id = W\naws_secret_access_key = w/+=\naws_session_token = s ; comment\n[process]\ncredential_process = x\n[sso]\nsso_session = y\n',
    });
    expect(await storeOf(bench, noInstance).get(signal)).toBeNull();
    const expected = { accessKeyId: 'W', secretAccessKey: 'w/+=', sessionToken: 's' };
    expect(await storeOf(bench, { AWS_PROFILE: 'work' }).get(signal)).toMatchObject(expected);
    expect(await storeOf(bench, {}, { credentials: 'profile', profile: 'work' }).get(signal)).toMatchObject(expected);
    for (const [profile, message] of [
      [
        'process',
        "profile 'process' uses credential_process, which is not supported; put its keys into the environment with 'aws configure ",
      ],
      ['sso', "profile 'sso' uses sso_session, which is not supported; log in with 'aws sso login --profile sso', and put its keys"],
      ['none', "there is no profile 'none' in the files of ~/.aws"],
    ] as const) {
      await expect(storeOf(bench, {}, { credentials: 'profile', profile }).get(signal)).rejects.toThrow(message);
    }
  });

  it('come from the service of a container, with its token', async ({ bench }) => {
    const service = await serviceOf(bench, {
      'GET /creds?id=1': ({ headers }) => (headers.authorization === 'container-token' ? document('C', '2100-01-01T00:00:00Z') : 401),
    });
    await bench.write('token', 'container-token\n');
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${service.url}creds?id=1` };
    for (const token of [
      { AWS_CONTAINER_AUTHORIZATION_TOKEN: 'container-token' },
      { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(bench.m2, 'token') },
    ]) {
      expect(await storeOf(bench, { ...env, ...token }).get(signal)).toEqual({
        accessKeyId: 'C',
        secretAccessKey: 'secret',
        sessionToken: 'token',
        expiresMs: Date.parse('2100-01-01T00:00:00Z'),
      });
    }
    await expect(storeOf(bench, env).get(signal)).rejects.toThrow('the container service answers 401');
    const elsewhere = 'AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of a container service';
    await expect(storeOf(bench, { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://example.org/' }).get(signal)).rejects.toThrow(elsewhere);
    for (const path of ['@example.org/', '//example.org/', 'creds']) {
      const url = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path };
      await expect(storeOf(bench, url).get(signal)).rejects.toThrow('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path');
    }
  });

  it('come from the instance metadata service, version 2 only', async ({ bench }) => {
    const withToken = (text: string) => (request: IncomingMessage) =>
      request.headers['x-aws-ec2-metadata-token'] === 'session' ? text : 401;
    const roles = '/latest/meta-data/iam/security-credentials/';
    const service = await serviceOf(bench, {
      'PUT /latest/api/token': ({ headers }) => (headers['x-aws-ec2-metadata-token-ttl-seconds'] === '21600' ? 'session' : 400),
      [`GET ${roles}`]: withToken('my-role\n'),
      [`GET ${roles}my-role`]: withToken(document('I', '2100-01-01T00:00:00Z')),
    });
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url };
    expect(await storeOf(bench, env).get(signal)).toMatchObject({ accessKeyId: 'I', sessionToken: 'token' });
    expect(service.asked).toEqual(['PUT /latest/api/token', `GET ${roles}`, `GET ${roles}my-role`]);

    const old = await serviceOf(bench, { [`GET ${roles}`]: () => 'my-role', [`GET ${roles}my-role`]: () => document('I', null) });
    expect(await storeOf(bench, { AWS_EC2_METADATA_SERVICE_ENDPOINT: old.url }).get(signal)).toBeNull();
    expect(old.asked).toEqual(['PUT /latest/api/token']);
    const named = storeOf(bench, { AWS_EC2_METADATA_SERVICE_ENDPOINT: old.url }, { credentials: 'instance' });
    await expect(named.get(signal)).rejects.toThrow('the instance metadata service does not answer, or the machine has no role');
    const foreign = storeOf(bench, { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://example.org' });
    await expect(foreign.get(signal)).rejects.toThrow('is not an address of the instance metadata service');
  });

  it('are renewed before they expire, and kept if that fails', async ({ bench }) => {
    let nowMs = Date.parse('2026-01-01T00:00:00Z');
    let next: string | number = document('FIRST', '2026-01-01T01:00:00Z');
    const service = await serviceOf(bench, { 'GET /': () => next });
    const store = storeOf(bench, { AWS_CONTAINER_CREDENTIALS_FULL_URI: service.url }, {}, () => nowMs);
    const idNow = async (): Promise<string | undefined> => (await store.get(signal))?.accessKeyId;
    expect(await Promise.all([idNow(), idNow(), idNow()])).toEqual(['FIRST', 'FIRST', 'FIRST']);
    expect(service.asked.length).toBe(1);
    nowMs += 56 * 60_000;
    next = 500;
    expect(await idNow()).toBe('FIRST');
    await expect.poll(() => service.asked.length).toBe(2);
    nowMs += 60_000;
    next = document('SECOND', '2026-01-01T09:00:00Z');
    await expect.poll(idNow).toBe('SECOND');
    nowMs = Date.parse('2026-01-01T09:00:00Z');
    next = 500;
    await expect(idNow()).rejects.toThrow('the container service answers 500');
  });
});

describe('a request', () => {
  async function bucketOf(
    bench: Workbench,
    options: S3ServerOptions,
    env: Environment,
    now = Date.now,
  ): Promise<{ bucket: S3Bucket; server: Awaited<ReturnType<typeof startS3Server>> }> {
    const server = await startS3Server(options);
    const http = createHttpTransport();
    bench.atEnd(async () => {
      await http.close();
      await server.close();
    });
    const parsed = parseS3Url(server.url());
    if ('problem' in parsed) throw new Error(parsed.problem);
    return { server, bucket: new S3Bucket(parsed.location, { http, places: { env, homeFolder: bench.folder, now } }) };
  }
  const get = (bucket: S3Bucket, key: string) => bucket.request({ method: 'GET', key, maxBytes: 1000, signal });
  const files = new Map([["a+b/c'd e~.txt", Buffer.from('x')]]);

  it('is signed whatever is in the key', async ({ bench }) => {
    const { bucket, server } = await bucketOf(bench, { files }, testKeyEnvironment);
    expect((await get(bucket, "a+b/c'd e~.txt")).answer.status).toBe(200);
    expect((await get(bucket, 'none')).error).toMatchObject({ status: 404, code: 'NoSuchKey' });
    expect(server.requests.map(({ signedBy }) => signedBy)).toEqual(['AKIDTEST', 'AKIDTEST']);
    const other = await bucketOf(bench, { files }, { ...testKeyEnvironment, AWS_SECRET_ACCESS_KEY: 'wrong' });
    expect((await get(other.bucket, 'none')).error).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  it('is signed again with new credentials if they have expired, once', async ({ bench }) => {
    let id = 'OLD';
    const service = await serviceOf(bench, { 'GET /': () => document(id, '2100-01-01T00:00:00Z') });
    const keys = new Map([
      ['OLD', { secretAccessKey: 'secret', sessionToken: 'token', expiresMs: 0 }],
      ['NEW', { secretAccessKey: 'secret', sessionToken: 'token' }],
    ]);
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: service.url };
    const { bucket } = await bucketOf(bench, { files, keys }, env);
    expect((await get(bucket, 'none')).error?.code).toBe('ExpiredToken');
    expect(service.asked.length).toBe(2);
    id = 'NEW';
    expect((await get(bucket, 'none')).error?.code).toBe('NoSuchKey');
  });

  it.for([-365, 365])('is dated by the clock of the server if the own is %d days wrong', async (days, { bench }) => {
    const { bucket } = await bucketOf(bench, { files }, testKeyEnvironment, () => Date.now() + days * 86_400_000);
    expect((await get(bucket, 'none')).error?.code).toBe('NoSuchKey');
  });

  it('follows its bucket to another region once', async ({ bench }) => {
    const regions = ['eu-west-1', 'eu-west-2', 'eu-west-3'];
    let refusals = 0;
    const refuse = (): S3Refusal =>
      new S3Refusal(301, 'PermanentRedirect', 'Elsewhere.', {}, { 'x-amz-bucket-region': regions[refusals++] ?? '' });
    const { bucket } = await bucketOf(bench, { refuse }, testKeyEnvironment);
    await expect(get(bucket, 'a')).rejects.toMatchObject({ outcome: 'redirect', status: 301 });
    expect(refusals).toBe(2);
  });
});
