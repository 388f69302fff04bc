/** Verifies many files with the built package, which uses threads: the report is the same as without them. */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { verifyFiles } from '../../src/app/verify/verify-files.js';
import { createPerson } from '../artifact/signatures/bench.js';
import { useSurroundings } from './surroundings.js';

const here = useSurroundings();
const threads = Math.min(4, availableParallelism()) - 1;
const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const count = 400;

/** Signed files, some of which are damaged and some unsigned; and a keyring with a part that cannot be read. */
async function prepare(): Promise<{
  readonly files: readonly string[];
  readonly keyring: string;
  readonly preload: string;
  readonly started: () => Promise<number>;
}> {
  const ada = await createPerson();
  const folder = join(here.home, 'files');
  await mkdir(folder, { recursive: true });
  const signed = Buffer.from('signed bytes');
  const signature = await ada.sign(signed);
  const files = Array.from({ length: count }, (_, index) => join(folder, `file-${index}.jar`));
  for (const [index, file] of files.entries()) {
    await writeFile(file, index % 7 === 3 ? 'other bytes' : signed);
    if (index % 11 !== 5) await writeFile(`${file}.asc`, signature);
  }
  const keyring = join(here.home, 'keys.asc');
  await writeFile(keyring, ada.publicKey);
  const [preload, report] = [join(here.home, 'count.cjs'), join(here.home, 'threads')];
  await writeFile(
    preload,
    `let n = 0; process.on('worker', () => (n += 1)); if (require('node:worker_threads').isMainThread) process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(report)}, String(n)));`,
  );
  return { files, keyring, preload, started: async () => Number(await readFile(report, 'utf8')) };
}

describe('verification of many files uses threads', () => {
  test.each(['js', 'cjs'])('in the library as .%s', async (ending) => {
    const { files, keyring, preload, started } = await prepare();
    const options = {
      settings: false as const,
      localRepository: here.localRepository,
      cacheFolder: join(here.home, 'cache'),
      stateFolder: join(here.home, 'state'),
      trust: { model: 'keyring' as const, keyrings: [keyring] },
    };
    // The sources come without a script for a thread.
    const expected = await verifyFiles(files, options);
    const script = join(here.home, 'verify.mjs');
    await writeFile(
      script,
      `import { createRequire } from 'node:module';
const { verifyFiles } = ${ending === 'js' ? `await import(${JSON.stringify(`${dist}trust.js`)})` : `createRequire(import.meta.url)(${JSON.stringify(`${dist}trust.cjs`)})`};
process.stdout.write(JSON.stringify(await verifyFiles(${JSON.stringify(files)}, { ...${JSON.stringify(options)}, onEvent: () => undefined })));`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, ['--require', preload, script], { encoding: 'utf8', maxBuffer: 1 << 26 });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(new Set(expected.files.map(({ status, error }) => error?.reason ?? status))).toEqual(new Set(['ok', 'bad', 'missing']));
    expect(await started()).toBe(threads);
  });

  test('in the command', async () => {
    const { files, keyring, preload, started } = await prepare();
    const { code, stdout } = await here.run(['verify', ...files, '--trust-model', 'keyring', '--keyring', keyring, '--json'], [], {
      nodeArguments: ['--require', preload],
    });
    expect(code).not.toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ files: files.map((path) => ({ path })) });
    expect(await started()).toBe(threads);
  });
});
