/** Buckets as mirrors of a client. */
import { afterEach, describe, expect, vi } from 'vitest';

import { S3Refusal } from '../support/s3/refusal.js';
import { type S3Server, type S3ServerOptions, startS3Server, testKeyEnvironment } from '../support/s3/s3-server.js';
import { contentOf, coordinate, errorOf, greeter, it, jar, type Workbench } from '../support/workbench.js';

const files = greeter();
const beneath = (prefix: string): Map<string, Buffer> => new Map([...files].map(([path, body]) => [`${prefix}${path}`, body]));

async function serve(bench: Workbench, options: S3ServerOptions = {}): Promise<S3Server> {
  const server = await startS3Server({ files, anonymous: 'get-and-list', ...options });
  bench.atEnd(() => server.close());
  return server;
}

function withKeys(extra: Readonly<Record<string, string>> = {}): void {
  vi.unstubAllEnvs();
  const nothing = { AWS_PROFILE: '', AWS_REGION: '', AWS_DEFAULT_REGION: '', HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
  for (const [name, value] of Object.entries({ ...nothing, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', ...extra }))
    vi.stubEnv(name, value);
}

afterEach(() => void vi.unstubAllEnvs());

describe('a bucket as a mirror', () => {
  it('serves a repository beneath a prefix, without and with a signature', async ({ bench }) => {
    withKeys();
    const open = await serve(bench, { files: beneath('maven/') });
    await bench.against(open.url('maven', 'credentials=anonymous')).resolveArtifact(coordinate);
    expect(await bench.read(jar)).toEqual(contentOf(files, jar));
    expect(open.requests.every(({ signedBy }) => signedBy === null)).toBe(true);

    withKeys(testKeyEnvironment);
    const closed = await serve(bench, { files: beneath('maven/'), anonymous: 'nothing' });
    const other = bench.against(closed.url('maven'), [], { localRepository: `${bench.folder}/other` });
    await other.resolveArtifact(coordinate);
    expect(closed.requests.every(({ signedBy }) => signedBy === 'AKIDTEST')).toBe(true);
  });

  it('takes over from a primary that is gone, with keys of its own', async ({ bench }) => {
    withKeys();
    const server = await serve(bench, { anonymous: 'nothing' });
    const primary = `http://127.0.0.1:${await bench.refusingPort()}/`;
    const auth = { username: 'AKIDTEST', password: 'secret/Key+1' };
    await bench.client({ repositories: [{ id: 'r', url: primary, mirrors: [{ url: server.url(), auth }] }] }).resolveArtifact(coordinate);
    expect(await bench.read(jar)).toEqual(contentOf(files, jar));
    expect(server.requests.map(({ signedBy }) => signedBy)).not.toContain(null);
    expect(JSON.stringify(bench.events)).not.toContain('secret/Key');
  });

  it('follows the bucket to its region once, and remembers it', async ({ bench }) => {
    withKeys({ ...testKeyEnvironment, AWS_REGION: 'us-west-1' });
    const server = await serve(bench, { anonymous: 'nothing' });
    await bench.against(server.url('', '')).resolveArtifact(coordinate);
    const refused = server.requests.length;
    expect(refused).toBeGreaterThan(0);
    // The wrong signature is refused before it is counted as a request; all later ones name the right region.
    expect(server.requests.every(({ headers }) => headers.authorization?.includes('/eu-central-1/') === true)).toBe(true);
  });

  it('does not follow a redirect to another server', async ({ bench }) => {
    withKeys(testKeyEnvironment);
    const other = await serve(bench);
    const server = await serve(bench, {
      refuse: () =>
        new S3Refusal(301, 'PermanentRedirect', 'Elsewhere.', { Endpoint: other.endpoint }, { location: `${other.endpoint}/bucket/` }),
    });
    const error = await errorOf(bench.against(server.url()).resolveArtifact(coordinate));
    expect(error.code).toBe('ERR_UNREACHABLE');
    expect(error.attempts?.map(({ outcome, status }) => ({ outcome, status }))).toContainEqual({ outcome: 'redirect', status: 301 });
    expect(other.requests).toEqual([]);
  });

  it('believes 404 for a missing file, but not for a missing bucket', async ({ bench }) => {
    withKeys();
    const server = await serve(bench, { files: new Map() });
    const missing = await errorOf(bench.against(server.url('', 'credentials=anonymous')).resolveArtifact(coordinate));
    expect(missing.code).toBe('ERR_NOT_FOUND');
    const wrong = server.url('', 'credentials=anonymous').replace('bucket', 'other-bucket');
    const error = await errorOf(bench.against(wrong).resolveArtifact(coordinate));
    expect(error.code).toBe('ERR_UNREACHABLE');
    expect(error.attempts?.[0]).toMatchObject({ outcome: 'status', status: 404 });
    expect(error.attempts?.[0]?.detail).toContain('NoSuchBucket');
  });

  it.for([
    { listing: 'forbidden', anonymous: 'get', code: 'ERR_NOT_FOUND' },
    { listing: 'allowed', anonymous: 'get-and-list', code: 'ERR_UNREACHABLE' },
  ] as const)('takes 403 for "not here" only if listing is forbidden: $listing', async ({ anonymous, code }, { bench }) => {
    withKeys();
    const server = await serve(bench, {
      anonymous,
      refuse: ({ key }) => (key === '' ? null : new S3Refusal(403, 'AccessDenied', 'Access Denied')),
    });
    const error = await errorOf(bench.against(server.url('', 'credentials=anonymous')).resolveArtifact(coordinate));
    expect(error.code).toBe(code);
  });

  it('does not take 403 for "not here" from a mirror that is not canonical', async ({ bench }) => {
    withKeys();
    const server = await serve(bench, { files: new Map(), anonymous: 'get' });
    const primary = `http://127.0.0.1:${await bench.refusingPort()}/`;
    const error = await errorOf(bench.against(primary, [{ url: server.url('', 'credentials=anonymous') }]).resolveArtifact(coordinate));
    expect(error.code).toBe('ERR_UNREACHABLE');
    expect(error.attempts?.map(({ detail }) => detail).join()).toContain('AccessDenied');
  });

  it('leaves a bucket alone that asks to slow down, and comes back', async ({ bench }) => {
    withKeys();
    let refusals = 2;
    const server = await serve(bench, {
      refuse: () => (refusals-- > 0 ? new S3Refusal(503, 'SlowDown', 'Please reduce your request rate.') : null),
    });
    await bench.against(server.url('', 'credentials=anonymous')).resolveArtifact(coordinate);
    expect(await bench.read(jar)).toEqual(contentOf(files, jar));
  });

  it('refuses a bucket over plain http, and a URL that is none, with the reason', async ({ bench }) => {
    const insecure = await errorOf(bench.against('s3://bucket/?endpoint=http://s3.example.org').resolveArtifact(coordinate));
    expect(insecure).toMatchObject({ code: 'ERR_CONFIG', reason: 'insecure-url' });
    const wrong = await errorOf(bench.against('https://repo.example.org/', ['s3://bucket/?regoin=x']).resolveArtifact(coordinate));
    expect(wrong.message).toContain("unknown parameter 'regoin'");
  });
});
