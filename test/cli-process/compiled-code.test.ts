/** Compiled code in the cache folder: only a warm call writes that of the program, and damage to it never changes the program's behaviour. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { cliPath, isolatedEnvironment, runCli, type RunResult } from '../support/processes.js';
import { useSurroundings } from './surroundings.js';

const here = useSurroundings();
const cacheFolder = (): string => join(here.home, '.cache', 'clojars-fetch');
const compiledFile = (): string => join(cacheFolder(), 'compiled', `${process.version}-${process.arch}-cli-program.bin`);

/** Fetches once, so that the next call is warm. Returns a function that makes warm calls. */
async function warm(): Promise<(env?: Record<string, string>) => Promise<RunResult>> {
  const server = await here.start();
  const call = (env: Record<string, string> = {}): Promise<RunResult> => here.run(['org.example/greeter', '1.0.0'], [server], { env });
  expect((await call()).code).toBe(0);
  expect(existsSync(compiledFile())).toBe(false);
  return call;
}

describe.skipIf(process.platform === 'win32')('compiled code', () => {
  test('is saved by the first warm call, used by the next, and replaced when the program has changed', async () => {
    const call = await warm();
    const first = await call();
    const saved = await readFile(compiledFile());
    const program = readFileSync(cliPath.replace(/cli\.cjs$/, 'cli-program.cjs'));
    expect(saved.subarray(-program.length).equals(program)).toBe(true);
    expect(await call()).toEqual(first);
    expect((await readFile(compiledFile())).equals(saved)).toBe(true);
    const other = Buffer.from(saved);
    other[other.length - 2] = 0;
    await writeFile(compiledFile(), other);
    expect(await call()).toEqual(first);
    expect((await readFile(compiledFile())).subarray(-program.length).equals(program)).toBe(true);
  });

  test('reads settings.xml without a warning, as it does not import what Node would have to resolve', async () => {
    const server = await here.start();
    await mkdir(join(here.home, '.m2'), { recursive: true });
    await writeFile(
      join(here.home, '.m2', 'settings.xml'),
      `<settings><localRepository>${here.localRepository}</localRepository></settings>`,
    );
    const call = (): Promise<RunResult> => runCli(['org.example/greeter', '1.0.0', ...here.options([server])], { home: here.home });
    await call();
    const first = await call();
    expect(existsSync(compiledFile())).toBe(true);
    expect(await call()).toEqual(first);
    expect(first).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Warning') as string });
    expect(readFileSync(cliPath.replace(/cli\.cjs$/, 'cli-program.cjs'), 'utf8')).not.toMatch(/\bimport\(["'`]/);
  });

  test('is replaced if it is from another V8 or was cut short', async () => {
    const call = await warm();
    const first = await call();
    const saved = await readFile(compiledFile());
    for (const damaged of [Buffer.concat([Buffer.alloc(1000), saved.subarray(1000)]), saved.subarray(0, 1000), Buffer.alloc(0)]) {
      await writeFile(compiledFile(), damaged);
      expect(await call()).toEqual(first);
      expect((await readFile(compiledFile())).length).toBeGreaterThan(saved.length / 2);
    }
  });

  test('of a verb that runs other code is saved when it ends, the program apart, and the next run takes it with the flags of that verb', async () => {
    const exec = (): Promise<RunResult> => runCli(['exec', '--no-config', '--', process.execPath, '-p', '6 * 7'], { home: here.home });
    const compiled = (name: string): string => join(cacheFolder(), 'compiled', `${process.version}-${process.arch}-${name}.bin`);
    const built = (name: string): Buffer => readFileSync(cliPath.replace(/cli\.cjs$/, `${name}.cjs`));
    await exec();
    const first = await exec();
    expect(first).toMatchObject({ code: 0, stdout: '42\n', stderr: '' });
    const part = await readFile(compiled('cli-exec'));
    const program = await readFile(compiled('cli-proxy-exec'));
    const saved = await stat(compiled('cli-proxy-exec'));
    expect(part.subarray(-built('cli-exec').length).equals(built('cli-exec'))).toBe(true);
    expect(program.subarray(-built('cli-proxy').length).equals(built('cli-proxy'))).toBe(true);
    expect(await exec()).toEqual(first);
    // Code that V8 does not accept would be written again.
    expect((await readFile(compiled('cli-exec'))).equals(part)).toBe(true);
    expect(await stat(compiled('cli-proxy-exec'))).toMatchObject({ ino: saved.ino, mtimeMs: saved.mtimeMs });
    expect(existsSync(compiledFile())).toBe(false);
  });

  test('is neither written nor used in a folder that other users can write to, or if the user turns it off', async () => {
    const call = await warm();
    const first = await call({ NODE_DISABLE_COMPILE_CACHE: '1' });
    expect(existsSync(compiledFile())).toBe(false);
    await chmod(cacheFolder(), 0o777);
    expect(await call()).toEqual(first);
    expect(existsSync(compiledFile())).toBe(false);
  });

  test('does not create a cache folder', async () => {
    await mkdir(join(here.home, 'tmp'), { recursive: true });
    const { status } = spawnSync(process.execPath, [cliPath, '--version'], { env: isolatedEnvironment(here.home) });
    expect(status).toBe(0);
    expect(await readdir(here.home)).toEqual(['tmp']);
  });
});
