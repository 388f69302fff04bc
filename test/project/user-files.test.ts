/** The user's own files that count in every project of shadow-cljs and Leiningen. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { readProject } from '../../src/app/project/read-project.js';
import type { ProjectModel } from '../../src/maven/build-file/model/model.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => void vi.unstubAllEnvs());

async function place(path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const rootsOf = ({ roots }: ProjectModel): readonly string[] => roots.map(({ artifact, version }) => `${artifact} ${version}`);

describe("shadow-cljs's user configuration", () => {
  const project = '{:dependencies [[thheller/shadow-cljs "2.28.0"] [own/both "2"]] :repositories {"both" {:url "https://own/"}}}';
  const user =
    '{:dependencies [[user/only "1"] [own/both "1"]] :maven {:repositories {"both" {:url "https://user/"} "mine" {:url "https://mine/"}}}}';

  test('counts with its dependencies and repositories, and never overrides the project', async () => {
    const file = await place('shadow-cljs.edn', project);
    await place('xdg/shadow-cljs/config.edn', user);
    vi.stubEnv('XDG_CONFIG_HOME', join(folder, 'xdg'));
    const { model } = await readProject(file);
    expect(rootsOf(model)).toEqual(['shadow-cljs 2.28.0', 'both 2', 'only 1']);
    expect(model.repositories.map(({ id, url }) => `${id} ${url}`).sort()).toEqual(['both https://own/', 'mine https://mine/']);
  });

  test('is found in the home folder if XDG_CONFIG_HOME has no such file', async () => {
    const file = await place('shadow-cljs.edn', project);
    vi.stubEnv('XDG_CONFIG_HOME', join(folder, 'xdg'));
    vi.stubEnv('LOCALAPPDATA', join(folder, 'local'));
    await place('local/shadow-cljs/config.edn', '{:dependencies [[user/local "1"]]}');
    expect(rootsOf((await readProject(file)).model)).toContain('local 1');
  });

  test('is named in errors about it', async () => {
    const file = await place('shadow-cljs.edn', project);
    const own = await place('xdg/shadow-cljs/config.edn', '{:dependencies [[user/bad "a b"]]}');
    vi.stubEnv('XDG_CONFIG_HOME', join(folder, 'xdg'));
    await expect(readProject(file)).rejects.toMatchObject({ path: own });
  });
});

describe('LEIN_NO_USER_PROFILES', () => {
  test("leaves out the user's profiles, and not those of the project", async () => {
    const file = await place('project.clj', '(defproject a "1" :dependencies [[own/lib "1"]])');
    await place('profiles.clj', '{:dev {:dependencies [[own/dev "1"]]}}');
    await place('lein/profiles.clj', '{:user {:dependencies [[user/lib "1"]]}}');
    vi.stubEnv('LEIN_HOME', join(folder, 'lein'));
    const artifacts = async (): Promise<readonly string[]> =>
      (await readProject(file)).model.roots
        .filter(({ group }) => group !== 'nrepl' && group !== 'clojure-complete')
        .map(({ group, artifact }) => `${group}/${artifact}`);
    expect(await artifacts()).toEqual(expect.arrayContaining(['own/lib', 'own/dev', 'user/lib']));
    vi.stubEnv('LEIN_NO_USER_PROFILES', '');
    expect(await artifacts()).not.toContain('user/lib');
    expect(await artifacts()).toEqual(expect.arrayContaining(['own/lib', 'own/dev']));
  });
});
