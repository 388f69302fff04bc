/** Entries that lead to the proxy lead to this program: its other verbs leave them out. */
import { expect } from 'vitest';

import { writeToolSetup } from '../../../src/app/tool-setup/set-up-tool.js';
import { parseSettings } from '../../../src/local/settings/settings-xml/settings-xml.js';
import { readProjectClj } from '../../../src/maven/build-file/leiningen/project-clj.js';
import { readDepsEdn } from '../../../src/maven/build-file/tools-deps/deps-edn.js';
import { it } from '../../support/workbench.js';
import { Home } from './support.js';

it('leaves the mirrors of Maven out, and keeps the others', async ({ bench }) => {
  const home = new Home(bench);
  await home.write(
    '.m2/settings.xml',
    '<settings><mirrors><mirror><id>n</id><mirrorOf>n</mirrorOf><url>https://n/</url></mirror></mirrors></settings>',
  );
  await writeToolSetup('maven', home.options);
  const { mirrors } = parseSettings(await home.read('.m2/settings.xml'), 'settings.xml', { env: {}, homeFolder: '/home/me' });
  expect(mirrors.map(({ id }) => id)).toEqual(['n']);
});

it('leaves the mirrors of Leiningen out, and keeps the others', async ({ bench }) => {
  const home = new Home(bench);
  await home.write('.lein/profiles.clj', '{:user {:mirrors {"n" {:name "n" :url "https://n/"}}}}');
  await writeToolSetup('lein', home.options);
  const { mirrors } = readProjectClj('(defproject a "1")', 'project.clj', {
    outerProfiles: [{ file: 'profiles.clj', text: await home.read('.lein/profiles.clj') }],
  });
  expect(mirrors.map(({ name }) => name)).toEqual(['n']);
});

it('leaves the repositories of the Clojure command line tools out, and keeps the others', async ({ bench }) => {
  const home = new Home(bench);
  await home.write('.clojure/deps.edn', '{:mvn/repos {"n" {:url "https://n/"}}}');
  await writeToolSetup('clj', home.options);
  const user = { file: 'user.edn', text: await home.read('.clojure/deps.edn') };
  const { repositories, onlyThese } = readDepsEdn('{}', 'deps.edn', { user });
  expect(repositories.map(({ id }) => id)).toEqual(['n']);
  expect(onlyThese).toBe(false);
});
