/** The signers of locked files, and the value of a pin in addition to a signature. */
import { beforeAll, expect } from 'vitest';

import { createPerson, type Person, signAll, trust, writeKeyring } from '../artifact/signatures/bench.js';
import { digest, errorOf } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';
import { freshMachine, it } from './stage.js';

const files = world('app:1 -> web:1', 'web:1');
const roots = ['g:app:1'];
let ada: Person;
let eve: Person;
let signed: Map<string, Buffer>;
let keyring: string;
beforeAll(async () => {
  [ada, eve] = await Promise.all([createPerson(), createPerson({ name: 'Eve' })]);
  signed = await signAll(files, ada);
});
it.beforeEach(async ({ bench }) => {
  keyring = await writeKeyring(bench, [ada, eve]);
});

it('the signer and the level are locked, and shown along with the pin', async ({ bench }) => {
  const server = await bench.serve(signed);
  const repositories = [{ id: 'r', url: server.url }];
  const { lockfile } = await bench.lock(roots, { repositories, ...trust('require', keyring) });
  expect(lockfile.files.map(({ level, signer }) => [level, signer])).toEqual(Array.from({ length: 4 }, () => ['signed', ada.fingerprint]));
  // On another machine without keys the pin holds, and says how well the file was proven then.
  const { dependencies } = await bench
    .client({ repositories, lockfile: bench.lockfile, frozen: true, ...freshMachine(bench, 'ci') })
    .resolveDependencies(roots);
  expect(dependencies.map(({ verification }) => verification?.proofs[0])).toEqual(['pinned:sha256:signed', 'pinned:sha256:signed']);
  // Locking again without checking signatures keeps the recorded signer.
  expect((await bench.lock(roots, { repositories, ...freshMachine(bench, 'dev') })).written).toBe(false);
});

it('frozen checks signatures on request, and they need not be in the lockfile', async ({ bench }) => {
  const server = await bench.serve(signed);
  const repositories = [{ id: 'r', url: server.url }];
  await bench.lock(roots, { repositories });
  const { dependencies } = await bench
    .client({ repositories, lockfile: bench.lockfile, frozen: true, ...trust('require', keyring), ...freshMachine(bench, 'ci') })
    .resolveDependencies(roots);
  expect(dependencies.map(({ verification }) => verification?.signature?.fingerprint)).toEqual([ada.fingerprint, ada.fingerprint]);
  expect(dependencies[0]?.verification?.proofs.slice(0, 2)).toEqual(['pinned:sha256:transport', `signed:${ada.fingerprint}`]);
});

it('another signer of the same bytes is reported by the check', async ({ bench }) => {
  const server = await bench.serve(signed);
  await bench.lock(roots, { repositories: [{ id: 'r', url: server.url }], ...trust('require', keyring) });
  const other = await bench.serve(await signAll(files, eve));
  const { differences } = await bench.check(roots, {
    repositories: [{ id: 'r', url: other.url }],
    ...trust('require', keyring),
    ...freshMachine(bench, 'ci'),
  });
  expect(differences.map(({ kind, subject, detail }) => [kind, subject, detail])).toEqual(
    ['app/1/app-1.jar', 'app/1/app-1.pom', 'web/1/web-1.jar', 'web/1/web-1.pom'].map((path) => [
      'changed',
      `g/${path}`,
      `signer was ${ada.fingerprint}, is ${eve.fingerprint}`,
    ]),
  );
});

it('a good signature does not help a file that differs from the locked one', async ({ bench }) => {
  const server = await bench.serve(signed);
  await bench.lock(roots, { repositories: [{ id: 'r', url: server.url }], ...trust('require', keyring) });
  const changed = new Map(files);
  const path = pathOf('web', '1');
  changed.set(path, Buffer.from('PK another'));
  for (const algorithm of ['sha1', 'md5']) changed.set(`${path}.${algorithm}`, Buffer.from(digest(algorithm, Buffer.from('PK another'))));
  const again = await bench.serve(await signAll(changed, ada));
  const client = bench.client({
    repositories: [{ id: 'r', url: again.url }],
    lockfile: bench.lockfile,
    frozen: true,
    ...trust('require', keyring),
    ...freshMachine(bench, 'ci'),
  });
  expect(await errorOf(client.resolveDependencies(roots))).toMatchObject({
    code: 'ERR_LOCKFILE',
    reason: 'mismatch',
    coordinate: 'g:web:1',
  });
});
