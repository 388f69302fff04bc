/** The Clojure command line tools on this machine: where they are found, and the version that they add. */
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

import { describe, expect } from 'vitest';

import { installedDepsEdn } from '../../src/app/project/installed-clojure.js';
import { it } from '../support/workbench.js';

let folder = '';
it.beforeEach(async ({ bench }) => {
  folder = await realpath(bench.folder);
});

async function place(path: string, text = ''): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}
const onPath = (...folders: string[]): Record<string, string> => ({ PATH: folders.map((one) => join(folder, one)).join(delimiter) });
const adds = (version: string): string => `{:deps {org.clojure/clojure {:mvn/version "${version}"}}}`;

describe('the installed tools', () => {
  it('next to the command: lib/clojure/deps.edn of its prefix, as the Linux installer puts them', async () => {
    await place('usr/bin/clojure');
    const file = await place('usr/lib/clojure/deps.edn', adds('1.12.1'));
    expect(installedDepsEdn({ env: onPath('nothing', 'usr/bin') })).toEqual({ file, text: adds('1.12.1') });
  });

  it('behind a link: deps.edn of the prefix that it leads to, as Homebrew puts them', async () => {
    const command = await place('Cellar/clojure/1.12.0.1530/bin/clojure');
    const file = await place('Cellar/clojure/1.12.0.1530/deps.edn', adds('1.12.0'));
    await mkdir(join(folder, 'bin'));
    await symlink(command, join(folder, 'bin/clojure'));
    expect(installedDepsEdn({ env: onPath('bin') })).toEqual({ file, text: adds('1.12.0') });
  });

  it('with a jar alone: the version of Clojure is in its name', async () => {
    await place('usr/bin/clojure');
    await place('usr/lib/clojure/libexec/exec.jar');
    await place('usr/lib/clojure/libexec/clojure-tools-1.11.4.1474.jar');
    expect(installedDepsEdn({ env: onPath('usr/bin') })?.text).toBe(adds('1.11.4'));
  });

  it('the first command on the path that has them counts', async () => {
    await place('script/bin/clojure');
    await place('one/bin/clojure');
    await place('one/lib/clojure/deps.edn', adds('1.10.3'));
    await place('two/bin/clojure');
    await place('two/lib/clojure/deps.edn', adds('1.12.0'));
    expect(installedDepsEdn({ env: onPath('script/bin', 'one/bin', 'two/bin') })?.text).toBe(adds('1.10.3'));
  });

  it('CLOJURE_INSTALL names the only folder that is read', async () => {
    await place('usr/bin/clojure');
    await place('usr/lib/clojure/deps.edn', adds('1.12.1'));
    const file = await place('own/deps.edn', adds('1.9.0'));
    expect(installedDepsEdn({ env: { ...onPath('usr/bin'), CLOJURE_INSTALL: join(folder, 'own') } })).toEqual({
      file,
      text: adds('1.9.0'),
    });
    expect(installedDepsEdn({ env: { ...onPath('usr/bin'), CLOJURE_INSTALL: join(folder, 'gone') } })).toBeUndefined();
  });

  it('a jar of another name tells no version', async () => {
    await place('own/libexec/clojure-tools.jar');
    await place('own/libexec/clojure-tools-1.12.jar');
    expect(installedDepsEdn({ env: { CLOJURE_INSTALL: join(folder, 'own') } })).toBeUndefined();
  });
});
