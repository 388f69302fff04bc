/** Keys of roles: by the keys of another profile, by a token, and never from or to anybody else. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { Cancellation } from '../../src/base/async/cancellation.js';
import { S3Bucket } from '../../src/network/s3/bucket.js';
import type { CredentialChoice } from '../../src/network/s3/credentials/credential-choice.js';
import { CredentialStore } from '../../src/network/s3/credentials/credential-store.js';
import { parseS3Url } from '../../src/network/s3/location.js';
import { createHttpTransport } from '../../src/network/transport/http/http.js';
import { element, S3Refusal } from '../support/s3/refusal.js';
import { startS3Server } from '../support/s3/s3-server.js';
import { type ServerKey, verifySignature } from '../support/s3/signature.js';
import { it, type Running, type Workbench } from '../support/workbench.js';

const signal = new Cancellation();
const arn = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
const profileOf = (profile: string): CredentialChoice => ({ credentials: 'profile', profile });

function storeOf(bench: Workbench, env: Readonly<Record<string, string>>, choice: CredentialChoice, now = Date.now): CredentialStore {
  const http = createHttpTransport();
  bench.atEnd(() => http.close());
  return new CredentialStore({ env, homeFolder: bench.folder, now }, choice, http);
}

async function writeProfiles(bench: Workbench, config: string): Promise<void> {
  await mkdir(join(bench.folder, '.aws'), { recursive: true });
  await writeFile(join(bench.folder, '.aws', 'config'), config);
}

interface TokenService extends Running {
  /** The requests in order: the key or token, the action, the role and the session. */
  readonly asked: string[];
}

/** A security token service: gives out keys that are named after their role. */
async function tokenService(
  bench: Workbench,
  answer: (form: URLSearchParams) => { readonly status: number; readonly body: string } | null = () => null,
): Promise<TokenService> {
  const asked: string[] = [];
  const keys = new Map<string, ServerKey>([['AKUSER', { secretAccessKey: 'user-secret' }]]);
  const respond = (form: URLSearchParams, signedBy: string | null): { status: number; body: string } => {
    const action = form.get('Action') ?? '';
    const role = form.get('RoleArn')?.split('/').at(-1) ?? '';
    asked.push([signedBy ?? form.get('WebIdentityToken'), action, role, form.get('RoleSessionName'), form.get('ExternalId')].join(' '));
    keys.set(`AK${role}`, { secretAccessKey: `${role}-secret`, sessionToken: `${role}-token` });
    const parts = {
      AccessKeyId: `AK${role}`,
      SecretAccessKey: `${role}-secret`,
      SessionToken: `${role}-token`,
      Expiration: '2100-01-01T00:00:00Z',
    };
    const credentials = Object.entries(parts)
      .map(([name, value]) => element(name, value))
      .join('');
    const result = `<${action}Result><Credentials>${credentials}</Credentials></${action}Result>`;
    const body = `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</${action}Response>`;
    return answer(form) ?? { status: 200, body };
  };
  const running = await bench.http((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      try {
        const signedBy = verifySignature(request, keys, 'eu-west-1', Date.now(), 'sts');
        const sha256 = request.headers['x-amz-content-sha256'];
        if (signedBy !== null && sha256 !== createHash('sha256').update(body).digest('hex')) throw new Error('another body was signed');
        const { status, body: text } = respond(new URLSearchParams(body.toString()), signedBy);
        response.writeHead(status).end(text);
      } catch (error) {
        const [status, code, message] =
          error instanceof S3Refusal ? [error.status, error.code, error.message] : [500, 'Bug', String(error)];
        response
          .writeHead(status)
          .end(`<ErrorResponse><Error>${element('Code', code)}${element('Message', message)}</Error></ErrorResponse>`);
      }
    });
  });
  return { ...running, asked };
}

describe('a role', () => {
  it('is taken on with the keys of another profile, also of one that takes on a role itself', async ({ bench }) => {
    const { url, asked } = await tokenService(bench);
    await writeProfiles(
      bench,
      `[profile user]\naws_access_key_id = AKUSER\naws_secret_access_key = user-secret\n
[profile first]\nrole_arn = ${arn('first')}\nsource_profile = user\nregion = eu-west-1\nexternal_id = ext:1\n
[profile second]\nrole_arn = ${arn('second')}\nsource_profile = first\nregion = eu-west-1\nrole_session_name = me\n
[profile own]\nrole_arn = ${arn('own')}\nsource_profile = own\nregion = eu-west-1\naws_access_key_id = AKUSER\naws_secret_access_key = user-secret\n
[profile env]\nrole_arn = ${arn('env')}\ncredential_source = Environment\nregion = eu-west-1\n`,
    );
    const env = { AWS_ENDPOINT_URL_STS: url };
    expect(await storeOf(bench, env, profileOf('second')).get(signal)).toEqual({
      accessKeyId: 'AKsecond',
      secretAccessKey: 'second-secret',
      sessionToken: 'second-token',
      expiresMs: Date.parse('2100-01-01T00:00:00Z'),
    });
    expect((await storeOf(bench, env, profileOf('own')).get(signal))?.accessKeyId).toBe('AKown');
    const withKeys = { ...env, AWS_ACCESS_KEY_ID: 'AKUSER', AWS_SECRET_ACCESS_KEY: 'user-secret', AWS_ROLE_SESSION_NAME: 'pod' };
    expect((await storeOf(bench, withKeys, profileOf('env')).get(signal))?.accessKeyId).toBe('AKenv');
    expect(asked).toEqual([
      'AKUSER AssumeRole first clojars-fetch ext:1',
      'AKfirst AssumeRole second me ',
      'AKUSER AssumeRole own clojars-fetch ',
      'AKUSER AssumeRole env pod ',
    ]);
  });

  it('is taken on with a token, that of the environment or of a profile, and signs requests to a bucket', async ({ bench }) => {
    const { url, asked } = await tokenService(bench);
    await bench.write('token', 'web.identity.token\n');
    const tokenFile = join(bench.m2, 'token');
    const server = await startS3Server({
      files: new Map([['a', Buffer.from('x')]]),
      keys: new Map([['AKpod', { secretAccessKey: 'pod-secret', sessionToken: 'pod-token' }]]),
    });
    const http = createHttpTransport();
    bench.atEnd(async () => {
      await http.close();
      await server.close();
    });
    const env = { AWS_ENDPOINT_URL_STS: url, AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile, AWS_ROLE_ARN: arn('pod') };
    const parsed = parseS3Url(server.url());
    if ('problem' in parsed) throw new Error(parsed.problem);
    const bucket = new S3Bucket(parsed.location, { http, places: { env, homeFolder: bench.folder, now: Date.now } });
    expect((await bucket.request({ method: 'GET', key: 'a', maxBytes: 10, signal })).answer.status).toBe(200);
    expect(server.requests.map(({ signedBy }) => signedBy)).toEqual(['AKpod']);
    await writeProfiles(bench, `[profile web]\nrole_arn = ${arn('web')}\nweb_identity_token_file = ${tokenFile}\n`);
    expect((await storeOf(bench, { AWS_ENDPOINT_URL: url }, profileOf('web')).get(signal))?.accessKeyId).toBe('AKweb');
    expect(asked).toEqual([
      'web.identity.token AssumeRoleWithWebIdentity pod clojars-fetch ',
      'web.identity.token AssumeRoleWithWebIdentity web clojars-fetch ',
    ]);
  });

  it('that cannot be taken on says why', async ({ bench }) => {
    const { url, asked } = await tokenService(bench);
    const role = (name: string, lines: string): string => `[profile ${name}]\nrole_arn = ${arn(name)}\nregion = eu-west-1\n${lines}\n`;
    await writeProfiles(
      bench,
      [
        '[profile user]\naws_access_key_id = AKUSER\naws_secret_access_key = wrong\n',
        role('denied', 'source_profile = user'),
        role('nothing', ''),
        role('gone', 'source_profile = none'),
        role('device', 'source_profile = user\nmfa_serial = arn:aws:iam::123456789012:mfa/me'),
        role('circle', 'source_profile = round'),
        role('round', 'source_profile = circle'),
        role('source', 'credential_source = Moon'),
        role('session', 'source_profile = user\nrole_session_name = a b'),
        role('token', 'web_identity_token_file = /nonexistent/token'),
        role('far', 'source_profile = user').replace('eu-west-1', 'example.org/'),
        '[profile bad]\nrole_arn = x\nsource_profile = user\n[sso]\n[profile sso]\nsso_session = x\n',
        role('login', 'source_profile = sso'),
      ].join(''),
    );
    const env = { AWS_ENDPOINT_URL_STS: url };
    for (const [profile, message] of [
      ['denied', "profile 'denied': the role was refused: SignatureDoesNotMatch: The signature does not match."],
      ['nothing', "profile 'nothing' has role_arn, but neither source_profile, credential_source nor web_identity_token_file"],
      ['gone', "there is no profile 'none' in the files of ~/.aws"],
      [
        'device',
        "profile 'device' needs a code from a device (mfa_serial), which is not supported; put its keys into the environment with",
      ],
      ['circle', "profile 'round': source_profile leads in a circle"],
      ['source', "profile 'source': credential_source is one of Environment, Ec2InstanceMetadata, EcsContainer"],
      ['session', "profile 'session': role_session_name is not valid"],
      ['token', "profile 'token': the file of the web identity token cannot be read"],
      ['bad', "profile 'bad': role_arn is not valid"],
      ['login', "profile 'sso' uses sso_session, which is not supported; log in with 'aws sso login --profile sso'"],
    ] as const) {
      await expect(storeOf(bench, env, profileOf(profile)).get(signal)).rejects.toThrow(message);
    }
    await expect(storeOf(bench, {}, profileOf('far')).get(signal)).rejects.toThrow('the region of the role is not the name of a region');
    for (const far of ['http://sts.example.org/', 'ftp://127.0.0.1/', 'https://user:key@127.0.0.1/', 'nothing'])
      await expect(storeOf(bench, { AWS_ENDPOINT_URL_STS: far }, profileOf('denied')).get(signal)).rejects.toThrow(
        'AWS_ENDPOINT_URL_STS is not an https URL',
      );
    const half = storeOf(bench, { AWS_WEB_IDENTITY_TOKEN_FILE: '/x' }, { credentials: 'environment', profile: null });
    await expect(half.get(signal)).rejects.toThrow('AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not');
    expect(asked).toEqual([]);
  });

  it('of a service that answers nonsense is not believed', async ({ bench }) => {
    await writeProfiles(
      bench,
      `[profile user]\naws_access_key_id = AKUSER\naws_secret_access_key = user-secret\n[profile r]\nrole_arn = ${arn('r')}\nsource_profile = user\nregion = eu-west-1\n`,
    );
    const keysOf = (secret: string, time: string): string =>
      `<A><AResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${time}</Expiration></Credentials></AResult></A>`;
    const answers = [
      [200, '<html>login</html>', 'the answer of the security token service has no keys'],
      [200, '<!DOCTYPE a [<!ENTITY b "&b;&b;">]><a>&b;</a>', 'the answer of the security token service has no keys'],
      [200, keysOf('', '2100-01-01T00:00:00Z'), 'the answer of the security token service has no keys'],
      [200, keysOf('a b', '2100-01-01T00:00:00Z'), "the secret access key of the role of profile 'r' has characters that no key has"],
      [200, keysOf('s', 'tomorrow'), "the keys of the role of profile 'r' expire at a time that is not one"],
      [200, keysOf('s', '2001-01-01T00:00:00Z'), "the keys of the role of profile 'r' have already expired"],
      [302, '', "profile 'r': the role was refused: HTTP status 302"],
      [
        403,
        '<ErrorResponse><Error><Code>AccessDenied</Code><Message>\u001b[31mno</Message></Error></ErrorResponse>',
        'the role was refused',
      ],
    ] as const;
    for (const [status, body, message] of answers) {
      const { url } = await tokenService(bench, () => ({ status, body }));
      const found = storeOf(bench, { AWS_ENDPOINT_URL_STS: url }, profileOf('r')).get(signal);
      await expect(found).rejects.toThrow(message);
      await expect(found).rejects.not.toThrow('\u001b');
    }
    const gone = await tokenService(bench);
    await gone.close();
    const store = storeOf(bench, { AWS_ENDPOINT_URL_STS: gone.url }, profileOf('r'));
    await expect(store.get(signal)).rejects.toMatchObject({ outcome: 'refused' });
  });
});
