/** Checksums of locked files, in the format of sha512sum: for Maven, for coreutils, and for this program. */
import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { writeChecksumFiles } from '../../src/app/lock/checksum-files.js';
import { digest, errorOf } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';
import { freshMachine, it, type LockBench } from './stage.js';

const files = world('app:1 -> web:1', 'web:1', 'mine:1');

async function locked(bench: LockBench): Promise<{
  readonly report: Awaited<ReturnType<LockBench['lock']>>;
  readonly folder: string;
  readonly repositories: readonly { readonly id: string; readonly url: string }[];
}> {
  const first = await bench.serve(new Map([...files].filter(([path]) => !path.includes('/web/'))));
  const second = await bench.serve(new Map([...files].filter(([path]) => path.includes('/web/'))));
  const repositories = [
    { id: 'first', url: first.url },
    { id: 'second', url: second.url },
  ];
  return { report: await bench.lock(['g:app:1'], { repositories }), folder: join(bench.folder, '.mvn', 'checksums'), repositories };
}

describe('checksum files', () => {
  it.for(['sha256', 'sha512'] as const)(
    'have the names that Maven Resolver looks for, one for each repository: %s',
    async (algorithm, { bench }) => {
      const { report, folder } = await locked(bench);
      const written = await writeChecksumFiles(report, folder, algorithm);
      expect(written).toEqual({
        files: [
          { file: join(folder, `checksums-first.${algorithm}`), repository: 'first', locked: 2 },
          { file: join(folder, `checksums-second.${algorithm}`), repository: 'second', locked: 2 },
        ],
        without: [],
      });
      expect(await readdir(folder)).toEqual([`checksums-first.${algorithm}`, `checksums-second.${algorithm}`]);
      const line = (path: string): string => `${digest(algorithm, files.get(path) ?? Buffer.alloc(0))}  ${path}\n`;
      expect(await readFile(join(folder, `checksums-first.${algorithm}`), 'utf8')).toBe(
        line(pathOf('app', '1')) + line(pathOf('app', '1', 'pom')),
      );
    },
  );

  it.skipIf(spawnSync('sha512sum', ['--version']).status !== 0)(
    'are accepted by the real sha512sum in the local repository, which detects a changed file',
    async ({ bench }) => {
      const { report, folder } = await locked(bench);
      const { files: written } = await writeChecksumFiles(report, folder);
      const check = (): { readonly status: number | null; readonly stdout: string } => {
        const { status, stdout } = spawnSync('sha512sum', ['--strict', '-c', written[0]?.file ?? ''], { cwd: bench.m2, encoding: 'utf8' });
        return { status, stdout };
      };
      expect(check()).toEqual({ status: 0, stdout: 'g/app/1/app-1.jar: OK\ng/app/1/app-1.pom: OK\n' });
      await bench.write(pathOf('app', '1'), 'evil');
      expect(check()).toEqual({ status: 1, stdout: 'g/app/1/app-1.jar: FAILED\ng/app/1/app-1.pom: OK\n' });
    },
  );

  it('can be used as --trusted-checksums', async ({ bench }) => {
    const { report, folder, repositories } = await locked(bench);
    const { files: written } = await writeChecksumFiles(report, folder);
    const client = bench.client({
      repositories,
      trustedChecksums: written.map(({ file }) => file),
      trust: { level: 'pinned' },
      ...freshMachine(bench, 'ci'),
    });
    const { dependencies } = await client.resolveDependencies(['g:app:1']);
    expect(dependencies.map(({ verification }) => verification?.proofs[0])).toEqual(['pinned:sha512', 'pinned:sha512']);
  });

  it('keep their lines about other files; their lines about these must agree', async ({ bench }) => {
    const { report, folder } = await locked(bench);
    const [first] = (await writeChecksumFiles(report, folder)).files;
    const other = `${'1'.repeat(128)}  g/other/1/other-1.jar\n`;
    await writeFile(first?.file ?? '', `${await readFile(first?.file ?? '', 'utf8')}${other}`);
    await writeChecksumFiles(report, folder);
    expect(await readFile(first?.file ?? '', 'utf8')).toContain(other);
    await writeFile(first?.file ?? '', `${'2'.repeat(128)}  ${pathOf('app', '1')}\n`);
    expect(await errorOf(writeChecksumFiles(report, folder))).toMatchObject({
      code: 'ERR_LOCKFILE',
      reason: 'mismatch',
      path: first?.file,
    });
  });

  it('count in addition to the lockfile: both must match', async ({ bench }) => {
    const { report, folder, repositories } = await locked(bench);
    const { files: written } = await writeChecksumFiles(report, folder);
    await bench.edit((text) => text.replace(digest('sha256', files.get(pathOf('web', '1')) ?? Buffer.alloc(0)), '0'.repeat(64)));
    const client = bench.client({
      repositories,
      trustedChecksums: written.map(({ file }) => file),
      lockfile: bench.lockfile,
      ...freshMachine(bench, 'ci'),
    });
    expect(await errorOf(client.resolveDependencies(['g:app:1']))).toMatchObject({
      code: 'ERR_LOCKFILE',
      reason: 'mismatch',
      message: expect.stringContaining(pathOf('web', '1')) as string,
    });
  });

  it('leave out files whose repository is unknown', async ({ bench }) => {
    const { report, folder } = await locked(bench);
    const mine = report.lockfile.files.map((file) => ({ ...file, repository: null }));
    expect(await writeChecksumFiles({ ...report, lockfile: { ...report.lockfile, files: mine } }, folder)).toEqual({
      files: [],
      without: mine.map(({ path }) => path),
    });
  });
});
