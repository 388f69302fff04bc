/** Problems that `doctor` finds: one test for each check. */
import dns from 'node:dns/promises';
import { mkdir, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect } from 'vitest';

import type { DiagnosisCheck } from '../../src/app/client/diagnose.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { greeter, it, type Workbench } from '../support/workbench.js';

/** Replaces the function, not the module: another file of this worker may have loaded the module already. */
const { lookup } = dns;
const replaceLookup = (replacement: (host: string) => Promise<unknown>): void => {
  Object.assign(dns, { lookup: replacement });
  syncBuiltinESMExports();
};
beforeAll(() => {
  replaceLookup((host) => {
    if (host.endsWith('.silent.example')) return new Promise(() => undefined);
    return host.endsWith('.invalid') ? Promise.reject(new Error(`getaddrinfo ENOTFOUND ${host}`)) : lookup(host);
  });
});
afterAll(() => {
  replaceLookup(lookup);
});

async function checks(bench: Workbench, options: ClientOptions = {}): Promise<(name: string) => DiagnosisCheck | undefined> {
  const server = await bench.serve(greeter());
  const diagnosis = await bench.client({ repositories: [{ id: 'r', url: server.url }], ...options }).diagnose();
  return (name) => diagnosis.checks.find((check) => check.name === name);
}

async function startClock(bench: Workbench, offsetMs: number): Promise<string> {
  const { url } = await bench.http((_, response) => {
    response.sendDate = false;
    response.writeHead(200, { date: new Date(Date.now() + offsetMs).toUTCString() }).end();
  });
  return url;
}

describe('doctor', () => {
  it('finds no problem on a healthy machine', async ({ bench }) => {
    const { checks: all } = await bench.client({ repositories: [{ id: 'r', url: (await bench.serve(greeter())).url }] }).diagnose();
    expect(all.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(all.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['local repository', 'cache folder', 'state folder', 'disk space', 'DNS 127.0.0.1', 'repository r', 'clock']),
    );
  });

  it.for(['local repository', 'cache folder', 'state folder'] as const)('%s: cannot be written', async (name, { bench }) => {
    const file = join(bench.folder, 'file');
    await writeFile(file, '');
    const below = join(file, 'below');
    const of = await checks(
      bench,
      name === 'local repository' ? { localRepository: below } : name === 'cache folder' ? { cacheFolder: below } : { stateFolder: below },
    );
    expect(of(name)).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining(`${below} cannot be written`) as unknown,
      hint: expect.stringContaining('permissions') as unknown,
    });
  });

  it('finds a local repository that Maven splits', async ({ bench }) => {
    await mkdir(join(bench.m2, 'installed', 'org', 'example', 'lib', '1'), { recursive: true });
    await mkdir(join(bench.m2, 'cached', 'central', 'org', 'example', 'lib'), { recursive: true });
    expect((await checks(bench))('local repository layout')).toMatchObject({
      status: 'warn',
      hint: expect.stringContaining('--local-repo') as unknown,
    });
  });

  it.for([
    [-3_600_000, 'ahead of'],
    [3_600_000, 'behind'],
  ] as const)('finds a clock that is an hour off: %i ms from the mirrors', async ([offsetMs, word], { bench }) => {
    const of = await checks(bench, { repositories: [{ id: 'r', url: await startClock(bench, offsetMs) }] });
    expect(of('clock')).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(new RegExp(`3(?:59\\d|60\\d) s ${word} the mirrors`)) as unknown,
    });
  });

  it('accepts a clock that is two minutes off', async ({ bench }) => {
    expect((await checks(bench, { repositories: [{ id: 'r', url: await startClock(bench, 120_000) }] }))('clock')).toMatchObject({
      status: 'ok',
    });
  });

  it('finds within seconds a name without an address, and one for which no resolver answers', async ({ bench }) => {
    const url = (await bench.serve(greeter())).url;
    const of = await checks(bench, {
      repositories: [{ id: 'r', url, mirrors: ['https://none.invalid/', 'https://name.silent.example/'] }],
    });
    expect(of('DNS none.invalid')).toMatchObject({ status: 'warn', detail: expect.stringContaining('ENOTFOUND') as unknown });
    expect(of('DNS name.silent.example')).toMatchObject({ status: 'warn', detail: 'no answer within 3 s' });
    expect(of('repository r')).toMatchObject({ status: 'ok', detail: '1 of 3 mirrors answer' });
  });

  it('warns of a mirror that is down, and fails for a repository without another mirror', async ({ bench }) => {
    const [down, up] = [await bench.serve(greeter(), { fault: 'refuse' }), await bench.serve(greeter())];
    const one = await checks(bench, { repositories: [{ id: 'r', url: down.url, mirrors: [up.url] }] });
    expect([one(`mirror ${down.url}`)?.status, one(`mirror ${up.url}`)?.status, one('repository r')?.status]).toEqual(['warn', 'ok', 'ok']);
    const none = await checks(bench, { repositories: [{ id: 'r', url: down.url }] });
    expect(none('repository r')).toMatchObject({ status: 'fail', hint: 'Add a mirror that answers, with `--mirror r=URL`.' });
  });
});
