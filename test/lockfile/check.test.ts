/** Lockfiles that no longer match the repositories, because of time, manual edits, a merge or an attacker. */
import { lstat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { parseLockfile } from '../../src/local/lockfile/parse.js';
import { digest, errorOf } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';
import { freshMachine, it, type LockBench } from './stage.js';

const lines = [
  'app:1 -> web:1, log:2, late:RELEASE',
  'web:1 -> json:1, http:[1,2)',
  'json:1',
  'http:1',
  'http:1.5',
  'log:1',
  'log:2',
  'late:1',
  'late:2',
];
const files = world(...lines);
const roots = ['g:app:1'];

let repositories: readonly { readonly id: string; readonly url: string }[];
it.beforeEach(async ({ bench }) => {
  const server = await bench.serve(files);
  repositories = [{ id: 'r', url: server.url }];
  await bench.lock(roots, { repositories });
});

const check = async (
  bench: LockBench,
  machine = 'ci',
  more: Parameters<LockBench['check']>[1] = {},
  of: readonly string[] = roots,
): Promise<readonly string[]> =>
  (await bench.check(of, { repositories, ...freshMachine(bench, machine), ...more })).differences.map(
    ({ kind, subject }) => `${kind} ${subject}`,
  );
const frozen = (bench: LockBench, machine = 'ci'): Promise<unknown> =>
  bench.client({ repositories, lockfile: bench.lockfile, frozen: true, ...freshMachine(bench, machine) }).resolveDependencies(roots);
const lineOf = (text: string, start: string): string => text.split('\n').find((line) => line.startsWith(start)) ?? '';

/** Another file of the same name, with its checksum files. */
function replaced(from: ReadonlyMap<string, Buffer>, path: string, content: Buffer): Map<string, Buffer> {
  const changed = new Map(from);
  changed.set(path, content);
  for (const algorithm of ['sha1', 'md5'])
    if (changed.has(`${path}.${algorithm}`)) changed.set(`${path}.${algorithm}`, Buffer.from(digest(algorithm, content)));
  return changed;
}

describe('a check', () => {
  it('of a matching lockfile finds nothing, and does not change it', async ({ bench }) => {
    const before = await bench.text();
    expect(await bench.check(roots, { repositories })).toEqual({ file: bench.lockfile, differences: [], levels: [] });
    expect(await check(bench)).toEqual([]);
    expect(await bench.text()).toBe(before);
  });

  it('ignores new versions, since the chosen ones still exist', async ({ bench }) => {
    const server = await bench.serve(world(...lines, 'http:1.9', 'late:3'));
    expect(await check(bench, 'ci', { repositories: [{ id: 'r', url: server.url }] })).toEqual([]);
  });

  it('with other roots reports stale, with the missing and the surplus ones', async ({ bench }) => {
    expect(await check(bench, 'ci', {}, ['g:web:1', 'g:log:1'])).toEqual([
      'stale g:log:1',
      'stale g:web:1',
      'stale g:app:1',
      'extra g:late:pom:RELEASE',
      'extra g/app/1/app-1.jar',
      'extra g/app/1/app-1.pom',
      'extra g/late/2/late-2.jar',
      'extra g/late/2/late-2.pom',
      'missing g/log/1/log-1.jar',
      'missing g/log/1/log-1.pom',
      'extra g/log/2/log-2.jar',
      'extra g/log/2/log-2.pom',
    ]);
    expect(await check(bench, 'ci', { conflicts: 'highest' })).toEqual(['stale roots']);
  });

  it('without a lockfile gives an error that says how to write one', async ({ bench }) => {
    expect(await errorOf(bench.check(roots, { repositories, lockfile: `${bench.lockfile}.other` }))).toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'unreadable',
    });
  });

  it.for(['kid', 'parent', 'bom'])(
    'notices a POM that was changed in place, also when the lockfile is followed: %s',
    async (name, { bench }) => {
      const family = world(
        'kid:1 <parent><groupId>g</groupId><artifactId>parent</artifactId><version>1</version></parent>',
        'parent:1 pom <dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>bom</artifactId><version>1</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>',
        'bom:1 pom',
      );
      const before = await bench.serve(family);
      await bench.lock(['g:kid:1'], { repositories: [{ id: 'r', url: before.url }] });
      const path = pathOf(name, '1', 'pom');
      const after = await bench.serve(
        replaced(family, path, Buffer.concat([family.get(path) ?? Buffer.alloc(0), Buffer.from('<!-- changed -->')])),
      );
      repositories = [{ id: 'r', url: after.url }];
      expect(await check(bench, 'ci', {}, ['g:kid:1'])).toEqual([`changed ${path}`]);
      const client = bench.client({ repositories, lockfile: bench.lockfile, frozen: true, ...freshMachine(bench, 'other') });
      expect(await errorOf(client.resolveDependencies(['g:kid:1']))).toMatchObject({
        code: 'ERR_LOCKFILE',
        reason: 'mismatch',
        coordinate: `g:${name}:pom:1`,
      });
    },
  );
});

describe('an attacker', () => {
  it('with a mirror and its checksums cannot change a jar: it is refused, and fetched from the next mirror', async ({ bench }) => {
    const path = pathOf('json', '1');
    const evil = await bench.serve(replaced(files, path, Buffer.from('evil')));
    const sound = repositories[0]?.url ?? '';
    repositories = [{ id: 'r', url: evil.url }];
    const error = await errorOf(frozen(bench));
    expect(error).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'mismatch', coordinate: 'g:json:1' });
    expect(error.message).toContain(`${bench.lockfile} pins sha256 ${digest('sha256', files.get(path) ?? Buffer.alloc(0))}`);
    expect(error.hint).toContain('lock --update');
    repositories = [{ id: 'r', url: evil.url, mirrors: [sound] } as { id: string; url: string }];
    await frozen(bench, 'both');
  });

  it('with access to the local repository cannot change a file: it is refused and not overwritten', async ({ bench }) => {
    const path = pathOf('json', '1');
    await bench.write(path, 'evil');
    await bench.write(`${path}.sha1`, digest('sha1', Buffer.from('evil')));
    const error = await errorOf(bench.client({ repositories, lockfile: bench.lockfile, frozen: true }).resolveDependencies(roots));
    expect(error).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'mismatch' });
    expect((await bench.read(path)).toString()).toBe('evil');
  });

  it('cannot change a checksum in the lockfile: the right file does not match, and the check says which one', async ({ bench }) => {
    const path = pathOf('json', '1');
    await bench.edit((text) => text.replace(digest('sha256', files.get(path) ?? Buffer.alloc(0)), 'e'.repeat(64)));
    expect(await errorOf(frozen(bench))).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'mismatch', coordinate: 'g:json:1' });
    const { differences } = await bench.check(roots, { repositories });
    expect(differences).toEqual([
      {
        kind: 'changed',
        subject: path,
        field: 'sha256',
        detail: `sha256 was ${'e'.repeat(64)}, is ${digest('sha256', files.get(path) ?? Buffer.alloc(0))}`,
      },
    ]);
    // Locking again does not correct it by itself.
    expect(await errorOf(bench.lock(roots, { repositories }))).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'mismatch' });
    await bench.lock(roots, { repositories, update: ['g/json'] });
    expect(await check(bench)).toEqual([]);
  });

  it('cannot remove a line: the error names the file', async ({ bench }) => {
    for (const name of ['file g/json/1/json-1.jar', 'file g/json/1/json-1.pom', 'file g/http/1/http-1.pom']) {
      const before = await bench.text();
      await bench.edit((text) => text.replace(`${lineOf(text, name)}\n`, ''));
      const error = await errorOf(frozen(bench, name.replaceAll('/', '_')));
      expect(error).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'stale', path: bench.lockfile });
      expect(error.message).toContain(name.slice('file '.length));
      expect(error.hint).toContain('clojars-fetch lock');
      expect(await check(bench, `check-${name.replaceAll('/', '_')}`)).toEqual([name.replace('file', 'missing')]);
      await writeFile(bench.lockfile, before);
    }
  });

  it('cannot remove or add a version of a range unnoticed by the check', async ({ bench }) => {
    const before = await bench.text();
    await bench.edit((text) => text.replace('range g:http 1.5\n', ''));
    expect(await errorOf(frozen(bench))).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'stale' });
    await writeFile(bench.lockfile, before);
    await bench.edit((text) => text.replace('range g:http 1.5\n', 'range g:http 1.5\nrange g:http 1.9\n'));
    expect(await errorOf(frozen(bench))).toMatchObject({
      code: 'ERR_LOCKFILE',
      reason: 'stale',
      message: expect.stringContaining('g:http:pom:1.9') as string,
    });
  });

  it('cannot change the locked value of RELEASE', async ({ bench }) => {
    await bench.edit((text) => text.replace('version g:late:pom RELEASE 2', 'version g:late:pom RELEASE 1'));
    expect(await errorOf(frozen(bench))).toMatchObject({
      code: 'ERR_LOCKFILE',
      reason: 'stale',
      message: expect.stringContaining('g/late/1/late-1') as string,
    });
    expect(await check(bench, 'check')).toEqual([
      'missing g/late/1/late-1.jar',
      'missing g/late/1/late-1.pom',
      'extra g/late/2/late-2.jar',
      'extra g/late/2/late-2.pom',
    ]);
  });

  it('cannot declare a POM absent to keep its dependencies from being fetched', async ({ bench }) => {
    await bench.edit((text) => text.replace(lineOf(text, 'file g/web/1/web-1.pom'), 'absent g/web/1/web-1.pom'));
    expect(await check(bench)).toEqual(expect.arrayContaining(['changed g/web/1/web-1.pom']));
  });

  it('cannot add an unneeded file: the check reports it, and frozen does not fetch it', async ({ bench }) => {
    await bench.edit((text) => `${text}file g/evil/1/evil-1.jar sha256:${'0'.repeat(64)} 4 r origin -\n`);
    expect(await check(bench)).toEqual(['extra g/evil/1/evil-1.jar']);
    await frozen(bench, 'other');
  });

  it('cannot swap ids of repositories, or improve recorded proofs', async ({ bench }) => {
    await bench.edit((text) =>
      text.replace(/^(file g\/json\/1\/json-1\.jar .*) r transport -$/m, '$1 other signed signed ' + 'A'.repeat(40)),
    );
    expect(await check(bench)).toEqual(['changed g/json/1/json-1.jar']);
    const { differences, levels } = await bench.check(roots, { repositories, ...freshMachine(bench, 'ci') });
    expect(differences[0]?.detail).toBe('repository was other, is r');
    expect(levels).toEqual([{ path: 'g/json/1/json-1.jar', locked: 'signed', now: 'transport' }]);
    // The bytes are pinned, so they are used; the level is only the lockfile's claim.
    await frozen(bench, 'other');
  });

  it('can weaken a recorded proof: it is shown, not treated as an error, and mended by locking again', async ({ bench }) => {
    await bench.edit((text) => text.replace(/^(file g\/json\/1\/json-1\.jar .*) r transport -$/m, '$1 r none -'));
    const found = await bench.check(roots, { repositories, ...freshMachine(bench, 'ci') });
    expect(found).toMatchObject({ differences: [], levels: [{ path: 'g/json/1/json-1.jar', locked: 'none', now: 'transport' }] });
    const { dependencies } = await bench.client({ repositories, lockfile: bench.lockfile, frozen: true }).resolveDependencies(roots);
    expect(dependencies.find(({ artifact }) => artifact === 'json')?.verification?.proofs[0]).toBe('pinned:sha256:none');
    await bench.lock(roots, { repositories });
    expect((await bench.text()).match(/json-1\.jar .* (\w+) -$/m)?.[1]).toBe('transport');
  });

  it('can withhold metadata: nothing is locked from it, unless a version is named', async ({ bench }) => {
    const server = await bench.serve(world(...lines.filter((line) => line !== 'late:2')));
    const rolledBack = [{ id: 'r', url: server.url }];
    const error = await errorOf(bench.lock(roots, { repositories: rolledBack, lockfile: `${bench.lockfile}.new` }));
    expect(error).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'metadata-rollback' });
    expect(error.message).toContain('versions vanished: 2');
    // Locked versions need no metadata.
    await bench.lock(roots, { repositories: rolledBack });
    const { lockfile } = await bench.lock(roots, { repositories: rolledBack, update: ['g/late'] });
    expect(lockfile.versions[0]?.chosen).toBe('1');
  });
});

describe('an update', () => {
  it('resolves the named artifact again, and leaves everything else', async ({ bench }) => {
    const server = await bench.serve(world(...lines, 'http:1.9 -> extra:1', 'late:3', 'extra:1'));
    const newer = [{ id: 'r', url: server.url }];
    expect((await bench.lock(roots, { repositories: newer })).differences).toEqual([]);
    const { differences } = await bench.lock(roots, { repositories: newer, update: ['g/http'] });
    expect(differences.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
      'missing g:http:1.9',
      'missing g/extra/1/extra-1.jar',
      'missing g/extra/1/extra-1.pom',
      'extra g/http/1.5/http-1.5.jar',
      'missing g/http/1.9/http-1.9.jar',
      'missing g/http/1.9/http-1.9.pom',
    ]);
    expect((await bench.lock(roots, { repositories: newer, update: ['*'] })).lockfile.versions[0]?.chosen).toBe('3');
  });

  it('of an unknown artifact is reported as a mistake', async ({ bench }) => {
    expect(await errorOf(bench.lock(roots, { repositories, update: ['g/jsn'] }))).toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'bad-value',
      hint: "Did you mean 'g/json'?",
    });
    expect(await errorOf(bench.lock(roots, { repositories, update: ['g:json:1'] }))).toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'bad-value',
    });
  });

  it('is not needed for a range that the locked versions do not satisfy', async ({ bench }) => {
    const server = await bench.serve(world(...lines, 'new:1 -> http:[2,3)', 'http:2'));
    const { lockfile } = await bench
      .lock(['g:app:1', 'g:new:1'], { repositories: [{ id: 'r', url: server.url }] })
      .catch(async (error: unknown) => {
        // Both ranges at once cannot be satisfied: that is an answer, too, and no lockfile is written.
        expect(error).toMatchObject({ code: 'ERR_RANGE' });
        return bench.lock(['g:new:1'], { repositories: [{ id: 'r', url: server.url }] });
      });
    expect(lockfile.ranges.map(({ version }) => version)).toContain('2');
  });

  it('is not needed for the range of a parent that the locked versions do not satisfy', async ({ bench }) => {
    const child = (name: string, range: string): string =>
      `${name}:1 <parent><groupId>g</groupId><artifactId>base</artifactId><version>${range}</version></parent>`;
    const server = await bench.serve(world(child('kid', '[1,2)'), child('other', '[2,3)'), 'base:1 pom', 'base:2 pom'));
    const served = [{ id: 'r', url: server.url }];
    await bench.lock(['g:kid:1'], { repositories: served });
    const { lockfile } = await bench.lock(['g:kid:1', 'g:other:1'], { repositories: served });
    expect(lockfile.files.map(({ path }) => path)).toContain('g/base/2/base-2.pom');
  });

  it('a merge of two locks with the same roots is a lock of both changes', async ({ bench }) => {
    const server = await bench.serve(world(...lines, 'http:1.9', 'late:3'));
    const newer = [{ id: 'r', url: server.url }];
    const base = await bench.text();
    await bench.lock(roots, { repositories: newer, update: ['g/http'] });
    const ours = await bench.text();
    await writeFile(bench.lockfile, base);
    await bench.lock(roots, { repositories: newer, update: ['g/late'] });
    const theirs = parseLockfile(await bench.text(), 'x');
    const merged = [
      ...new Set([
        ...ours.split('\n').filter((line) => !line.includes('late')),
        ...(await bench.text()).split('\n').filter((line) => line.includes('late')),
      ]),
    ]
      .filter((line) => line !== '')
      .join('\n');
    await writeFile(bench.lockfile, `${merged}\n`);
    repositories = newer;
    expect(theirs.versions[0]?.chosen).toBe('3');
    expect(await check(bench)).toEqual([]);
    await frozen(bench, 'other');
  });
});

it('frozen ignores a POM that was in no repository and has appeared since, and the check reports it', async ({ bench }) => {
  const whole = world('lone:1 -> web:1', 'web:1');
  const without = new Map([...whole].filter(([path]) => !path.startsWith(pathOf('lone', '1', 'pom'))));
  const before = await bench.serve(without);
  const { lockfile } = await bench.lock(['g:lone:1'], { repositories: [{ id: 'r', url: before.url }] });
  expect(lockfile.absent).toEqual([pathOf('lone', '1', 'pom')]);
  const after = await bench.serve(whole);
  repositories = [{ id: 'r', url: after.url }];
  const client = bench.client({ repositories, lockfile: bench.lockfile, frozen: true, ...freshMachine(bench, 'ci') });
  expect((await client.resolveDependencies(['g:lone:1'])).dependencies.map(({ coordinate }) => coordinate)).toEqual(['g:lone:1']);
  expect((await client.resolveArtifact('g:lone:1')).verification.level).toBe('pinned');
  expect(after.count(/lone-1\.pom/)).toBe(0);
  expect(await check(bench, 'check', {}, ['g:lone:1'])).toEqual([
    `changed ${pathOf('lone', '1', 'pom')}`,
    `missing ${pathOf('web', '1')}`,
    `missing ${pathOf('web', '1', 'pom')}`,
  ]);
});

it('a lockfile that is a symbolic link stays one; a pipe is refused', async ({ bench }) => {
  const link = join(bench.folder, 'link.lock');
  await symlink(bench.lockfile, link);
  await bench.lock(['g:web:1'], { repositories, lockfile: link });
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect(await bench.text()).toContain('root g:web:1');
  expect(await errorOf(bench.check(roots, { repositories, lockfile: bench.folder }))).toMatchObject({
    code: 'ERR_CONFIG',
    reason: 'unreadable',
  });
  expect(await errorOf(bench.lock(roots, { repositories, lockfile: join(bench.folder, 'nowhere', 'x.lock') }))).toMatchObject({
    code: 'ERR_CONFIG',
    reason: 'unwritable',
  });
});
