/** The proof that is needed before a file is handed over, and the errors when it is missing. */
import { createHash } from 'node:crypto';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { testCertificates } from '../support/certificate.js';
import { contentOf, coordinate, digest, errorOf, greeter, it, jar } from '../support/workbench.js';

const files = greeter();
const forged = greeter({ seed: 'forged' });
const nothing = new Map<string, Buffer>();
const bare = new Map([...files].filter(([path]) => !/\.(sha1|md5)$/.test(path)));

const certificates = await testCertificates();

const https = () => ({ tls: certificates.valid });
const untrusted = (url: string, operator: string, priority = 1) => ({ url, operator, priority, trusted: false });

describe('levels', () => {
  it('transport: the canonical mirror over plain http, with its own checksum', async ({ bench }) => {
    const server = await bench.serve(files);
    const found = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
    expect(found.verification).toMatchObject({
      level: 'transport',
      proofs: ['transport:sha1'],
      checksum: { algorithm: 'sha1', source: server.url },
    });
    expect(server.count(`${jar}.sha1`)).toBe(1);
  });

  it('origin: the body from an untrusted mirror, the checksum from the canonical operator over https', async ({ bench }) => {
    // The canonical server has only the checksums, so that timing cannot decide which server sends the body.
    const canonical = await bench.serve(files, { ...https(), fault: { fault: { status: 503 }, match: /\.(jar|pom)$/ } });
    const mirror = await bench.serve(files);
    const found = await bench
      .client({
        ca: certificates.ca,
        repositories: [{ id: 'r', url: canonical.url, operator: 'c', mirrors: [untrusted(mirror.url, 'm', -1)] }],
      })
      .resolveArtifact(coordinate);
    expect(found).toMatchObject({ mirror: mirror.url, verification: { level: 'origin', proofs: ['origin:sha1', 'transport:sha1'] } });
  });

  it('refuses a forged body with matching checksums from an untrusted mirror, and takes the canonical one', async ({ bench }) => {
    const [canonical, mirror] = [await bench.serve(files, https()), await bench.serve(forged)];
    const found = await bench
      .client({ ca: certificates.ca, repositories: [{ id: 'r', url: canonical.url, mirrors: [untrusted(mirror.url, 'm', -1)] }] })
      .resolveArtifact(coordinate);
    expect(found).toMatchObject({ mirror: canonical.url, sha256: digest('sha256', contentOf(files, jar)) });
    // Refused, or aborted as too slow: either way its bytes were not used.
    expect(
      bench.of('attempt-ended').filter((event) => event.path === jar && event.mirror === mirror.url && event.outcome === 'ok'),
    ).toEqual([]);
  });

  it('quorum: two operators agree while the canonical one is down', async ({ bench }) => {
    const [canonical, a, b] = [
      await bench.serve(files, { fault: 'refuse' }),
      await bench.serve(files, https()),
      await bench.serve(files, https()),
    ];
    const found = await bench
      .client({
        ca: certificates.ca,
        repositories: [{ id: 'r', url: canonical.url, mirrors: [untrusted(a.url, 'a'), untrusted(b.url, 'b')] }],
      })
      .resolveArtifact(coordinate);
    expect(found.verification.level).toBe('quorum');
    expect(found.verification.proofs[0]).toBe('quorum:a,b');
  });

  it.for([
    ['one mirror alone', ['a']],
    ['two mirrors of one operator', ['a', 'a']],
  ] as const)('%s cannot form a quorum', async ([_name, operators], { bench }) => {
    const canonical = await bench.serve(files, { fault: 'refuse' });
    const mirrors = await Promise.all(operators.map(async (operator) => untrusted((await bench.serve(files, https())).url, operator)));
    const error = await errorOf(
      bench.client({ ca: certificates.ca, repositories: [{ id: 'r', url: canonical.url, mirrors }] }).resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_QUORUM', reason: 'too-few' });
    expect(error.hint).toContain('--accept-mirror-checksums');
    expect(await bench.placed()).toEqual([]);
  });

  it('mirrors over plain http cannot form a quorum: an attacker on the network could speak for all of them', async ({ bench }) => {
    const [canonical, a, b] = [await bench.serve(files, { fault: 'refuse' }), await bench.serve(files), await bench.serve(files)];
    const mirrors = [untrusted(a.url, 'a'), untrusted(b.url, 'b')];
    const error = await errorOf(bench.client({ repositories: [{ id: 'r', url: canonical.url, mirrors }] }).resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_QUORUM', reason: 'too-few' });
  });

  it('acceptMirrorChecksums believes the mirror that served the file, at level transport', async ({ bench }) => {
    const [canonical, a] = [await bench.serve(files, { fault: 'refuse' }), await bench.serve(files)];
    const found = await bench
      .client({ trust: { acceptMirrorChecksums: true }, repositories: [{ id: 'r', url: canonical.url, mirrors: [untrusted(a.url, 'a')] }] })
      .resolveArtifact(coordinate);
    expect(found).toMatchObject({ mirror: a.url, verification: { level: 'transport' } });
  });

  it('disagreement between operators fails, and the error names both sides', async ({ bench }) => {
    const [canonical, a, b] = [
      await bench.serve(files, { fault: 'refuse' }),
      await bench.serve(files, https()),
      await bench.serve(forged, https()),
    ];
    const error = await errorOf(
      bench
        .client({
          ca: certificates.ca,
          repositories: [{ id: 'r', url: canonical.url, mirrors: [untrusted(a.url, 'a'), untrusted(b.url, 'b')] }],
        })
        .resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_QUORUM', reason: 'disagreement' });
    expect(error.message).toMatch(/\ba\b.*\bb\b|\bb\b.*\ba\b/);
  });

  it('a rule requires a higher level for some groups', async ({ bench }) => {
    const server = await bench.serve(files);
    const client = bench.client({
      trust: { rules: [{ group: 'org.example', level: 'origin' }] },
      repositories: [{ id: 'r', url: server.url }],
    });
    expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_CHECKSUM' });
    await bench
      .client({ trust: { rules: [{ group: 'org.other', level: 'origin' }] }, repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate);
  });
});

describe('a file that the canonical operator does not have', () => {
  it.for([
    ['one untrusted mirror has it', [{ operator: 'a', trusted: false }], null],
    ['a trusted mirror has it', [{ operator: 'a', trusted: true }], 'transport'],
    [
      'a quorum has it',
      [
        { operator: 'a', trusted: false },
        { operator: 'b', trusted: false },
      ],
      'quorum',
    ],
  ] as const)('is judged by its holders: %s', async ([_name, holders, level], { bench }) => {
    const canonical = await bench.serve(nothing, https());
    const mirrors = await Promise.all(holders.map(async (holder) => ({ ...holder, url: (await bench.serve(files, https())).url })));
    const result = bench
      .client({ ca: certificates.ca, repositories: [{ id: 'r', url: canonical.url, operator: 'c', mirrors }] })
      .resolveArtifact(coordinate);
    if (level !== null) {
      expect((await result).verification.level).toBe(level);
      return;
    }
    const error = await errorOf(result);
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'withdrawn-or-unpublished' });
    expect(error.message).toContain(mirrors[0]?.url);
  });
});

describe('pins and the first-seen record', () => {
  it('a trusted-checksum file decides, whether it matches or not', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url }];
    const good = join(bench.folder, 'good.txt');
    const bad = join(bench.folder, 'bad.txt');
    await writeFile(good, `${digest('sha256', contentOf(files, jar))}  ${jar}\n`);
    await writeFile(bad, `${digest('sha256', contentOf(forged, jar))}  ${jar}\n`);
    const error = await errorOf(bench.client({ repositories, trustedChecksums: [bad] }).resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_CHECKSUM', reason: 'mismatch' });
    expect((await bench.placed()).filter((name) => name.endsWith('.jar'))).toEqual([]);
    const found = await bench.client({ repositories, trustedChecksums: [good] }).resolveArtifact(coordinate);
    expect(found.verification.level).toBe('pinned');
    // A file that is already present is checked against a new pin.
    expect(await errorOf(bench.client({ repositories, trustedChecksums: [bad] }).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_CHECKSUM',
      reason: 'mismatch',
    });
  });

  it('a release that changes at its origin is refused', async ({ bench }) => {
    const live = new Map(files);
    const server = await bench.serve(live, https());
    const options = { ca: certificates.ca, repositories: [{ id: 'r', url: server.url }] };
    expect((await bench.client(options).resolveArtifact(coordinate)).verification.level).toBe('origin');
    for (const [path, content] of forged) live.set(path, content);
    const error = await errorOf(bench.client({ ...options, localRepository: join(bench.folder, 'other') }).resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_CHECKSUM', reason: 'changed' });
  });
});

describe('missing checksums', () => {
  it.for([
    ['fail', null, []],
    ['warn', 'none', ['verification', 'verification']],
    ['ignore', 'none', []],
  ] as const)('are handled: %s', async ([checksums, level, warnings], { bench }) => {
    const server = await bench.serve(bare);
    const result = bench.client({ trust: { checksums }, repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
    if (level === null) expect(await errorOf(result)).toMatchObject({ code: 'ERR_CHECKSUM', reason: 'missing' });
    else expect((await result).verification.level).toBe(level);
    expect(bench.of('warning').map(({ warning }) => warning)).toEqual(warnings);
  });

  it('may be replaced by checksums in response headers', async ({ bench }) => {
    const server = await bench.serve(bare, {
      headers: (_path, body) => ({ 'x-checksum-sha256': createHash('sha256').update(body).digest('hex') }),
    });
    const found = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
    expect(found.verification.proofs).toContain('transport:sha256');
  });

  it.for([
    ['x-goog-hash', 'md5', (body: Buffer) => `crc32c=AAAAAA==,md5=${createHash('md5').update(body).digest('base64')}`],
    ['x-amz-meta-sha1', 'sha1', (body: Buffer) => digest('sha1', body)],
    ['x-amz-meta-sha256', 'sha256', (body: Buffer) => digest('sha256', body)],
  ] as const)('may be replaced by %s, right or wrong', async ([header, algorithm, format], { bench }) => {
    const server = await bench.serve(bare, {
      headers: (path, body) => (path.includes('1.1.0') ? { [header]: format(Buffer.from('another body')) } : { [header]: format(body) }),
    });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const good = client.resolveArtifact(coordinate);
    expect((await good).verification.proofs).toContain(`transport:${algorithm}`);
    expect(await errorOf(client.resolveArtifact('org.example:greeter:1.1.0'))).toMatchObject({ code: 'ERR_CHECKSUM', reason: 'mismatch' });
  });

  it('do not excuse a wrong checksum header', async ({ bench }) => {
    const server = await bench.serve(files, { headers: () => ({ 'x-checksum-sha256': 'a'.repeat(64) }) });
    expect(await errorOf(bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_CHECKSUM',
      reason: 'mismatch',
    });
  });

  it('do not matter for a signature file', async ({ bench }) => {
    const path = `${jar}.asc`;
    const server = await bench.serve(new Map([...files, [path, Buffer.from('-----BEGIN PGP SIGNATURE-----\n')]]));
    const found = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact('org.example:greeter:jar.asc:1.0.0');
    expect(found.path.endsWith(path)).toBe(true);
    expect(server.count(new RegExp('asc\\.(sha|md5)'))).toBe(0);
  });
});

describe('files already in the local repository', () => {
  it('are not requested again and keep their level; --paranoid finds a change', async ({ bench }) => {
    const server = await bench.serve(files, https());
    const options = { ca: certificates.ca, repositories: [{ id: 'r', url: server.url }] };
    const first = await bench.client(options).resolveArtifact(coordinate);
    server.clear();
    const second = await bench.client(options).resolveArtifact(coordinate);
    expect(second).toMatchObject({
      mirror: null,
      repository: 'r',
      sha256: first.sha256,
      verification: { level: 'origin', proofs: first.verification.proofs },
    });
    expect(server.count()).toBe(0);
    expect((await bench.client({ ...options, paranoid: true }).resolveArtifact(coordinate)).sha256).toBe(first.sha256);
    await appendFile(first.path, 'x');
    expect(await errorOf(bench.client({ ...options, paranoid: true }).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_LOCAL_REPOSITORY',
      reason: 'corrupt',
      path: first.path,
    });
    expect(server.count(jar)).toBe(0);
  });

  it('of another tool are used at level local, with or without tracking files, and never overwritten', async ({ bench }) => {
    const server = await bench.serve(forged);
    for (const path of [jar, `${jar}.sha1`, jar.replace('.jar', '.pom')]) await bench.write(path, contentOf(files, path));
    const found = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
    expect(found).toMatchObject({
      repository: null,
      mirror: null,
      sha256: digest('sha256', contentOf(files, jar)),
      verification: { level: 'local', proofs: ['local'] },
    });
    expect(server.count()).toBe(0);
  });

  it('are checked against the checksum file next to them', async ({ bench }) => {
    const server = await bench.serve(files);
    await bench.write(jar, contentOf(forged, jar));
    await bench.write(`${jar}.sha1`, contentOf(files, `${jar}.sha1`));
    const error = await errorOf(bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' });
    expect((await bench.read(jar)).equals(contentOf(forged, jar))).toBe(true);
  });

  it('are used offline; missing files give an error that says so', async ({ bench }) => {
    const server = await bench.serve(files);
    const options = { repositories: [{ id: 'r', url: server.url }] };
    await bench.client(options).resolveArtifact(coordinate);
    server.clear();
    const offline = bench.client({ ...options, offline: true });
    expect((await offline.resolveArtifact(coordinate)).mirror).toBeNull();
    expect(await errorOf(offline.resolveArtifact('org.example:greeter:1.1.0'))).toMatchObject({ code: 'ERR_OFFLINE', reason: 'absent' });
    expect(server.count()).toBe(0);
  });
});
