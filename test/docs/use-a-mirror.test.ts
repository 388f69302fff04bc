/** The readers of `project` and of the settings understand each snippet of docs/use-a-mirror.md. test/interop runs the real tools. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { expect } from 'vitest';

import { readProject } from '../../src/app/project/read-project.js';
import { it } from '../support/workbench.js';
import { mirrorSnippet } from './use-a-mirror.js';

const url = 'https://127.0.0.1:9/clojars/';

async function put(folder: string, name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

it('the snippets for Leiningen, Boot, the Clojure CLI and Maven name the mirror', async ({ bench }) => {
  const read = async (name: string, text: string, leiningenHome: string | false = false) =>
    (await readProject(await put(bench.folder, name, text), { leiningenHome })).model;
  const mirror = expect.objectContaining({ url }) as unknown;

  await put(bench.folder, 'lein/profiles.clj', mirrorSnippet('~/.lein/profiles.clj', url));
  const plain = '(defproject a "1" :dependencies [[b "1"]])';
  expect((await read('one/project.clj', plain, join(bench.folder, 'lein'))).mirrors).toEqual([mirror]);
  expect((await read('two/project.clj', mirrorSnippet('project.clj', url))).mirrors).toEqual([mirror]);
  expect((await read('three/build.boot', mirrorSnippet('build.boot', url))).mirrors).toEqual([mirror]);
  expect((await read('four/deps.edn', mirrorSnippet('deps.edn', url))).repositories).toContainEqual(
    expect.objectContaining({ id: 'clojars', url }),
  );
  const pom = `<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version>${mirrorSnippet('pom.xml', url)}</project>`;
  expect((await read('five/pom.xml', pom)).repositories).toContainEqual(expect.objectContaining({ id: 'clojars', url }));
  expect(mirrorSnippet('~/.boot/boot.properties', url)).toBe(`BOOT_CLOJARS_MIRROR=${url}\n`);
  expect(mirrorSnippet('settings.gradle.kts', url)).toContain(`uri("${url}")`);
});

it('clojars-fetch asks the mirrors of the snippets for its own configuration and for settings.xml', async ({ bench }) => {
  const configuration = await put(bench.folder, 'config.json', mirrorSnippet('~/.config/clojars-fetch/config.json', url));
  const added = await bench.client({ settings: false, configurationFile: configuration }).listMirrors();
  expect(added.filter(({ repository }) => repository === 'clojars').map((mirror) => mirror.url)).toContain(url);
  const settings = await put(bench.folder, 'settings.xml', mirrorSnippet('~/.m2/settings.xml', url));
  const replaced = await bench.client({ settings }).listMirrors();
  expect(replaced.filter(({ repository }) => repository === 'clojars').map((mirror) => mirror.url)).toEqual([url]);
});
