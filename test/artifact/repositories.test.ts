/** Which repository a file is taken from: order, bindings, and when a repository may be skipped. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, describe, expect } from 'vitest';

import { testCertificates } from '../support/certificate.js';
import { createRefusingPort, type DeadPort } from '../support/dead-port.js';
import type { FaultServer } from '../support/fault-server.js';
import { contentOf, coordinate, digest, errorOf, greeter, it, jar, pom } from '../support/workbench.js';

const first = greeter({ seed: 'first' });
const second = greeter({ seed: 'second' });
const nothing = new Map<string, Buffer>();

describe('repositories in order', () => {
  it('takes the file from the earliest that has it, and asks no later one', async ({ bench }) => {
    const [a, b] = [await bench.serve(first), await bench.serve(second)];
    const found = await bench
      .client({
        repositories: [
          { id: 'a', url: a.url },
          { id: 'b', url: b.url },
        ],
      })
      .resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'a', mirror: a.url, sha256: digest('sha256', contentOf(first, jar)) });
    expect(b.count()).toBe(0);
  });

  it('uses a later one after every earlier one has answered that it lacks the file', async ({ bench }) => {
    const [a, b, c] = [await bench.serve(nothing), await bench.serve(nothing), await bench.serve(second)];
    const found = await bench
      .client({
        repositories: [
          { id: 'a', url: a.url },
          { id: 'b', url: b.url },
          { id: 'c', url: c.url },
        ],
      })
      .resolveArtifact(coordinate);
    expect(found.repository).toBe('c');
    for (const server of [a, b]) expect(server.count(jar)).toBe(1);
    expect((await bench.read('org/example/greeter/1.0.0/_remote.repositories')).toString()).toContain('greeter-1.0.0.jar>c=');
  });

  it('stays with the earlier one however slow it is', async ({ bench }) => {
    const [a, b] = [await bench.serve(first, { fault: { delayMs: 700 } }), await bench.serve(second)];
    const found = await bench
      .client({
        repositories: [
          { id: 'a', url: a.url },
          { id: 'b', url: b.url },
        ],
      })
      .resolveArtifact(coordinate);
    expect(found.repository).toBe('a');
    // The answer of the later one could not be used, so it does not even learn the name.
    expect(b.count()).toBe(0);
  });

  it('does not skip one that cannot be reached, and says how to bind the group', async ({ bench }) => {
    const [a, b] = [await bench.serve(first, { fault: 'refuse' }), await bench.serve(second)];
    const error = await errorOf(
      bench
        .client({
          repositories: [
            { id: 'a', url: a.url },
            { id: 'b', url: b.url },
          ],
        })
        .resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'refused' });
    expect(error.hint).toContain('--repo-for org.example=b');
    expect(error.attempts[0]).toMatchObject({ mirror: a.url, outcome: 'refused', status: null });
    expect(await bench.placed()).toEqual([]);
  });

  it('reports not found only if all of them answered so', async ({ bench }) => {
    const [a, b] = [await bench.serve(nothing), await bench.serve(nothing)];
    const error = await errorOf(
      bench
        .client({
          repositories: [
            { id: 'a', url: a.url },
            { id: 'b', url: b.url },
          ],
        })
        .resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    expect(error.attempts.map(({ mirror, outcome }) => [mirror, outcome])).toEqual([
      [a.url, 'not-found'],
      [b.url, 'not-found'],
    ]);
    // A missing POM is not worth mentioning either.
    expect(bench.of('warning')).toEqual([]);
  });

  it("treats '410 Gone' as not found", async ({ bench }) => {
    const [a, b] = [await bench.serve(first, { fault: { status: 410 } }), await bench.serve(second)];
    const found = await bench
      .client({
        repositories: [
          { id: 'a', url: a.url },
          { id: 'b', url: b.url },
        ],
      })
      .resolveArtifact(coordinate);
    expect(found.repository).toBe('b');
    expect(a.count(jar)).toBe(1);
  });

  it('warns of a missing POM if the jar exists', async ({ bench }) => {
    const files = new Map([...first].filter(([path]) => !path.includes('.pom')));
    const server = await bench.serve(files);
    await bench.client({ repositories: [{ id: 'a', url: server.url }] }).resolveArtifact(coordinate);
    expect(bench.of('warning').map(({ warning }) => warning)).toEqual(['no-pom']);
  });
});

describe('bindings', () => {
  it.for([
    ['repoFor', { repoFor: { 'org.example': 'b' } }, undefined],
    ['groups', {}, ['org.example', 'org.example.*']],
  ] as const)(
    '%s: asks only the bound repository for a bound group, even when others are down',
    async ([_name, options, groups], { bench }) => {
      const [a, b] = [await bench.serve(first, { fault: 'hang' }), await bench.serve(second)];
      const found = await bench
        .client({
          ...options,
          repositories: [
            { id: 'a', url: a.url },
            { id: 'b', url: b.url, ...(groups ? { groups } : {}) },
          ],
        })
        .resolveArtifact(coordinate);
      expect(found).toMatchObject({ repository: 'b', sha256: digest('sha256', contentOf(second, jar)) });
      expect(a.count()).toBe(0);
    },
  );

  it('asks no other repository for a file that the bound one lacks (dependency confusion)', async ({ bench }) => {
    const [inside, outside] = [await bench.serve(nothing), await bench.serve(second)];
    const client = bench.client({
      repositories: [
        { id: 'outside', url: outside.url },
        { id: 'inside', url: inside.url, groups: ['org.example'] },
      ],
    });
    expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    expect(await errorOf(client.resolveVersions('org.example:greeter'))).toMatchObject({ code: 'ERR_NOT_FOUND' });
    inside.setFault({ status: 503 });
    expect(await errorOf(client.resolveArtifact('org.example:greeter:1.1.0'))).toMatchObject({ code: 'ERR_UNREACHABLE' });
    expect(outside.count()).toBe(0);
    // The repository with groups serves no other group.
    inside.clear();
    await errorOf(client.resolveArtifact('org.other:thing:1'));
    expect(inside.count()).toBe(0);
  });

  it('does not let an unreachable one be skipped against _remote.repositories or the first-seen record', async ({ bench }) => {
    const certificates = await testCertificates();
    const [a, b] = [await bench.serve(nothing), await bench.serve(second, { tls: certificates.valid })];
    const options = {
      ca: certificates.ca,
      repositories: [
        { id: 'a', url: a.url },
        { id: 'b', url: b.url },
      ],
    };
    await bench.client(options).resolveArtifact(coordinate);
    a.setFault({ status: 503 });
    // Another local repository: the first-seen record remembers where the release came from.
    const found = await bench.client({ ...options, localRepository: join(bench.folder, 'other') }).resolveArtifact(coordinate);
    expect(found.repository).toBe('b');
  });

  it('skips an unreachable one if _remote.repositories alone names the later one', async ({ bench }) => {
    const [a, b] = [await bench.serve(nothing, { fault: 'refuse' }), await bench.serve(second)];
    const options = {
      repositories: [
        { id: 'a', url: a.url },
        { id: 'b', url: b.url },
      ],
    };
    expect(await errorOf(bench.client(options).resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_UNREACHABLE' });
    const folder = 'org/example/greeter/1.0.0';
    await bench.write(`${folder}/_remote.repositories`, 'greeter-1.0.0.jar>b=\ngreeter-1.0.0.pom>b=\n');
    expect((await bench.client(options).resolveArtifact(coordinate)).repository).toBe('b');
    // It vouches only for the files that it names.
    expect(await errorOf(bench.client(options).resolveArtifact('org.example:greeter:1.1.0'))).toMatchObject({ code: 'ERR_UNREACHABLE' });
  });
});

describe('Central and Clojars', () => {
  let closed: DeadPort;
  let settings: string;
  it.beforeEach(async ({ bench }) => {
    // The public names lead to a proxy that refuses, whatever network the test runs in.
    closed = await createRefusingPort();
    settings = join(bench.folder, 'settings.xml');
    await writeFile(
      settings,
      `<settings><proxies><proxy><id>none</id><active>true</active><protocol>http</protocol><host>127.0.0.1</host><port>${closed.port}</port><nonProxyHosts>127.0.0.1|localhost</nonProxyHosts></proxy></proxies></settings>`,
    );
  });
  afterEach(() => closed.close());
  const pair = (central: FaultServer, clojars: FaultServer) => [
    { id: 'central', url: 'https://repo1.maven.org/maven2/', mirrors: [{ url: central.url, priority: -1, operator: 'x' }] },
    { id: 'clojars', url: 'https://repo.clojars.org/', mirrors: [{ url: clojars.url, priority: -1, operator: 'y' }] },
  ];

  it('one short delay when Central is a black hole and Clojars is sound, and none for the next file', async ({ bench }) => {
    const central = await bench.serve(nothing, { fault: 'black-hole' });
    const clojars = await bench.serve(first);
    const client = bench.client({ settings, repositories: pair(central, clojars) });
    const found = await client.resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'clojars', mirror: clojars.url });
    const passedOver = bench.of('warning').filter(({ warning }) => warning === 'repository-passed-over').length;
    await client.resolveArtifact('org.example:greeter:1.1.0');
    expect(bench.of('warning').filter(({ warning }) => warning === 'repository-passed-over')).toHaveLength(passedOver);
    await client.close();
    // A later process knows it, too.
    bench.events.length = 0;
    await bench
      .client({ settings, repositories: pair(central, clojars), localRepository: join(bench.folder, 'second') })
      .resolveArtifact(coordinate);
    // Only the first attempt for each file: on a busy machine, another may follow before Clojars answers.
    const firstAsked = new Map(
      bench
        .of('attempt-started')
        .reverse()
        .map(({ path, mirror }) => [path, mirror]),
    );
    expect(new Set(firstAsked.values())).toEqual(new Set([clojars.url]));
  });

  it.for(['central', 'clojars'] as const)('RELEASE while %s is down comes from the other one, with a warning', async (down, { bench }) => {
    const fault = { fault: 'refuse' } as const;
    const central = await bench.serve(down === 'clojars' ? first : nothing, down === 'central' ? fault : {});
    const clojars = await bench.serve(down === 'central' ? first : nothing, down === 'clojars' ? fault : {});
    const client = bench.client({ settings, repositories: pair(central, clojars) });
    const found = await client.resolveArtifact('org.example:greeter:RELEASE');
    expect(found).toMatchObject({ version: '1.1.0', repository: down === 'central' ? 'clojars' : 'central' });
    expect((await client.resolveVersions('org.example:greeter')).warnings).toEqual([
      `${down} could not be reached; versions that only it has are missing`,
    ]);
  });

  it('RELEASE while Central is merely slow takes its newer version, however long ago Clojars answered', async ({ bench }) => {
    const central = await bench.serve(greeter({ versions: ['1.0.0', '2.0.0'] }), { fault: { delayMs: 2_000 } });
    const clojars = await bench.serve(greeter({ versions: ['1.0.0'] }));
    const list = await bench.client({ settings, repositories: pair(central, clojars) }).resolveVersions('org.example:greeter');
    expect(list).toMatchObject({ release: '2.0.0', warnings: [] });
  });

  it('the error names both when both are down, and a mirror for each', async ({ bench }) => {
    const [central, clojars] = [await bench.serve(nothing, { fault: 'refuse' }), await bench.serve(nothing, { fault: 'refuse' })];
    const client = bench.client({ settings, repositories: pair(central, clojars) });
    for (const error of [await errorOf(client.resolveArtifact(coordinate)), await errorOf(client.resolveVersions('org.example:greeter'))]) {
      expect(error.code).toBe('ERR_UNREACHABLE');
      expect(error.message).toMatch(/no mirror of (central or clojars|clojars or central) could be reached/);
      for (const id of ['central', 'clojars']) expect(error.hint).toContain(`--mirror ${id}=URL`);
      for (const { url } of [central, clojars]) expect(error.attempts.map(({ mirror }) => mirror)).toContain(url);
    }
  });

  it('Central hangs, Clojars sound', async ({ bench }) => {
    const [central, clojars] = [await bench.serve(nothing, { fault: 'hang' }), await bench.serve(first)];
    const found = await bench.client({ settings, repositories: pair(central, clojars) }).resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'clojars', mirror: clojars.url });
    // Clojars was asked ahead of its turn, and Central given up long before the request time-out of 5 s.
    expect(bench.of('warning').map(({ warning }) => warning)).toContain('repository-passed-over');
    expect((await bench.placed()).filter((name) => name.endsWith('tmp'))).toEqual([]);
  });

  it('Central refuses, Clojars sound', async ({ bench }) => {
    const [central, clojars] = [await bench.serve(nothing, { fault: 'refuse' }), await bench.serve(first)];
    const found = await bench.client({ settings, repositories: pair(central, clojars) }).resolveArtifact(coordinate);
    expect(found.repository).toBe('clojars');
  });

  it('no delay when Central is sound and Clojars is a black hole', async ({ bench }) => {
    const central = await bench.serve(first);
    const clojars = await bench.serve(nothing, { fault: 'black-hole' });
    const found = await bench.client({ settings, repositories: pair(central, clojars) }).resolveArtifact(coordinate);
    expect(found.repository).toBe('central');
    expect(bench.of('attempt-started').filter(({ repository }) => repository === 'clojars')).toEqual([]);
  });

  it('unreachable, not absent, when Central lacks the file and Clojars refuses', async ({ bench }) => {
    const central = await bench.serve(nothing);
    const clojars = await bench.serve(first, { fault: 'refuse' });
    // The proxy refuses Central's own mirrors; only mirrors that the user listed report that the file is missing.
    const error = await errorOf(bench.client({ settings, repositories: pair(central, clojars) }).resolveArtifact(coordinate));
    expect(error.code).toBe('ERR_UNREACHABLE');
  });

  it('Central is used and the answer of Clojars discarded when Central is slow and Clojars has a different file', async ({ bench }) => {
    const [central, clojars] = [await bench.serve(first, { fault: { delayMs: 600 } }), await bench.serve(second)];
    const found = await bench.client({ settings, repositories: pair(central, clojars) }).resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'central', sha256: digest('sha256', contentOf(first, jar)) });
    expect((await bench.placed()).filter((name) => name.endsWith('tmp'))).toEqual([]);
    expect((await bench.read(pom)).equals(contentOf(first, pom))).toBe(true);
  });

  it('a warning when both have the file, with different content', async ({ bench }) => {
    const [central, clojars] = [await bench.serve(first, { fault: { delayMs: 1000 } }), await bench.serve(second)];
    const found = await bench.client({ settings, repositories: pair(central, clojars) }).resolveArtifact(coordinate);
    const [warning] = bench.of('warning').filter(({ warning: word, path }) => word === 'dependency-confusion' && path === jar);
    expect(warning?.message).toContain(found.sha256);
    expect(warning?.message).toContain(digest('sha256', contentOf(second, jar)));
  });

  it('a failure of Clojars, listed first, does not hide a file that Central has', async ({ bench }) => {
    const [central, clojars] = [await bench.serve(nothing), await bench.serve(first)];
    const client = bench.client({ settings, repositories: pair(central, clojars) });
    await client.resolveArtifact(coordinate);
    for (const [path, content] of greeter({ versions: ['3.0.0'] })) if (path.includes('3.0.0')) nothing.set(path, content);
    try {
      clojars.setFault({ status: 503 });
      const found = await client.resolveArtifact('org.example:greeter:3.0.0');
      expect(found.repository).toBe('central');
    } finally {
      nothing.clear();
    }
  });
});
