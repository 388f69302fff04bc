/** Versions that are not exact: what metadata may decide, and which metadata counts. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';

import { describe, expect } from 'vitest';

import type { ClientEvent } from '../../src/index.js';
import { testCertificates } from '../support/certificate.js';
import { contentOf, errorOf, greeter, it, metadata } from '../support/workbench.js';

const many = greeter({ versions: ['1.0.0', '1.2.0', '1.3.0-rc1', '2.0.0', '2.1-SNAPSHOT'] });
const older = greeter({ versions: ['1.0.0'], lastUpdated: '20200101000000' });
const newer = greeter({ versions: ['1.0.0', '1.1.0'], lastUpdated: '20210101000000' });
const untrusted = (url: string, operator: string, priority = 1) => ({ url, operator, priority, trusted: false });

describe('a version request', () => {
  it.for([
    ['RELEASE', 'org.example:greeter:RELEASE', '2.0.0'],
    ['LATEST', 'org.example:greeter:LATEST', '2.1-SNAPSHOT'],
    ['none', 'org.example/greeter', '2.0.0'],
    ['a range', 'org.example:greeter:[1.0.0,2.0.0)', '1.3.0-rc1'],
    ['a closed range', 'org.example:greeter:[1.0.0,1.2.0]', '1.2.0'],
    ['a selector without prereleases', 'org.example/greeter@^1.0', '1.2.0'],
  ] as const)('is resolved: %s', async ([_name, wanted, version], { bench }) => {
    const server = await bench.serve(many);
    const found = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(wanted);
    expect(found.version).toBe(version);
  });

  it('fails with ERR_RANGE when nothing matches', async ({ bench }) => {
    const server = await bench.serve(many);
    const error = await errorOf(bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact('org.example:greeter:[9,)'));
    expect(error).toMatchObject({ code: 'ERR_RANGE', reason: 'no-match' });
  });

  it('is answered offline from kept metadata', async ({ bench }) => {
    const server = await bench.serve(many);
    const options = { repositories: [{ id: 'r', url: server.url }] };
    await bench.client(options).resolveArtifact('org.example:greeter:RELEASE');
    expect((await bench.client({ ...options, offline: true }).resolveArtifact('org.example:greeter:RELEASE')).version).toBe('2.0.0');
  });
});

describe('snapshots', () => {
  const folder = 'org/example/greeter/2.0-SNAPSHOT';
  const builds = [
    { timestamp: '20240101.000000', buildNumber: 1 },
    { timestamp: '20240202.000000', buildNumber: 2 },
  ];
  const snapshots = (count: number) => greeter({ versions: ['2.0-SNAPSHOT'], snapshots: builds.slice(0, count) });

  it('are placed as the newest build under its timestamp, with a copy under the base name, as Maven does', async ({ bench }) => {
    const live = snapshots(1);
    const server = await bench.serve(live);
    const options = { repositories: [{ id: 'r', url: server.url }] };
    const first = await bench.client(options).resolveArtifact('org.example:greeter:2.0-SNAPSHOT');
    expect(first.version).toBe('2.0-SNAPSHOT');
    expect(first.path.endsWith(`${folder}/greeter-2.0-20240101.000000-1.jar`)).toBe(true);
    for (const [path, content] of snapshots(2)) live.set(path, content);
    const second = await bench.client(options).resolveArtifact('org.example:greeter:2.0-SNAPSHOT');
    expect(second.path.endsWith('greeter-2.0-20240202.000000-2.jar')).toBe(true);
    const placed = await bench.placed();
    for (const name of [
      'greeter-2.0-SNAPSHOT.jar',
      'greeter-2.0-SNAPSHOT.pom',
      'greeter-2.0-20240202.000000-2.pom',
      'maven-metadata-r.xml',
    ])
      expect(placed).toContain(`${folder}/${name}`);
    expect(
      (await bench.read(`${folder}/greeter-2.0-SNAPSHOT.jar`)).equals(contentOf(live, `${folder}/greeter-2.0-20240202.000000-2.jar`)),
    ).toBe(true);
    // And offline again.
    server.clear();
    const offline = await bench.client({ ...options, offline: true }).resolveArtifact('org.example:greeter:2.0-SNAPSHOT');
    expect(offline.path).toBe(second.path);
    expect(server.count()).toBe(0);
  });

  it('are taken exactly if the coordinate names a build', async ({ bench }) => {
    const server = await bench.serve(snapshots(2));
    const found = await bench
      .client({ repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact('org.example:greeter:2.0-20240101.000000-1');
    expect(found.path.endsWith(`${folder}/greeter-2.0-20240101.000000-1.jar`)).toBe(true);
  });

  it('installed here later than the newest build win, and stay', async ({ bench }) => {
    const server = await bench.serve(snapshots(2));
    await bench.write(`${folder}/greeter-2.0-SNAPSHOT.jar`, 'installed');
    await bench.write(`${folder}/greeter-2.0-SNAPSHOT.pom`, '<project/>');
    await bench.write(`${folder}/_remote.repositories`, 'greeter-2.0-SNAPSHOT.jar>=\ngreeter-2.0-SNAPSHOT.pom>=\n');
    await bench.write(
      `${folder}/maven-metadata-local.xml`,
      '<metadata><groupId>org.example</groupId><artifactId>greeter</artifactId><version>2.0-SNAPSHOT</version><versioning><snapshot><localCopy>true</localCopy></snapshot><lastUpdated>20250101000000</lastUpdated></versioning></metadata>',
    );
    const found = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact('org.example:greeter:2.0-SNAPSHOT');
    expect(found.path.endsWith('greeter-2.0-SNAPSHOT.jar')).toBe(true);
    expect((await bench.read(`${folder}/greeter-2.0-SNAPSHOT.jar`)).toString()).toBe('installed');
  });

  it('put under the base name by hand are left alone, with a warning', async ({ bench }) => {
    const server = await bench.serve(snapshots(1));
    await bench.write(`${folder}/greeter-2.0-SNAPSHOT.jar`, 'my own work');
    const warnings: string[] = [];
    const onEvent = (event: ClientEvent): void => void (event.type === 'warning' && warnings.push(event.message));
    const found = await bench
      .client({ repositories: [{ id: 'r', url: server.url }], onEvent })
      .resolveArtifact('org.example:greeter:2.0-SNAPSHOT');
    expect(found.path.endsWith('greeter-2.0-20240101.000000-1.jar')).toBe(true);
    expect((await bench.read(`${folder}/greeter-2.0-SNAPSHOT.jar`)).toString()).toBe('my own work');
    expect(warnings).toEqual([expect.stringContaining('greeter-2.0-SNAPSHOT.jar is not a copy of a build and was left as it is')]);
  });

  it('copied from an earlier build are replaced by the newest one', async ({ bench }) => {
    const server = await bench.serve(snapshots(1));
    const options = { repositories: [{ id: 'r', url: server.url }] };
    await bench.client(options).resolveArtifact('org.example:greeter:2.0-SNAPSHOT');
    const next = snapshots(2);
    const later = await bench.serve(next);
    await bench.client({ repositories: [{ id: 'r', url: later.url }] }).resolveArtifact('org.example:greeter:2.0-SNAPSHOT');
    expect(await bench.read(`${folder}/greeter-2.0-SNAPSHOT.jar`)).toEqual(contentOf(next, `${folder}/greeter-2.0-20240202.000000-2.jar`));
  });
});

describe('builds without a timestamp', () => {
  const folder = 'org/example/greeter/main-SNAPSHOT';
  const metadata = (timestamp: string): string =>
    `<metadata><groupId>org.example</groupId><artifactId>greeter</artifactId><version>main-SNAPSHOT</version><versioning><snapshot><timestamp>${timestamp}</timestamp><buildNumber>1</buildNumber></snapshot><lastUpdated>20240102030405</lastUpdated></versioning></metadata>`;
  const repository = (timestamp: string, build: string): Map<string, Buffer> => {
    const files = new Map(greeter({ versions: [build] }));
    const content = Buffer.from(metadata(timestamp));
    files.set(`${folder}/maven-metadata.xml`, content);
    files.set(`${folder}/maven-metadata.xml.sha1`, Buffer.from(createHash('sha1').update(content).digest('hex')));
    return files;
  };

  it('are versions with a folder of their own if a commit takes the place of the timestamp, as for Maven', async ({ bench }) => {
    const server = await bench.serve(repository('7146c6de53', 'main-7146c6de53-1'));
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const found = await client.resolveArtifact('org.example:greeter:main-SNAPSHOT');
    expect(found.path.endsWith('org/example/greeter/main-7146c6de53-1/greeter-main-7146c6de53-1.jar')).toBe(true);
    const { dependencies } = await client.resolveDependencies(['org.example:greeter:main-SNAPSHOT']);
    expect(dependencies.map(({ path }) => path)).toEqual([found.path]);
    expect(await bench.placed()).toContain('org/example/greeter/main-7146c6de53-1/greeter-main-7146c6de53-1.pom');
  });

  it.for(['../../../etc', 'a b', '%2e%2e', '20240101.000000.'])(
    'that cannot be a file name (%j) are never reported as an invalid coordinate of the user',
    async (stamp, { bench }) => {
      const server = await bench.serve(repository(stamp, 'main-1'));
      const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
      await expect(client.resolveArtifact('org.example:greeter:main-SNAPSHOT')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    },
  );

  it('that cannot be a file name are skipped for the newest release that can', async ({ bench }) => {
    const files = new Map(greeter({ versions: ['1.0'] }));
    const content = Buffer.from(
      '<metadata><groupId>org.example</groupId><artifactId>greeter</artifactId><versioning><release>9@1</release><versions><version>1.0</version><version>9@1</version></versions></versioning></metadata>',
    );
    files.set('org/example/greeter/maven-metadata.xml', content);
    files.set('org/example/greeter/maven-metadata.xml.sha1', Buffer.from(createHash('sha1').update(content).digest('hex')));
    const client = bench.client({ repositories: [{ id: 'r', url: (await bench.serve(files)).url }] });
    expect((await client.resolveArtifact('org.example:greeter:RELEASE')).version).toBe('1.0');
    expect((await client.resolveArtifact('org.example:greeter:[1.0,)')).version).toBe('1.0');
    const { dependencies } = await client.resolveDependencies(['org.example:greeter:[1.0,)']);
    expect(dependencies[0]?.version).toBe('1.0');
  });
});

describe('versions installed here', () => {
  it('are seen by a range and by RELEASE, online too, and are not a rollback when they go', async ({ bench }) => {
    const server = await bench.serve(newer);
    const folder = 'org/example/greeter';
    await bench.write(`${folder}/9.0/greeter-9.0.jar`, 'installed');
    await bench.write(
      `${folder}/9.0/greeter-9.0.pom`,
      '<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>greeter</artifactId><version>9.0</version></project>',
    );
    await bench.write(`${folder}/9.0/_remote.repositories`, 'greeter-9.0.jar>=\ngreeter-9.0.pom>=\n');
    await bench.write(
      `${folder}/maven-metadata-local.xml`,
      '<metadata><groupId>org.example</groupId><artifactId>greeter</artifactId><versioning><release>9.0</release><versions><version>9.0</version></versions><lastUpdated>20990101000000</lastUpdated></versioning></metadata>',
    );
    const warnings: string[] = [];
    const options = {
      repositories: [{ id: 'r', url: server.url }],
      onEvent: (event: ClientEvent) => void (event.type === 'warning' && warnings.push(event.warning)),
    };
    for (const version of ['[1.0,)', 'RELEASE']) {
      const { dependencies } = await bench.client(options).resolveDependencies([{ group: 'org.example', artifact: 'greeter', version }]);
      expect(dependencies[0]?.path?.endsWith('greeter-9.0.jar')).toBe(true);
    }
    await rm(`${bench.m2}/${folder}`, { recursive: true });
    expect((await bench.client(options).resolveArtifact('org.example:greeter:[1.0,)')).version).not.toBe('9.0');
    expect(warnings).not.toContain('metadata-rollback');
  });
});

describe('the metadata that counts', () => {
  it('is the canonical one; a version that an untrusted mirror invents is not even requested', async ({ bench }) => {
    const [canonical, liar] = [await bench.serve(newer), await bench.serve(many)];
    const list = await bench
      .client({ repositories: [{ id: 'r', url: canonical.url, mirrors: [untrusted(liar.url, 'l', -1)] }] })
      .resolveVersions('org.example:greeter');
    expect(list.versions).toEqual(['1.0.0', '1.1.0']);
    expect(liar.count(metadata)).toBe(0);
  });

  it('needs a quorum while the canonical one is down; an invented version is ignored with a warning', async ({ bench }) => {
    const { ca, valid } = await testCertificates();
    const tls = { tls: valid, hostname: 'localhost' };
    const [canonical, a, b] = [await bench.serve(newer, { fault: 'refuse' }), await bench.serve(newer, tls), await bench.serve(many, tls)];
    const list = await bench
      .client({ ca, repositories: [{ id: 'r', url: canonical.url, mirrors: [untrusted(a.url, 'a'), untrusted(b.url, 'b')] }] })
      .resolveVersions('org.example:greeter');
    expect(list.versions).toEqual(['1.0.0']);
    expect(list.warnings.join('\n')).toContain('2.0.0');
    expect(list.repositories[0]?.sources.map(({ mirror }) => mirror).sort()).toEqual([a.url, b.url].sort());
  });

  it('cannot come from one untrusted mirror alone', async ({ bench }) => {
    const [canonical, a] = [await bench.serve(newer, { fault: 'refuse' }), await bench.serve(newer)];
    const client = bench.client({ repositories: [{ id: 'r', url: canonical.url, mirrors: [untrusted(a.url, 'a')] }] });
    expect((await client.resolveVersions('org.example:greeter')).versions).toEqual([]);
    expect(await errorOf(client.resolveArtifact('org.example:greeter:RELEASE'))).toMatchObject({ code: 'ERR_RANGE' });
  });

  it('is reported when it goes back in time', async ({ bench }) => {
    const live = new Map(newer);
    const server = await bench.serve(live);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    await client.resolveVersions('org.example:greeter');
    expect(bench.of('warning')).toEqual([]);
    for (const [path, content] of older) live.set(path, content);
    const list = await client.resolveVersions('org.example:greeter');
    expect(list.warnings[0]).toContain('1.1.0');
    expect(bench.of('warning').map(({ warning }) => warning)).toContain('metadata-rollback');
  });

  it('may come from a later repository only if an unreachable earlier one may be skipped', async ({ bench }) => {
    const [a, b] = [await bench.serve(newer, { fault: 'refuse' }), await bench.serve(newer)];
    const error = await errorOf(
      bench
        .client({
          repositories: [
            { id: 'a', url: a.url },
            { id: 'b', url: b.url },
          ],
        })
        .resolveVersions('org.example:greeter'),
    );
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'refused' });
  });
});
