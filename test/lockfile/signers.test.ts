/**
 * The lockfile is where a team remembers signers: on a fresh machine, a different signer or a missing signature is never accepted silently.
 */
import { beforeAll, describe, expect } from 'vitest';

import { formatLocking } from '../../src/cli/output/render-lock.js';
import type { TrustOptions } from '../../src/index.js';
import { formerFirstLine } from '../../src/local/lockfile/format.js';
import { parseLockfile } from '../../src/local/lockfile/parse.js';
import { createPerson, type Person, signAll, trust, writeKeyring } from '../artifact/signatures/bench.js';
import { errorOf } from '../support/workbench.js';
import { world } from '../support/world.js';
import { freshMachine, it, type LockBench } from './stage.js';

let ada: Person;
let eve: Person;
let both: string;
let onlyEve: string;
beforeAll(async () => {
  [ada, eve] = await Promise.all([createPerson(), createPerson({ name: 'Eve' })]);
});
it.beforeEach(async ({ bench }) => {
  both = await writeKeyring(bench, [ada, eve], 'both.asc');
  onlyEve = await writeKeyring(bench, [eve], 'eve.asc');
});

/** `lib:1` signed by Ada, and `lib:2` by another person or unsigned. */
async function serveReleases(bench: LockBench, second: Person | null): Promise<{ id: string; url: string }[]> {
  const first = await signAll(world('lib:1'), ada);
  const later = second === null ? world('lib:2') : await signAll(world('lib:2'), second);
  const server = await bench.serve(new Map([...first, ...later]));
  return [{ id: 'r', url: server.url }];
}

/** One machine locks the signed release; another, which has never seen it, meets the next release. */
async function lockThenUpdate(
  bench: LockBench,
  second: Person | null,
  { lockWith = both, mode = 'if-present', more = {} }: { lockWith?: string; mode?: 'if-present' | 'require'; more?: TrustOptions } = {},
): Promise<{ update: () => ReturnType<typeof bench.lock>; warnings: string[] }> {
  const repositories = await serveReleases(bench, second);
  await bench.lock(['g:lib:1'], { repositories, ...trust('if-present', lockWith) });
  const warnings: string[] = [];
  const onEvent = (event: { type: string; message?: string }): void =>
    void (event.type === 'warning' && warnings.push(event.message ?? ''));
  const update = (): ReturnType<typeof bench.lock> =>
    bench.lock(['g:lib:2'], { repositories, update: ['g/lib'], onEvent, ...trust(mode, both, more), ...freshMachine(bench, 'ci') });
  return { update, warnings };
}

describe.each(['if-present', 'require'] as const)('%s, after a signer that counted', (mode) => {
  it('another signer is refused, naming both keys', async ({ bench }) => {
    const { update } = await lockThenUpdate(bench, eve, { mode });
    const error = await errorOf(update());
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'signer-changed' });
    for (const key of [ada.fingerprint, eve.fingerprint]) expect(error.message).toContain(key);
    expect(error.hint).toContain(`--accept-signer g:lib=${eve.fingerprint}`);
  });

  it('a missing signature is refused: the signer is lost', async ({ bench }) => {
    const { update } = await lockThenUpdate(bench, null, { mode });
    const error = await errorOf(update());
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'signer-lost' });
    expect(error.message).toContain(ada.fingerprint);
  });

  it('the same signer is not a change', async ({ bench }) => {
    const { update, warnings } = await lockThenUpdate(bench, ada, { mode });
    expect((await update()).lockfile.files.map(({ signer }) => signer)).toEqual([ada.fingerprint, ada.fingerprint]);
    expect(warnings).toEqual([]);
  });

  it('a change that the user accepts is used, and locked', async ({ bench }) => {
    const { update } = await lockThenUpdate(bench, eve, { mode, more: { acceptSigners: { 'g:lib': eve.fingerprint } } });
    expect((await update()).lockfile.files.map(({ signer }) => signer)).toEqual([eve.fingerprint, eve.fingerprint]);
  });
});

it('the end of signing can be accepted', async ({ bench }) => {
  const { update } = await lockThenUpdate(bench, null, { more: { acceptSigners: { 'g:lib': 'none' } } });
  expect((await update()).lockfile.files.map(({ path, signer, seenSigner }) => [path, signer, seenSigner])).toEqual([
    ['g/lib/2/lib-2.jar', null, null],
    ['g/lib/2/lib-2.pom', null, null],
  ]);
});

describe('after a signer that did not count', () => {
  it('the lockfile names the key', async ({ bench }) => {
    await lockThenUpdate(bench, eve, { lockWith: onlyEve });
    expect(await bench.text()).toMatch(new RegExp(`^file g/lib/1/lib-1\\.jar .* transport seen ${ada.fingerprint}$`, 'm'));
  });

  it('another signer is a warning that names the artifact and both keys', async ({ bench }) => {
    const { update, warnings } = await lockThenUpdate(bench, eve, { lockWith: onlyEve });
    await update();
    expect(warnings).toEqual(expect.arrayContaining([expect.stringMatching(new RegExp(`g:lib.*${ada.fingerprint}.*${eve.fingerprint}`))]));
  });

  it('another signer is refused under require', async ({ bench }) => {
    const { update } = await lockThenUpdate(bench, eve, { lockWith: onlyEve, mode: 'require' });
    expect(await errorOf(update())).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'signer-changed' });
  });

  it('the same key, without a keyring here, is neither a change nor a loss', async ({ bench }) => {
    const repositories = await serveReleases(bench, ada);
    await bench.lock(['g:lib:1'], { repositories, ...trust('if-present', both) });
    const again = await bench.lock(['g:lib:2'], {
      repositories,
      update: ['g/lib'],
      ...trust('if-present', onlyEve),
      ...freshMachine(bench, 'ci'),
    });
    expect(again.lockfile.files.map(({ signer, seenSigner }) => [signer, seenSigner])).toEqual([
      [null, ada.fingerprint],
      [null, ada.fingerprint],
    ]);
  });
});

it('a closure is checked against the signers of the lockfile in effect, too', async ({ bench }) => {
  const repositories = await serveReleases(bench, eve);
  await bench.lock(['g:lib:1'], { repositories, ...trust('if-present', both) });
  const client = bench.client({ repositories, lockfile: bench.lockfile, ...trust('if-present', both), ...freshMachine(bench, 'dev') });
  expect(await errorOf(client.resolveDependencies(['g:lib:2']))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'signer-changed' });
});

it('the check reports another signer of a version that was not locked', async ({ bench }) => {
  const repositories = await serveReleases(bench, eve);
  await bench.lock(['g:lib:1'], { repositories, ...trust('if-present', both) });
  const { differences } = await bench.check(['g:lib:2'], { repositories, ...trust('if-present', both), ...freshMachine(bench, 'ci') });
  expect(differences).toContainEqual({
    kind: 'changed',
    subject: 'g/lib/2/lib-2.jar',
    detail: `signer of g:lib was ${ada.fingerprint}, is ${eve.fingerprint}`,
  });
});

it('an edited signer is a difference for the check', async ({ bench }) => {
  const repositories = await serveReleases(bench, ada);
  await bench.lock(['g:lib:1'], { repositories, ...trust('if-present', both) });
  await bench.edit((text) => text.replaceAll(`signed ${ada.fingerprint}`, `seen ${eve.fingerprint}`));
  const { differences } = await bench.check(['g:lib:1'], { repositories, ...trust('if-present', both), ...freshMachine(bench, 'ci') });
  expect(differences.map(({ detail }) => detail)).toEqual(Array(2).fill(`signer was ${eve.fingerprint}, is ${ada.fingerprint}`));
});

it('a merge of two branches keeps the signers of both', async ({ bench }) => {
  const repositories = await serveReleases(bench, ada);
  await bench.lock(['g:lib:1'], { repositories, ...trust('if-present', both) });
  const ours = await bench.text();
  await bench.lock(['g:lib:2'], { repositories, update: ['*'], ...trust('if-present', both) });
  const files = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('file '));
  await bench.edit((text) => `${text}${files(ours).join('\n')}\n`);
  expect(parseLockfile(await bench.text(), 'x').files.map(({ signer }) => signer)).toEqual(Array(4).fill(ada.fingerprint));
});

it('the former format is read, and its signers count', async ({ bench }) => {
  const repositories = await serveReleases(bench, ada);
  await bench.lock(['g:lib:1'], { repositories, ...trust('if-present', both) });
  const text = await bench.text();
  const [, ...lines] = text.replaceAll(` signed signed ${ada.fingerprint}`, ` signed ${ada.fingerprint}`).split('\n');
  expect(parseLockfile([formerFirstLine, ...lines].join('\n'), 'x')).toEqual(parseLockfile(text, 'x'));
  // Locking again writes the current format.
  await bench.edit(() => [formerFirstLine, ...lines].join('\n'));
  await bench.lock(['g:lib:1'], { repositories, ...trust('if-present', both) });
  expect(await bench.text()).toBe(text);
});

it('lock prints the signer of each file that it adds or removes', async ({ bench }) => {
  const repositories = await serveReleases(bench, eve);
  await bench.lock(['g:lib:1'], { repositories, ...trust('if-present', both) });
  const report = await bench.lock(['g:lib:2'], {
    repositories,
    update: ['g/lib'],
    ...trust('if-present', both, { acceptSigners: { 'g:lib': eve.fingerprint } }),
  });
  const printed = formatLocking(report, [], null);
  expect(printed).toContain(`+ g/lib/2/lib-2.jar signed by ${eve.fingerprint}\n`);
  expect(printed).toContain(`- g/lib/1/lib-1.jar signed by ${ada.fingerprint}\n`);
});
