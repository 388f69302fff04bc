/** Marks of whole profiles and keys of dependencies in a project.clj; test/interop/leiningen-project.test.ts asks Leiningen about more. */
import { expect, test } from 'vitest';

import { readProjectClj } from '../../src/maven/build-file/leiningen/project-clj.js';

const read = (text: string): readonly string[] =>
  readProjectClj(text, 'project.clj').roots.map(({ group, artifact, version }) => `${group}/${artifact} ${version}`);

test.each([
  ['[x/a "1" :extension "jar"] [x/a "2"]', ['x/a 1', 'x/a 2']],
  ['[x/a "1" :classifier nil] [x/a "2"]', ['x/a 1', 'x/a 2']],
  ['[x/a "1" :classifier ""] [x/a "2" :classifier ""]', ['x/a 2']],
  ['[x/a "1"] [x/a "2"]', ['x/a 2']],
])('%s merges as in Leiningen', (dependencies, expected) => {
  expect(read(`(defproject a/b "1" :dependencies ^:replace [${dependencies}] :profiles {:base {}})`)).toHaveLength(
    dependencies.split('] [').length,
  );
  expect(read(`(defproject a/b "1" :dependencies [${dependencies}] :profiles {:base {}})`)).toEqual(expected);
});

test.each([
  [':user ^:replace {:dependencies [[x/b "1"]]}', ['x/b 1']],
  [':user ^:replace {:dependencies [[x/b "1"]]} :dev {:dependencies [[x/c "1"]]}', ['x/b 1']],
  [':user ^:replace {:dependencies [[x/b "1"]]} :dev ^:replace {:dependencies [[x/c "1"]]}', ['x/c 1']],
  [':user {:dependencies [[x/b "1"]]} :dev ^:displace {:dependencies [[x/c "1"]]}', ['x/a 1', 'x/b 1']],
  [':user ^:displace {:dependencies [[x/b "1"]]} :dev {:dependencies [[x/c "1"]]}', ['x/c 1']],
])('a mark of a whole profile decides about the project: %s', (profiles, expected) => {
  expect(read(`(defproject a/b "1" :dependencies [[x/a "1"]] :profiles {:base {} ${profiles}})`)).toEqual(expected);
});
