import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from 'vitest';

import { testCertificates } from './certificate.js';
import { type Behaviour, type FaultServer, type FaultServerOptions, startFaultServer } from './fault-server.js';
import { createFixtureRepository } from './maven-repository.js';
import { rawRequest, type RawRequestOptions } from './raw-request.js';

const { files } = createFixtureRepository({ artifacts: [{ group: 'org.example', artifact: 'greeter', versions: ['1.0.0'], size: 2_000 }] });
const jarPath = 'org/example/greeter/1.0.0/greeter-1.0.0.jar';
const jar = files.get(jarPath) ?? Buffer.alloc(0);
const sha1 = createHash('sha1').update(jar).digest('hex');
const half = jar.subarray(0, jar.length >> 1);

const started: FaultServer[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});
async function start(options: Omit<FaultServerOptions, 'files'> = {}): Promise<FaultServer> {
  const server = await startFaultServer({ files, ...options });
  started.push(server);
  return server;
}

describe('a sound server', () => {
  it('serves, records and counts', async () => {
    const server = await start();
    const answer = await rawRequest(server.url + jarPath, { headers: { 'x-test': '1' } });
    expect(answer).toMatchObject({ status: 200, ended: 'end' });
    expect(answer.body.equals(jar)).toBe(true);
    expect((await rawRequest(`${server.url}absent`)).status).toBe(404);
    expect((await rawRequest(`${server.origin}/elsewhere`)).status).toBe(404);
    expect(server.requests.map(({ index, path }) => [index, path])).toEqual([
      [0, jarPath],
      [1, 'absent'],
      [2, '/elsewhere'],
    ]);
    expect(server.requests[0]?.headers['x-test']).toBe('1');
    expect([server.count(), server.count(jarPath), server.count(/\.jar$/)]).toEqual([3, 1, 1]);
    server.clear();
    expect(server.count()).toBe(0);
  });

  it.each([
    ['bytes=10-19', 206, jar.subarray(10, 20)],
    ['bytes=10-', 206, jar.subarray(10)],
    ['bytes=-5', 206, jar.subarray(-5)],
    ['bytes=0-999999', 206, jar],
    ['bytes=1-2,5-6', 200, jar],
    [`bytes=${jar.length}-`, 416, Buffer.alloc(0)],
  ])('answers Range %s', async (range, status, body) => {
    const answer = await rawRequest((await start()).url + jarPath, { headers: { range } });
    expect(answer.status).toBe(status);
    expect(answer.body.equals(body)).toBe(true);
  });

  it('ignores Range if If-Range names other content', async () => {
    const answer = await rawRequest((await start()).url + jarPath, { headers: { range: 'bytes=10-', 'if-range': '"other"' } });
    expect(answer.status).toBe(200);
  });

  it('answers HEAD, adds headers, demands credentials', async () => {
    const server = await start({ authorization: 'Basic eDp5', headers: () => ({ 'x-checksum-sha1': sha1 }) });
    expect((await rawRequest(server.url + jarPath)).status).toBe(401);
    const answer = await rawRequest(server.url + jarPath, { method: 'HEAD', headers: { authorization: 'Basic eDp5' } });
    expect(answer).toMatchObject({ status: 200, headers: { 'x-checksum-sha1': sha1, 'content-length': String(jar.length) } });
    expect(answer.body).toHaveLength(0);
  });
});

describe('faults of the body', () => {
  const ask = async (fault: Behaviour, path = jarPath, options: RawRequestOptions = {}): Promise<Awaited<ReturnType<typeof rawRequest>>> =>
    rawRequest((await start({ fault })).url + path, options);

  it('hang', async () => expect(await ask('hang', jarPath, { patienceMs: 1_000 })).toMatchObject({ status: null, ended: 'quiet' }));
  it('hang-after-headers', async () => {
    const answer = await ask('hang-after-headers', jarPath, { idleMs: 300 });
    expect(answer).toMatchObject({ status: 200, ended: 'quiet', headers: { 'content-length': String(jar.length) } });
    expect(answer.body).toHaveLength(0);
  });
  it('hang-half-way', async () => {
    const answer = await ask('hang-half-way', jarPath, { idleMs: 300 });
    expect(answer.ended).toBe('quiet');
    expect(answer.body.equals(half)).toBe(true);
  });
  it('trickle', async () => {
    const answer = await ask('trickle', jarPath, { idleMs: 300 });
    expect(answer).toMatchObject({ status: 200, ended: 'quiet' });
    expect(answer.body).toHaveLength(1);
  });
  it('reset', async () => expect(await ask('reset')).toMatchObject({ status: null, ended: 'ECONNRESET' }));
  it('reset-half-way', async () => {
    const answer = await ask('reset-half-way');
    expect(answer.status).toBe(200);
    expect(['ECONNRESET', 'cut']).toContain(answer.ended);
    expect(answer.body.length).toBeLessThan(jar.length);
  });
  it.each(['truncate', 'truncate-chunked'] as const)('%s', async (fault) => {
    const answer = await ask(fault);
    expect(answer.headers['content-length']).toBe(fault === 'truncate' ? String(jar.length) : undefined);
    expect(['ECONNRESET', 'cut']).toContain(answer.ended);
    expect(answer.body.equals(half)).toBe(true);
  });
  it('truncate-until-close looks complete', async () => {
    const answer = await ask('truncate-until-close');
    expect(answer.ended).toBe('end');
    expect([answer.headers['content-length'], answer.headers['transfer-encoding']]).toEqual([undefined, undefined]);
    expect(answer.body.equals(half)).toBe(true);
  });
  it('wrong-length', async () => {
    const answer = await ask('wrong-length');
    expect(answer.headers['content-length']).toBe(String(jar.length - 1));
    expect(answer.body.equals(jar.subarray(0, -1))).toBe(true);
  });
  it('surplus', async () => {
    // Node's client refuses bytes after the announced length; how many it hands over before is up to Node.
    const answer = await ask('surplus');
    expect(answer.headers['content-length']).toBe(String(jar.length - 1));
  });
  it('html', async () => {
    const answer = await ask('html', 'anything.pom');
    expect(answer).toMatchObject({ status: 200, ended: 'end', headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(answer.body.toString()).toContain('<html>');
  });
  it('gzip', async () => {
    const answer = await ask('gzip');
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(answer.body).equals(jar)).toBe(true);
  });
  it('endless', async () => {
    const answer = await rawRequest((await start({ fault: 'endless' })).url + jarPath, { maxBytes: 1_000_000, patienceMs: 10_000 });
    expect(answer.ended).toBe('enough');
  });
  it('delay', async () => {
    const server = await start({ fault: { delayMs: 600 } });
    expect((await rawRequest(server.url + jarPath, { patienceMs: 200 })).ended).toBe('quiet');
    expect((await rawRequest(server.url + jarPath, { patienceMs: 20_000 })).ended).toBe('end');
  });
});

describe('faults of checksums', () => {
  const both = async (fault: Behaviour): Promise<{ body: Buffer; checksum: string }> => {
    const server = await start({ fault });
    const [body, checksum] = [await rawRequest(server.url + jarPath), await rawRequest(`${server.url}${jarPath}.sha1`)];
    return { body: body.body, checksum: checksum.body.toString() };
  };
  it('corrupt: same length, other bytes, right checksum', async () => {
    const { body, checksum } = await both('corrupt');
    expect(body.equals(jar)).toBe(false);
    expect([body.length, checksum]).toEqual([jar.length, sha1]);
  });
  it('corrupt-with-checksums: consistent', async () => {
    const { body, checksum } = await both('corrupt-with-checksums');
    expect(body.equals(jar)).toBe(false);
    expect(checksum).toBe(createHash('sha1').update(body).digest('hex'));
  });
  it('corrupt-checksum: right body', async () => {
    const { body, checksum } = await both('corrupt-checksum');
    expect(body.equals(jar)).toBe(true);
    expect(checksum).toMatch(/^[0-9a-f]{40}$/);
    expect(checksum).not.toBe(sha1);
  });
  it('forms', async () => {
    expect((await both('checksum-with-name')).checksum).toBe(`${sha1}  greeter-1.0.0.jar\n`);
    expect((await both('checksum-upper-case')).checksum).toBe(sha1.toUpperCase());
  });
});

describe('statuses and redirects', () => {
  it.each([500, 502, 503, 504, 403, 404, 429])('%d', async (status) => {
    expect((await rawRequest((await start({ fault: { status } })).url + jarPath)).status).toBe(status);
  });
  it('Retry-After in both forms', async () => {
    const seconds = await rawRequest((await start({ fault: { status: 429, retryAfter: 7 } })).url + jarPath);
    expect(seconds.headers['retry-after']).toBe('7');
    const date = await rawRequest((await start({ fault: { status: 503, retryAfter: new Date(Date.now() + 2_000) } })).url + jarPath);
    expect(Date.parse(date.headers['retry-after'] ?? '')).not.toBeNaN();
  });
  it.each([
    ['redirect-loop', `/repo/${jarPath}`],
    ['redirect-http', `http://insecure.invalid/repo/${jarPath}`],
    [{ redirect: 'http://other.invalid/maven/' }, `http://other.invalid/maven/${jarPath}`],
    [{ redirect: 'http://other.invalid/x.jar' }, 'http://other.invalid/x.jar'],
  ] as const)('%j', async (fault, location) => {
    expect(await rawRequest((await start({ fault })).url + jarPath)).toMatchObject({ status: 302, headers: { location } });
  });
});

describe('selection of faults', () => {
  it('by path, by function, and changed while running', async () => {
    const server = await start({ fault: { fault: { status: 500 }, match: /\.jar$/g } });
    const status = async (path: string): Promise<number | null> => (await rawRequest(server.url + path)).status;
    expect([await status(jarPath), await status(jarPath), await status(`${jarPath}.sha1`)]).toEqual([500, 500, 200]);
    server.setFault((_path, index) => (index === 3 ? { status: 503 } : null));
    expect([await status(jarPath), await status(jarPath)]).toEqual([503, 200]);
  });
});

describe('ports', () => {
  const knock = (port: number): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      const finish = (what: string): void => {
        clearTimeout(timer);
        socket.destroy();
        resolve(what);
      };
      const timer = setTimeout(() => finish('silence'), 500);
      socket.once('connect', () => finish('connected'));
      socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? 'error'));
    });

  it('refuse', async () => {
    const server = await start({ fault: 'refuse' });
    expect([await knock(server.port), await knock(server.port)]).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
  });
  it.runIf(process.platform === 'linux')('black-hole', async () => {
    const server = await start({ fault: 'black-hole' });
    expect([await knock(server.port), await knock(server.port)]).toEqual(['silence', 'silence']);
    await server.close();
    expect(await knock(server.port)).toBe('ECONNREFUSED');
  });
});

describe('TLS', () => {
  it('valid, expired, wrong name, unknown authority, reset', async () => {
    const certificates = await testCertificates();
    const ask = async (tls: { key: string; cert: string }, fault: Behaviour | null = null): Promise<string> =>
      (await rawRequest((await start({ tls, fault })).url + jarPath, { ca: certificates.ca, patienceMs: 5_000 })).ended;
    expect(await ask(certificates.valid)).toBe('end');
    expect(await ask(certificates.expired)).toBe('CERT_HAS_EXPIRED');
    expect(await ask(certificates.wrongName)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await ask(certificates.unknownAuthority)).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY/);
    expect(await ask(certificates.selfSigned)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(await ask(certificates.valid, 'reset')).toBe('ECONNRESET');
    expect(await ask(certificates.valid, 'reset-half-way')).toMatch(/ECONNRESET|cut/);
    expect(await ask(certificates.valid, 'truncate')).toMatch(/ECONNRESET|cut/);
  });

  it('serves under another name', async () => {
    const certificates = await testCertificates();
    const server = await start({ tls: certificates.valid, hostname: 'localhost' });
    expect(server.url).toMatch(/^https:\/\/localhost:\d+\/repo\/$/);
  });
});

it('close ends hanging requests, and can be called twice', async () => {
  const server = await start({ fault: 'hang' });
  const pending = rawRequest(server.url + jarPath, { patienceMs: 20_000 });
  await expect.poll(() => server.count()).toBe(1);
  await server.close();
  await server.close();
  expect((await pending).ended).toBe('ECONNRESET');
});
