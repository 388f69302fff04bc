/** Attacks by a mirror with the files themselves, always with matching checksums. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { createBlackHolePort } from '../support/dead-port.js';
import { contentOf, coordinate, digest, errorOf, greeter, jar, pom } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';
import { forge, it, untrusted } from './stage.js';

const files = greeter();
const body = contentOf(files, jar);
const evil = greeter({ seed: 'evil' });
const good = { sha256: digest('sha256', body) };

describe('arbitrary software', () => {
  it('loses to the canonical checksum over https, and the forger is named', async ({ stage }) => {
    const canonical = await stage.secure(files);
    const forger = await stage.secure(evil);
    const found = await stage.against(canonical.url, [untrusted(forger.url, 'forger')]).resolveArtifact(coordinate);
    expect(found).toMatchObject({ ...good, mirror: canonical.url, verification: { level: 'origin' } });
    // Refused, or dropped because the other was quicker; but never believed.
    expect(
      stage.of('attempt-ended').filter(({ mirror, path, outcome }) => mirror === forger.url && path === jar && outcome === 'ok'),
    ).toEqual([]);
  });

  it('from one forger, while the canonical operator is away, is refused whatever its headers claim', async ({ stage }) => {
    const canonical = await stage.secure(files, { fault: { status: 503 } });
    const forger = await stage.secure(evil, {
      headers: (_path, content) => ({
        'x-checksum-sha1': digest('sha1', content),
        'x-checksum-sha256': digest('sha256', content),
        etag: `"{SHA1{${digest('sha1', content)}}}"`,
      }),
    });
    expect(await errorOf(stage.against(canonical.url, [untrusted(forger.url, 'forger')]).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_QUORUM',
      reason: 'too-few',
    });
    expect(await stage.placed()).toEqual([]);
  });

  it('from two mirrors of one forger, or of unknown operators, while the canonical operator is away, is not backed by a quorum', async ({
    stage,
  }) => {
    const canonical = await stage.secure(files, { fault: { status: 503 } });
    const forgers = await Promise.all([1, 2, 3].map(() => stage.secure(evil)));
    const [a, b, c] = forgers.map(({ url }) => url);
    const mirrors = [untrusted(a ?? '', 'forger'), untrusted(b ?? '', 'forger'), { url: c ?? '', trusted: false }];
    expect(await errorOf(stage.against(canonical.url, mirrors).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_QUORUM',
      reason: 'too-few',
    });
  });

  it("is backed by one witness only if a forger redirects another mirror's checksums to its own", async ({ stage }) => {
    const canonical = await stage.secure(files, { fault: { status: 503 } });
    const forger = await stage.secure(evil);
    const echo = await stage.secure(evil, { fault: { redirect: forger.url } });
    expect(
      await errorOf(
        stage.against(canonical.url, [untrusted(forger.url, 'forger'), untrusted(echo.url, 'echo')]).resolveArtifact(coordinate),
      ),
    ).toMatchObject({ code: 'ERR_QUORUM', reason: 'too-few' });
  });

  it('is not backed by a mirror that redirects to the forger, whether the forger answers in headers or in checksum files', async ({
    stage,
  }) => {
    const canonical = await stage.secure(files, { fault: { status: 503 } });
    const forger = await stage.secure(evil, { headers: (_path, content) => ({ 'x-checksum-sha1': digest('sha1', content) }) });
    const honest = await stage.secure(files, { fault: { redirect: forger.url } });
    const alias = await stage.secure(files, { fault: { redirect: forger.url.replace('localhost', '127.0.0.1') } });
    const mirrors = [untrusted(forger.url, 'forger'), untrusted(honest.url, 'honest'), untrusted(alias.url, 'alias')];
    expect(await errorOf(stage.against(canonical.url, mirrors).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_QUORUM',
      reason: 'too-few',
    });
    expect(await stage.placed()).toEqual([]);
  });

  it('loses to a pin, whatever the servers say', async ({ stage }) => {
    const canonical = await stage.secure(evil);
    const pins = join(stage.folder, 'pins');
    await writeFile(pins, `${good.sha256}  ${jar}\n`);
    expect(await errorOf(stage.against(canonical.url, [], { trustedChecksums: [pins] }).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_CHECKSUM',
      reason: 'mismatch',
    });
  });

  it('is noticed when a release that was seen before changes at its source', async ({ stage }) => {
    const live = new Map(files);
    const canonical = await stage.secure(live);
    await stage.against(canonical.url).resolveArtifact(coordinate);
    for (const [path, content] of evil) live.set(path, content);
    const elsewhere = stage.against(canonical.url, [], { localRepository: join(stage.folder, 'other') });
    expect(await errorOf(elsewhere.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_CHECKSUM', reason: 'changed' });
  });
});

describe.each(['asc', 'sig', 'jar.asc'])('an artifact of the extension %s is not exempt from proof', (extension) => {
  const invented = `org/example/greeter/1.0.0/greeter-1.0.0.${extension}`;
  const wanted = `org.example:greeter:${extension}:1.0.0`;

  it.for([undefined, 'origin', 'quorum'] as const)(
    'if an untrusted mirror invents it, with the minimum level %s',
    async (level, { stage }) => {
      const canonical = await stage.secure(files);
      const forger = await stage.secure(forge(files, { [invented]: 'an invention' }));
      const client = stage.against(canonical.url, [untrusted(forger.url, 'forger')], level === undefined ? {} : { trust: { level } });
      expect(await errorOf(client.resolveArtifact(wanted))).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'withdrawn-or-unpublished' });
      expect(await stage.placed()).not.toContain(invented);
    },
  );

  it('unless the canonical operator itself has no checksum and no minimum level is set', async ({ stage }) => {
    const canonical = await stage.secure(forge(files, { [invented]: 'published' }), {
      fault: { fault: { status: 404 }, match: /\.(asc|sig)\.\w+$/ },
    });
    expect(await errorOf(stage.against(canonical.url, [], { trust: { level: 'origin' } }).resolveArtifact(wanted))).toMatchObject({
      code: 'ERR_CHECKSUM',
      reason: 'missing',
    });
    expect(await stage.against(canonical.url).resolveArtifact(wanted)).toMatchObject({ verification: { level: 'none' } });
  });
});

describe('wrong software, mix-and-match', () => {
  const other = contentOf(greeter(), 'org/example/greeter/1.1.0/greeter-1.1.0.jar');
  it.for<[string, Record<string, Buffer>]>([
    ['the jar of another release with its checksums', { [jar]: other }],
    ['the POM of another release with its checksums', { [pom]: contentOf(files, 'org/example/greeter/1.1.0/greeter-1.1.0.pom') }],
    ['the jar of one mirror and the POM of another', { [jar]: contentOf(evil, jar), [pom]: contentOf(files, pom) }],
  ] as const)('is not used: %s', async ([_name, changes], { stage }) => {
    const canonical = await stage.secure(files);
    const mixer = await stage.secure(forge(files, changes));
    const found = await stage.against(canonical.url, [untrusted(mixer.url, 'mixer')]).resolveArtifact(coordinate);
    expect(found).toMatchObject(good);
    expect((await stage.read(pom)).equals(contentOf(files, pom))).toBe(true);
  });

  it('is not used for a graph: a POM from a trusted mirror that belongs to another artifact', async ({ stage }) => {
    const sound = world('app:1 -> lib:1', 'lib:1');
    const canonical = await stage.secure(sound);
    const swapped = await stage.secure(forge(sound, { [pathOf('lib', '1', 'pom')]: contentOf(sound, pathOf('app', '1', 'pom')) }));
    const resolution = await stage.against(canonical.url, [{ url: swapped.url, priority: -1 }]).resolveDependencies(['g:app:1']);
    expect(resolution.dependencies.map(({ coordinate: one }) => one)).toEqual(['g:app:1', 'g:lib:1']);
    expect((await stage.read(pathOf('lib', '1', 'pom'))).equals(contentOf(sound, pathOf('lib', '1', 'pom')))).toBe(true);
  });

  it('is noticed when half a file comes from one mirror and half from another', async ({ stage }) => {
    const broken = await stage.secure(greeter({ size: 40_000, seed: 'evil' }), { fault: { fault: 'truncate', match: /\.jar$/ } });
    const sound = greeter({ size: 40_000 });
    const canonical = await stage.secure(sound);
    const found = await stage.against(canonical.url, [{ url: broken.url, priority: -1 }]).resolveArtifact(coordinate);
    expect(found.sha256).toBe(digest('sha256', contentOf(sound, jar)));
  });
});

describe('extraneous dependencies: POMs changed in order to change the graph', () => {
  const sound = world(
    'app:1 -> lib:1',
    'lib:1',
    'evil:1',
    'old:1 <dependencies><dependency><groupId>g</groupId><artifactId>lib</artifactId><version>1</version></dependency></dependencies>',
  );
  const pomOf = (artifact: string, elements: string): string =>
    `<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>${artifact}</artifactId><version>1</version>${elements}</project>`;
  const on = (artifact: string): string =>
    `<dependencies><dependency><groupId>g</groupId><artifactId>${artifact}</artifactId><version>1</version></dependency></dependencies>`;

  it.for<[string, string, string]>([
    ['one more dependency', 'lib', on('evil')],
    ['a dependency left out', 'app', ''],
    ['a parent', 'lib', '<parent><groupId>g</groupId><artifactId>evil</artifactId><version>1</version></parent>'],
    ['a relocation', 'lib', '<distributionManagement><relocation><artifactId>evil</artifactId></relocation></distributionManagement>'],
    ['one more repository', 'lib', '<repositories><repository><id>evil</id><url>https://evil.example/</url></repository></repositories>'],
  ] as const)('are not used when an untrusted mirror adds %s', async ([_name, artifact, elements], { stage }) => {
    const canonical = await stage.secure(sound);
    const liar = await stage.secure(forge(sound, { [pathOf(artifact, '1', 'pom')]: pomOf(artifact, elements) }));
    const resolution = await stage.against(canonical.url, [untrusted(liar.url, 'liar')]).resolveDependencies(['g:app:1']);
    expect(resolution.dependencies.map(({ coordinate: one }) => one)).toEqual(['g:app:1', 'g:lib:1']);
    expect((await stage.placed()).filter((name) => name.includes('evil'))).toEqual([]);
    // And without the canonical mirror: refused, and not treated as a POM without dependencies.
    canonical.setFault({ status: 503 });
    const alone = stage.against(canonical.url, [untrusted(liar.url, 'liar')], { localRepository: join(stage.folder, 'alone') });
    expect(await errorOf(alone.resolveDependencies(['g:app:1']))).toMatchObject({
      code: expect.stringMatching(/^ERR_(QUORUM|CHECKSUM)$/) as unknown,
    });
  });

  it('are not caused by a mirror that hides a POM: it does not count as missing', async ({ stage }) => {
    const canonical = await stage.secure(sound, { fault: { fault: { status: 503 }, match: /\.pom/ } });
    const hider = await stage.secure(new Map([...sound].filter(([path]) => !path.includes('.pom'))));
    expect(await errorOf(stage.against(canonical.url, [untrusted(hider.url, 'hider')]).resolveDependencies(['g:app:1']))).toMatchObject({
      code: 'ERR_UNREACHABLE',
    });
  });

  it('are not fetched from repositories that a POM names', async ({ stage }) => {
    let asked = 0;
    const elsewhere = await stage.hostile((_path, _request, response) => {
      asked += 1;
      response.writeHead(404).end();
    });
    const named = world(
      `app:1 <repositories><repository><id>evil</id><url>${elsewhere}</url></repository></repositories> -> lib:1`,
      'lib:1',
    );
    const canonical = await stage.secure(named);
    await stage.against(canonical.url).resolveDependencies(['g:app:1']);
    expect(asked).toBe(0);
  });
});

describe('malicious mirror blocking updates', () => {
  it.for([
    ['404 for everything', { status: 404 }],
    ['403 for everything', { status: 403 }],
    ['429 for half an hour', { status: 429, retryAfter: 1800 }],
    ['an old page for everything', 'html'],
    ['silence', 'hang'],
    ['resets', 'reset'],
    ['a circle of redirects', 'redirect-loop'],
    ['bodies without end', 'endless'],
  ] as const)('with %s from the first mirror: the file and the newest version still arrive', async ([_name, fault], { stage }) => {
    const canonical = await stage.secure(files);
    const blocker = await stage.secure(files, { fault });
    const client = stage.against(canonical.url, [{ url: blocker.url, priority: -1 }], { artifactMaxBytes: 1 << 20 });
    expect(await client.resolveArtifact('org.example:greeter:RELEASE')).toMatchObject({ version: '1.1.0' });
    expect(await client.resolveArtifact(coordinate)).toMatchObject(good);
  });
});

describe('malicious mirror blocking updates with files that match their checksums', () => {
  it.for([
    ['empty', ''],
    ['of one byte', 'x'],
    ['a page', '<html><body>gone</body></html>'],
  ] as const)('with %s from a mirror that the user trusts', async ([_name, content], { stage }) => {
    const canonical = await stage.secure(files);
    const blocker = await stage.secure(forge(files, { [jar]: content, [pom]: content }));
    const ended = await stage
      .against(canonical.url, [{ url: blocker.url, priority: -1 }])
      .resolveArtifact(coordinate)
      .catch((error: unknown) => error);
    // One byte with a matching checksum is accepted on a trusted mirror's word; an empty file and a page are not artifacts.
    if (content === 'x') expect(ended).toMatchObject({ size: 1, verification: { level: 'transport' } });
    else expect(ended).toMatchObject(good);
  });
});

describe('a mirror slowed or black-holed by an attacker to move users to their own', () => {
  it("black-holed: the attacker's mirror is asked, but not believed", async ({ stage }) => {
    const hole = await createBlackHolePort();
    const forger = await stage.secure(evil);
    const client = stage.against(`https://localhost:${hole.port}/`, [untrusted(forger.url, 'forger', 1)], {}, { connectTimeoutMs: 500 });
    try {
      expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_QUORUM', reason: 'too-few' });
      expect(await stage.placed()).toEqual([]);
    } finally {
      await client.close();
      await hole.close();
    }
  });

  it('slowed: the attacker is quicker but not believed, and the file of the slow mirror is used', async ({ stage }) => {
    const canonical = await stage.secure(files, { fault: { delayMs: 700 } });
    const forger = await stage.secure(evil);
    const found = await stage.against(canonical.url, [untrusted(forger.url, 'forger', 1)]).resolveArtifact(coordinate);
    expect(found).toMatchObject({ ...good, mirror: canonical.url });
  });

  it('with its checksums slowed and its bodies cut: as many checksums are required as before', async ({ stage }) => {
    const canonical = await stage.secure(files, {
      fault: (path) => (path.endsWith('.jar') ? 'reset' : path.endsWith('.sha1') ? { delayMs: 500 } : null),
    });
    const honest = await stage.secure(files);
    const forger = await stage.secure(evil);
    const found = await stage
      .against(canonical.url, [untrusted(forger.url, 'forger', 1), untrusted(honest.url, 'honest', 2)])
      .resolveArtifact(coordinate);
    expect(found).toMatchObject({ ...good, mirror: honest.url });
  });
});
