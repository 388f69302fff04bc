/** The client as a whole: sharing, cancellation, events, boundaries, doctor. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect } from 'vitest';

import { createFixtureRepository } from '../support/maven-repository.js';
import { contentOf, coordinate, digest, errorOf, greeter, it, jar } from '../support/workbench.js';

const files = greeter();
const large = greeter({ size: 3_000_000 });

describe('sharing', () => {
  it('downloads once for concurrent requests of a coordinate, also under other spellings and in other clients', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { delayMs: 50 } });
    const options = { repositories: [{ id: 'r', url: server.url }] };
    const [one, other] = [bench.client(options), bench.client(options)];
    const found = await Promise.all([
      one.resolveArtifact(coordinate),
      one.resolveArtifact('org.example/greeter 1.0.0'),
      other.resolveArtifact(coordinate),
    ]);
    expect(new Set(found.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(server.count(jar)).toBe(1);
  });

  it('lets a second client ask the second mirror first if the first is down', async ({ bench }) => {
    const [dead, sound] = [await bench.serve(files, { fault: 'refuse' }), await bench.serve(files)];
    const options = { repositories: [{ id: 'r', url: dead.url, mirrors: [sound.url] }] };
    const first = bench.client(options);
    await first.resolveArtifact(coordinate);
    expect(bench.of('circuit-opened').map(({ origin, reason }) => [origin, reason])).toEqual([[dead.origin, 'refused']]);
    await first.close();
    bench.events.length = 0;
    const second = bench.client(options);
    await second.resolveArtifact('org.example:greeter:1.1.0');
    expect(new Set(bench.of('attempt-started').map(({ mirror }) => mirror))).toEqual(new Set([sound.url]));
    expect((await second.listMirrors()).map(({ url, circuit }) => [url, circuit])).toEqual([
      [dead.url, 'open'],
      [sound.url, 'closed'],
    ]);
  });
});

describe('cancellation', () => {
  it('by signal during a download: ERR_ABORTED with the cause, and nothing left behind', async ({ bench }) => {
    const server = await bench.serve(large, { fault: { fault: 'hang-half-way', match: /\.jar$/ } });
    const controller = new AbortController();
    const reason = new Error('enough');
    const client = bench.client({
      repositories: [{ id: 'r', url: server.url }],
      onEvent: (event) => event.type === 'bytes' && event.path === jar && controller.abort(reason),
    });
    const error = await errorOf(client.resolveArtifact(coordinate, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'ERR_ABORTED', reason: 'signal', coordinate: 'org.example:greeter:1.0.0' });
    expect(error.cause).toBe(reason);
    expect((await bench.placed()).filter((name) => /\.jar|tmp$/.test(name))).toEqual([]);
    // The lock is free again.
    server.setFault(null);
    await client.resolveArtifact(coordinate);
  });

  it('of one call leaves the others running', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { delayMs: 200 } });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const controller = new AbortController();
    const [one, other] = [
      client.resolveArtifact(coordinate),
      errorOf(client.resolveArtifact('org.example:greeter:1.1.0', { signal: controller.signal })),
    ];
    controller.abort();
    expect((await other).code).toBe('ERR_ABORTED');
    expect((await one).version).toBe('1.0.0');
  });

  it('before the call sends no request', async ({ bench }) => {
    const server = await bench.serve(files);
    const error = await errorOf(
      bench.client({ repositories: [{ id: 'r', url: server.url }], signal: AbortSignal.abort('no') }).resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_ABORTED', cause: 'no' });
    expect(server.count()).toBe(0);
  });

  it('by the deadline is ERR_UNREACHABLE, timeout', async ({ bench }) => {
    const server = await bench.serve(files, { fault: 'hang' });
    const error = await errorOf(bench.client({ timeoutMs: 300, repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout' });
    expect(error.hint).toContain('--timeout');
    expect((await bench.placed()).filter((name) => name.endsWith('tmp'))).toEqual([]);
  });

  it('by the time limit of one call, which leaves the others running', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { delayMs: 400 } });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const [one, short] = [client.resolveArtifact(coordinate), errorOf(client.resolveArtifact(coordinate, { timeoutMs: 100 }))];
    expect(await short).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout' });
    expect((await short).message).toContain('not done within 100 ms');
    expect((await one).version).toBe('1.0.0');
  });

  it('by a time limit that is longer than the one of the client', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { delayMs: 400 } });
    const client = bench.client({ timeoutMs: 100, repositories: [{ id: 'r', url: server.url }] });
    const descriptor = await client.resolveDescriptor(coordinate, { timeoutMs: 50_000 });
    expect(descriptor.dependencies).toEqual([]);
    const resolution = await client.resolveDependencies([coordinate], { timeoutMs: 50_000 });
    expect(resolution.dependencies.map(({ artifact }) => artifact)).toEqual(['greeter']);
  });

  it.for([0, -1, 1.5, 86_400_001, Number.NaN])('refuses the time limit %s', async (timeoutMs, { bench }) => {
    const server = await bench.serve(files);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const error = await errorOf(client.resolveArtifact(coordinate, { timeoutMs }));
    expect(error).toMatchObject({ code: 'ERR_CONFIG', reason: 'bad-value' });
    expect(error.message).toContain('timeoutMs');
    expect(server.count()).toBe(0);
  });

  it('by close() ends the calls in progress', async ({ bench }) => {
    const server = await bench.serve(files, { fault: 'hang' });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const failed = errorOf(client.resolveArtifact(coordinate));
    await client.listMirrors();
    await client.close();
    expect((await failed).code).toBe('ERR_ABORTED');
  });
});

describe('events', () => {
  it('report everything in order, and an error thrown by a listener does no harm', async ({ bench }) => {
    const [broken, sound] = [await bench.serve(files, { fault: { fault: 'corrupt', match: /\.jar$/ } }), await bench.serve(files)];
    const seen: string[] = [];
    const client = bench.client({
      repositories: [{ id: 'r', url: broken.url, mirrors: [sound.url] }],
      onEvent: (event) => {
        if ('path' in event && event.path === jar)
          seen.push(event.type === 'attempt-ended' ? `${event.type} ${event.outcome}` : event.type);
        throw new Error('a broken progress bar');
      },
    });
    const found = await client.resolveArtifact(coordinate);
    expect(found.mirror).toBe(sound.url);
    expect(seen.filter((name, at) => name !== seen[at - 1])).toEqual([
      'attempt-started',
      'bytes',
      'attempt-ended checksum-mismatch',
      'failed-over',
      'attempt-started',
      'bytes',
      'attempt-ended ok',
      'verified',
      'placed',
    ]);
  });

  it('count bytes up to the full size', async ({ bench }) => {
    const server = await bench.serve(large);
    await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
    const received = bench.of('bytes').filter(({ path }) => path === jar);
    const size = contentOf(large, jar).length;
    expect(received.at(-1)).toMatchObject({ received: size, total: size });
    expect(received.map((event) => event.received)).toEqual([...received.map((event) => event.received)].sort((x, y) => x - y));
  });
});

describe('a download that breaks off', () => {
  it('continues from the next mirror by Range, and reports the right total', async ({ bench }) => {
    const [broken, sound] = [await bench.serve(large, { fault: { fault: 'reset-half-way', match: /\.jar$/ } }), await bench.serve(large)];
    const found = await bench.client({ repositories: [{ id: 'r', url: broken.url, mirrors: [sound.url] }] }).resolveArtifact(coordinate);
    const content = contentOf(large, jar);
    expect(found).toMatchObject({ mirror: sound.url, size: content.length, sha256: digest('sha256', content) });
    const range = sound.requests.find(({ path }) => path === jar)?.headers.range;
    expect(range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(
      bench
        .of('bytes')
        .filter(({ path, mirror }) => path === jar && mirror === sound.url)
        .at(-1),
    ).toMatchObject({ received: content.length, total: content.length });
  });

  it('starts again from zero if the two mirrors do not fit together', async ({ bench }) => {
    const [broken, sound] = [
      await bench.serve(greeter({ size: 3_000_000, seed: 'other' }), { fault: { fault: 'truncate', match: /\.jar$/ } }),
      await bench.serve(large),
    ];
    const repositories = [{ id: 'r', url: broken.url, mirrors: [sound.url] }];
    // On a busy machine, the second mirror would be asked before the first one has failed.
    const found = await bench.client({ repositories }, { hedgeDelayMs: 30_000 }).resolveArtifact(coordinate);
    expect(found.sha256).toBe(digest('sha256', contentOf(large, jar)));
    expect(sound.count(jar)).toBe(2);
  });
});

describe('values that JavaScript callers may pass', () => {
  it.for<[unknown]>([
    [null],
    [undefined],
    [5],
    [{}],
    [{ group: 'org.example' }],
    [{ group: 'org.example', artifact: 'greeter' }],
    [{ group: 'org.example', artifact: 'greeter', version: 1 }],
    [{ group: '../..', artifact: 'x', version: '1' }],
    [['org.example']],
  ] as const)('%j is not a coordinate: ERR_COORDINATE, not a TypeError', async ([wanted], { bench }) => {
    const server = await bench.serve(files);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    expect(await errorOf(client.resolveArtifact(wanted as string))).toMatchObject({ code: 'ERR_COORDINATE' });
    expect(server.count()).toBe(0);
  });

  it.for<[unknown]>([[null], [{}], [{ group: '../..', artifact: 'x' }], [{ group: 'org.example', artifact: '../x' }]] as const)(
    '%j is not accepted by resolveVersions either, nor offline',
    async ([wanted], { bench }) => {
      for (const offline of [false, true]) {
        expect(await errorOf(bench.client({ offline }).resolveVersions(wanted as string))).toMatchObject({ code: 'ERR_COORDINATE' });
      }
    },
  );
});

describe('methods detached from the client', () => {
  it('work without it', async ({ bench }) => {
    const server = await bench.serve(files);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- this is what callers in JavaScript do
    const { resolveArtifact, resolveVersions, listMirrors, diagnose, close } = bench.client({
      repositories: [{ id: 'r', url: server.url }],
    });
    expect(await resolveArtifact(coordinate)).toMatchObject({ repository: 'r' });
    expect((await resolveVersions('org.example:greeter')).release).toBe('1.1.0');
    expect((await listMirrors()).map(({ url }) => url)).toEqual([server.url]);
    expect((await diagnose()).checks.map(({ name }) => name)).toContain('repository r');
    await close();
    expect(await errorOf(resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('work in a copied object', async ({ bench }) => {
    const server = await bench.serve(files);
    const client = { ...bench.client({ repositories: [{ id: 'r', url: server.url }] }) };
    const { dependencies } = await client.resolveDependencies([coordinate]);
    expect(dependencies.length).toBeGreaterThan(0);
    expect((await client.resolveDescriptor(coordinate)).coordinate).toBe(coordinate);
  });
});

describe('settings.xml', () => {
  it('mirrorOf is a boundary: only the company mirror is asked, and its id is recorded', async ({ bench }) => {
    const [company, outside] = [await bench.serve(files), await bench.serve(files)];
    const settings = join(bench.folder, 'settings.xml');
    await writeFile(
      settings,
      `<settings><mirrors><mirror><id>company</id><mirrorOf>*</mirrorOf><url>${company.url}</url></mirror></mirrors></settings>`,
    );
    const client = bench.client({ settings, repositories: [{ id: 'r', url: outside.url }] });
    await client.resolveArtifact(coordinate);
    expect(outside.count()).toBe(0);
    expect(company.count(jar)).toBe(1);
    expect((await bench.read('org/example/greeter/1.0.0/_remote.repositories')).toString()).toContain('greeter-1.0.0.jar>company=');
    company.setFault({ status: 503 });
    expect((await errorOf(client.resolveArtifact('org.example:greeter:1.1.0'))).code).toBe('ERR_UNREACHABLE');
    expect(outside.count()).toBe(0);
    // Including the built-in repositories, with all their mirrors.
    const listed = await bench.client({ settings }).listMirrors();
    expect(new Set(listed.map(({ url }) => url))).toEqual(new Set([company.url]));
  });
});

describe('diagnose', () => {
  it('reports which mirrors answer, where settings come from, and whether folders are usable; a mirror on disk is a folder', async ({
    bench,
  }) => {
    const [sound, dead] = [await bench.serve(files), await bench.serve(files, { fault: 'refuse' })];
    const disk = join(bench.folder, 'disk');
    await createFixtureRepository({ artifacts: [{ group: 'org.example', artifact: 'greeter', versions: ['1.0.0'] }] }).writeTo(disk);
    const [onDisk, gone] = [`${pathToFileURL(disk).href}/`, `${pathToFileURL(join(bench.folder, 'gone')).href}/`];
    const diagnosis = await bench
      .client({
        repositories: [
          { id: 'r', url: dead.url, mirrors: [sound.url, onDisk] },
          { id: 'lost', url: gone },
        ],
      })
      .diagnose();
    const status = Object.fromEntries(diagnosis.checks.map(({ name, status: value }) => [name, value]));
    expect(status).toMatchObject({
      'local repository': 'ok',
      'cache folder': 'ok',
      'state folder': 'ok',
      'repository r': 'ok',
      'repository lost': 'fail',
      [`mirror ${sound.url}`]: 'ok',
      [`mirror ${dead.url}`]: 'warn',
      [`mirror ${onDisk}`]: 'ok',
      [`mirror ${gone}`]: 'warn',
      clock: 'ok',
    });
    expect(diagnosis.checks.map(({ detail }) => detail).join('\n')).not.toContain('HTTP 403');
    expect(diagnosis.sources.find(({ key }) => key === 'localRepository')).toMatchObject({ value: bench.m2, from: 'options' });
    expect(diagnosis.localRepository).toBe(bench.m2);
  });

  it('sends no request offline', async ({ bench }) => {
    const server = await bench.serve(files);
    const diagnosis = await bench.client({ offline: true, repositories: [{ id: 'r', url: server.url }] }).diagnose();
    expect(diagnosis.checks.filter(({ name }) => name.startsWith('mirror'))).toEqual([]);
    expect(server.count()).toBe(0);
  });
});

it('file: mirrors work like any other', async ({ bench }) => {
  const disk = join(bench.folder, 'disk');
  await createFixtureRepository({ artifacts: [{ group: 'org.example', artifact: 'greeter', versions: ['1.0.0'], size: 600 }] }).writeTo(
    disk,
  );
  const dead = await bench.serve(files, { fault: 'refuse' });
  const url = `${pathToFileURL(disk).href}/`;
  const found = await bench.client({ repositories: [{ id: 'r', url: dead.url, mirrors: [url] }] }).resolveArtifact(coordinate);
  expect(found.mirror).toBe(url);
});
