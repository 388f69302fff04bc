/** Reads build files as people write them into models. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ClojarsFetchError } from '../../src/base/error.js';
import { readBuildBoot } from '../../src/maven/build-file/build-boot.js';
import { readProjectClj } from '../../src/maven/build-file/leiningen/project-clj.js';
import type { ProjectModel } from '../../src/maven/build-file/model/model.js';
import { readShadowCljsEdn } from '../../src/maven/build-file/shadow-cljs-edn.js';
import { readBbEdn, readDepsEdn } from '../../src/maven/build-file/tools-deps/deps-edn.js';

/** `group/artifact version [scope]`, and any further details, in one line. */
function lines(dependencies: ProjectModel['roots']): string[] {
  return dependencies.map(({ group, artifact, version, scope, classifier, extension, optional, exclusions }) =>
    [
      `${group}/${artifact}`,
      version,
      scope,
      classifier && `$${classifier}`,
      extension && `.${extension}`,
      optional === true && '?',
      exclusions && `-${exclusions.map((each) => `${each.group}/${each.artifact}`).join(',')}`,
    ]
      .filter(Boolean)
      .join(' '),
  );
}
const base = ['nrepl/nrepl 1.0.0 -org.clojure/clojure', 'org.nrepl/incomplete 0.1.0 -org.clojure/clojure'];

function failure(work: () => unknown): ClojarsFetchError {
  try {
    work();
  } catch (error) {
    if (error instanceof ClojarsFetchError) return error;
    throw error;
  }
  throw new Error('was read');
}

const large = `#!/usr/bin/env lein
(require '[clojure.string :as str])
(def secret #=(eval (System/getenv "SECRET")))
(defn version [] (-> (slurp "VERSION") str/trim))
;; (defproject not-this "0")
(defproject org.example/app #=(eval (str "1" ".0"))
  :description "A \\"quoted\\" text"
  :url ~(str "https://" "example.org")
  :license {:name "EPL"}
  :exclusions [log4j/log4j [org.slf4j/slf4j-nop :classifier "x"]]
  :managed-dependencies [[managed/one "3.0"] [managed/two "4.0" :exclusions [no/way]]]
  :dependencies [[org.clojure/clojure "1.11.1"]
                 [ring "1.9.0" :exclusions [commons-io, joda-time/joda-time]]
                 #_[ignored "1"]
                 [managed/one]
                 [managed/two nil :scope "runtime"]
                 [native/lib "2.0" :classifier "natives-linux" :extension "zip" :native-prefix ""]
                 [opaque/version ~(version)]
                 [opaque/read-eval #=(eval (str 1))]
                 ~@(more-dependencies)
                 [#?(:clj jvm/only :cljs js/only) "1.0"]
                 [literal/unquote ~"5.0"]]
  :plugins [[lein-ring "0.12.5"] ^:displace [lein-ancient "0.6.15"]]
  :repositories [["releases" {:url "https://repo.example.org/releases" :snapshots false :username :env/repo_user :password :env}]
                 ["plain" "https://plain.example.org/"]
                 ["hidden" {:url ~(System/getenv "URL")}]]
  :plugin-repositories {"plugins" "https://plugins.example.org/"}
  :mirrors {"central" {:name "near" :url "https://near.example.org/"} #"cloj.*" {:url "https://c.example.org/"} #"(a+)+b" "https://bad.example.org/"}
  :jar-exclusions [#"(?i)^META-INF/[^/]*\\.(SF|RSA)$" #"\\""]
  :uberjar-merge-with {#"services" [slurp str spit]}
  :test-selectors {:default (complement :slow) :fast #(not (:slow %))}
  :injections [(println @state 'x \`y #'z \\newline)]
  :profiles {:dev {:dependencies [[midje "1.10.0"] [ring "1.9.5"]] :plugins [[lein-midje "3.2"]] :repositories [["dev" "https://dev.example.org/"]]}
             :provided {:dependencies [[javax.servlet/servlet-api "2.5"]]}
             :extra [:part {:dependencies [[extra/inline "1"]]}]
             :part {:dependencies ^:replace [[only/this "1"]]}
             :uberjar {:aot :all}})
`;

describe('project.clj', () => {
  test('is read and never evaluated, even a large one', () => {
    const model = readProjectClj(large, 'project.clj');
    expect(model).toMatchObject({ tool: 'leiningen', name: 'org.example/app', conflicts: 'nearest', onlyThese: false });
    const all = '-log4j/log4j,org.slf4j/slf4j-nop';
    expect(lines(model.roots)).toEqual([
      `org.clojure/clojure 1.11.1 ${all}`,
      `ring/ring 1.9.5 test -commons-io/commons-io,joda-time/joda-time,log4j/log4j,org.slf4j/slf4j-nop`,
      `managed/one 3.0 ${all}`,
      `managed/two 4.0 runtime ${all}`,
      `native/lib 2.0 $natives-linux .zip ${all}`,
      `jvm/only 1.0 ${all}`,
      `literal/unquote 5.0 ${all}`,
      ...base.map((line) => `${line},log4j/log4j,org.slf4j/slf4j-nop`),
      `javax.servlet/servlet-api 2.5 provided ${all}`,
      `midje/midje 1.10.0 test ${all}`,
    ]);
    expect(lines(model.managed)).toEqual(['managed/one 3.0', 'managed/two 4.0 -no/way']);
    expect(lines(model.plugins)).toEqual(['lein-ring/lein-ring 0.12.5', 'lein-ancient/lein-ancient 0.6.15', 'lein-midje/lein-midje 3.2']);
    expect(model.repositories).toEqual([
      {
        id: 'releases',
        url: 'https://repo.example.org/releases',
        snapshots: false,
        username: { env: 'REPO_USER' },
        password: { env: 'LEIN_PASSWORD' },
      },
      { id: 'plain', url: 'https://plain.example.org/' },
      { id: 'dev', url: 'https://dev.example.org/' },
    ]);
    expect(model.pluginRepositories).toEqual([{ id: 'plugins', url: 'https://plugins.example.org/' }]);
    expect(model.mirrors).toEqual([
      { match: { kind: 'text', text: 'central' }, url: 'https://near.example.org/', name: 'near' },
      { match: { kind: 'pattern', text: 'cloj.*' }, url: 'https://c.example.org/' },
      { match: { kind: 'pattern', text: '(a+)+b' }, url: 'https://bad.example.org/' },
    ]);
    expect(model.notOurs.map(({ name, kind, line }) => `${line} ${kind} ${name}`)).toEqual([
      '20 opaque a dependency of :dependencies',
      '26 opaque the repository hidden',
      '18 opaque opaque/version',
      '19 opaque opaque/read-eval',
    ]);
    expect(model.problems).toEqual([]);
  });

  test('has profiles: chosen ones, composites, ^:replace, files of the user and of the project', () => {
    const options = {
      outerProfiles: [
        {
          file: '/h/profiles.clj',
          text: '{:user {:plugins [[lein-user "1"]] :dependencies [[user/dep "1"]]} :dev {:dependencies [[lost "1"]]}}',
        },
        { file: '/h/profiles.d/mine.clj', text: '{:dependencies [[mine/dep "1"]]}', profile: 'mine' },
      ],
      ownProfiles: { file: '/p/profiles.clj', text: '{:provided {:dependencies [[own/provided "1"]]}}' },
    };
    const text =
      '(defproject a "1" :dependencies [[x "1"]] :profiles {:dev [:one] :one {:dependencies [[one "1"] [nrepl/nrepl "1.1.0"]]} :only {:dependencies ^:replace [[only "1"]]} :user {:plugins []}})';
    expect(lines(readProjectClj(text, 'p', options).roots)).toEqual([
      'x/x 1',
      'nrepl/nrepl 1.1.0 test',
      base[1],
      'own/provided 1 provided',
      'one/one 1 test',
    ]);
    expect(lines(readProjectClj(text, 'p', { ...options, profiles: ['mine'] }).roots).at(-1)).toBe('mine/dep 1');
    expect(lines(readProjectClj(text, 'p', { ...options, profiles: ['only'] }).roots)).toEqual(['only/only 1']);
    expect(failure(() => readProjectClj(text, 'p', { profiles: ['onyl'] })).message).toContain(
      "unknown profile 'onyl'; profiles: base, dev, one, only, user",
    );
    const user = readProjectClj('(defproject a "1")', 'p', options);
    expect(lines(user.roots)).toEqual([...base, 'user/dep 1', 'own/provided 1 provided', 'lost/lost 1 test']);
    expect(lines(user.plugins)).toEqual(['lein-user/lein-user 1']);
  });

  test('ends profiles that lead in a circle', () => {
    expect(lines(readProjectClj('(defproject a "1" :profiles {:dev [:a] :a [:b] :b [:a :dev]})', 'p').roots)).toEqual(base);
  });

  test.each([
    ['(defproject a "1" :repositories ^:replace [["x" "https://x.example.org/"]])', true, ['x']],
    ['(defproject a "1" :omit-default-repositories true :repositories {"x" "https://x.example.org/"})', true, ['x']],
    ['(defproject a "1" :repositories {"x" {:url "https://x.example.org/" :releases {:checksum :fail}}})', false, ['x']],
    [
      '(defproject a "1" :repositories ^:replace [["in" "https://i/"] ["clojars" "https://c/"] ["central" "https://d/"]])',
      true,
      ['in', 'clojars', 'central'],
    ],
    ['(do (defproject a "1"))', false, []],
    ['(defproject a (slurp "v") :dependencies ~deps)', false, []],
  ])('has %s', (text, onlyThese, ids) => {
    const model = readProjectClj(text, 'p');
    expect([model.onlyThese, model.repositories.map(({ id }) => id)]).toEqual([onlyThese, ids]);
  });

  test.each([
    ['(println 1)', 'line 1, column 1: the file has no (defproject'],
    ['(defproject a "1" :dependencies)', 'line 1, column 19: defproject has a key without a value'],
    ['(defproject a "1"\n :dependencies {a "1"})', 'line 2, column 16: :dependencies must be a vector'],
    ['(defproject a "1"\n :dependencies [[a 1.0]])', 'line 2, column 20: the version of a/a must be a string'],
    ['(defproject a "1"\n :dependencies ["a"])', 'line 2, column 17: :dependencies must hold vectors'],
    ['(defproject a "1"\n :dependencies [[../../etc "1"]])', 'line 2, column 17: invalid coordinate'],
    ['(defproject a "1" :repositories "x")', ':repositories must be a map'],
  ])('%j is refused with its place', (text, message) => {
    expect(failure(() => readProjectClj(text, 'p')).message).toContain(message);
  });

  const platform = { os: 'linux', arch: 'x86_64' };
  test.each<[string, string, readonly string[], readonly string[]]>([
    [
      'the first profile with the list meets ^:replace at the top',
      ':dependencies ^:replace [[x "1"]] :profiles {:dev {:dependencies [[y "1"]]}}',
      [],
      ['x/x 1', 'y/y 1 test'],
    ],
    [
      '^:replace in a profile is lost if the profile gives a scope',
      ':dependencies [[x "1"]] :profiles {:dev {:dependencies ^:replace [[y "1"]]}}',
      [],
      ['x/x 1', ...base, 'y/y 1 test'],
    ],
    [
      'an active profile that is chosen again keeps its place',
      ':profiles {:provided {:dependencies [[x "2"]]} :dev {:dependencies [[x "3"]]}}',
      ['provided'],
      [...base, 'x/x 3 test'],
    ],
    [
      'a scope in the metadata of a profile',
      ':profiles {:e ^{:pom-scope :provided} {:dependencies [[x "1"] [y "1" :scope "test"]]}}',
      ['e'],
      [...base, 'x/x 1 provided', 'y/y 1 test'],
    ],
    [
      'the scope of a part that a composite profile has next to a map',
      ':profiles {:e [:test {:dependencies [[y "1"]]}] :test {:dependencies [[x "1"]]}}',
      ['e'],
      [...base, 'x/x 1 test', 'y/y 1 test'],
    ],
    [
      'the operating system as a profile',
      ':profiles {:default [:all ~(leiningen.core.utils/get-os)] :all {:dependencies [[x "1"]]} :linux {:dependencies [[y "1"]]}}',
      [],
      ['x/x 1', 'y/y 1'],
    ],
    [
      'the first of two managed versions',
      ':managed-dependencies [[x "1"] [x "2"]] :dependencies [[x]] :profiles {:default []}',
      [],
      ['x/x 1'],
    ],
  ])('follows Leiningen: %s', (_what, text, profiles, expected) => {
    expect(lines(readProjectClj(`(defproject a "1" ${text})`, 'p', { profiles, platform }).roots)).toEqual(expected);
  });

  test.each([
    ['(def v "1.5") (def w v) (defproject a "1" :dependencies [[x ~w]] :profiles {:default []})', ['x/x 1.5']],
    ['(def deps \'[[x "1"]]) (defproject a "1" :dependencies ~deps :profiles {:default []})', ['x/x 1']],
    ['(let [v "2"] (eval `(defproject a "1" :dependencies [[g/x ~v]] :profiles {:default []})))', ['g/x 2']],
  ])('gives a value that the file itself spells out: %s', (text, expected) => {
    expect(lines(readProjectClj(text, 'p').roots)).toEqual(expected);
  });

  test.each([
    ['(defproject a "1" :dependencies [[x/y :version]])', '1:34'],
    ['(def v (slurp "VERSION")) (defproject a "1" :dependencies [[x/y ~v]])', '1:60'],
    ['(def v "1") (def v (slurp "VERSION")) (defproject a "1" :dependencies [[x/y ~v]])', '1:72'],
    ['(def v "1") (when (ci?) (def v "2")) (defproject a "1" :dependencies [[x/y ~v]])', '1:71'],
    ['(def v "1") (alter-var-root #\'v str) (defproject a "1" :dependencies [[x/y ~v]])', '1:71'],
    ['(def v "1") (let [v (slurp "VERSION")] (defproject a "1" :dependencies [[x/y ~v]]))', '1:73'],
    ['(def v "1") (defn f [v] (defproject a "1" :dependencies [[x/y ~v]]))', '1:58'],
    ['(defproject a "1" :dependencies [[x/y ~v]]) (def v "1")', '1:34'],
  ])('names a version that only a running build knows with its place, without guessing: %s', (text, place) => {
    const { notOurs, roots } = readProjectClj(text, 'p', { platform });
    expect(notOurs.map(({ name, line, column }) => `${line}:${column} ${name}`)).toEqual([`${place} x/y`]);
    expect(lines(roots)).toEqual(base);
  });

  test('names an unknown part of a composite profile, and the other parts keep their scope', () => {
    const model = readProjectClj('(defproject a "1" :profiles {:dev [:e ~(pick)] :e {:dependencies [[x "1"]]}})', 'p', { profiles: [] });
    expect([lines(model.roots), model.notOurs.map(({ name }) => name)]).toEqual([[...base, 'x/x 1 test'], ['the profile :dev']]);
  });

  test('ends profiles that double from one to the next at once', () => {
    const doubled = (part: (name: string) => string): string =>
      `(defproject a "1" :profiles {:dev [:p0] ${Array.from({ length: 60 }, (_, index) => `:p${index} ${part(`:p${index + 1}`)}`).join(' ')} :p60 {:dependencies [[x "1"]] :exclusions [e]}})`;
    for (const part of [(name: string) => `[${name} ${name}]`, (name: string) => `[${name} {} ${name}]`])
      expect(lines(readProjectClj(doubled(part), 'p').roots).at(-1)).toMatch(/^x\/x 1/);
  });

  test.each([
    ['too-deep', `:dev [:p0 {}] ${Array.from({ length: 2000 }, (_, index) => `:p${index} [:p${index + 1} {}]`).join(' ')}`, ''],
    ['too-deep', `:dev [:p0] ${Array.from({ length: 2000 }, (_, index) => `:p${index} [:p${index + 1}]`).join(' ')}`, ''],
    [
      'too-large',
      `:dev [${Array.from({ length: 1500 }, (_, index) => `:p${index}`).join(' ')}] ${Array.from({ length: 1500 }, (_, index) => `:p${index} {:plugins [[y${index} "1"]]}`).join(' ')}`,
      Array.from({ length: 2000 }, (_, index) => `[x${index} "1"]`).join(' '),
    ],
  ])('refuses profiles that would take forever: %s', (reason, profiles, dependencies) => {
    const error = failure(() => readProjectClj(`(defproject a "1" :dependencies [${dependencies}] :profiles {${profiles}})`, 'p'));
    expect([error.code, error.reason]).toEqual(['ERR_LIMIT', reason]);
  });

  test('keeps credentials from the environment, also as one of several sources and for a mirror, and the local repository', () => {
    const model = readProjectClj(
      '(defproject a "1" :local-repo "own" :repositories {"r" {:url "https://r/" :username [:gpg :env/me] :password [:gpg :env]}} :mirrors {#"c.*" {:name "m" :url "https://m/" :username "ann" :password :env/pass}})',
      'p',
    );
    expect(model.localRepository).toBe('own');
    expect(model.repositories).toEqual([{ id: 'r', url: 'https://r/', username: { env: 'ME' }, password: { env: 'LEIN_PASSWORD' } }]);
    expect(model.mirrors).toMatchObject([{ username: 'ann', password: { env: 'PASS' } }]);
    expect(readDepsEdn('{:mvn/local-repo "own"}', 'deps.edn').localRepository).toBe('own');
    expect(readBuildBoot('(set-env! :local-repo "own")', 'build.boot').localRepository).toBe('own');
    const several = readProjectClj(
      '(defproject a "1" :repositories {"r" {:url "https://r/" :username [:env/a :gpg :env "ann"]}})',
      'p.clj',
    );
    expect(several.repositories[0]?.username).toEqual({ env: 'A', otherwise: { env: 'LEIN_USERNAME', otherwise: 'ann' } });
  });

  test('reports a version that nothing manages, without guessing', () => {
    const model = readProjectClj('(defproject a "1" :dependencies [[b/c]])', 'p');
    expect(lines(model.roots)).toEqual(base);
    expect(model.problems).toEqual([{ message: 'b/c has no version, and :managed-dependencies have none either', line: 1, column: 34 }]);
  });
});

describe('deps.edn', () => {
  const text = `{:paths ["src"] ; #"not a regex"
 :deps {org.clojure/clojure {:mvn/version "1.11.1"}
        ring/ring-core {:mvn/version "1.9.0" :exclusions [commons-io/commons-io]}
        io.netty/netty$linux-x86_64 #:mvn{:version "4.1"}
        io.github.x/y {:git/tag "v1" :git/sha "abc"}
        my/own {:local/root "../own"}}
 :mvn/repos {"internal" {:url "https://repo.example.org/" :snapshots {:enabled false}}}
 :aliases {:test {:extra-paths ["test"] :extra-deps {midje/midje {:mvn/version "1.10.0"}} :override-deps {ring/ring-core {:mvn/version "1.10.0"}}
                  :default-deps {from/default {:mvn/version "2.0"}}}
           :nil {:extra-deps {from/default nil}}
           :build {:deps {io.github.clojure/tools.build {:mvn/version "0.9"}} :ns-default build}
           :args {:exec-args {:x #inst "2020-01-01" :y ^:m [1]}}}}`;

  test('has libraries, and unsupported parts', () => {
    const model = readDepsEdn(text, 'deps.edn');
    expect(model).toMatchObject({
      tool: 'tools.deps',
      conflicts: 'tools-deps',
      repositories: [{ id: 'internal', url: 'https://repo.example.org/', snapshots: false }],
    });
    expect(lines(model.roots)).toEqual([
      'org.clojure/clojure 1.11.1',
      'ring/ring-core 1.9.0 -commons-io/commons-io',
      'io.netty/netty 4.1 $linux-x86_64',
    ]);
    expect(model.notOurs).toEqual([
      { name: 'io.github.x/y', kind: 'git', line: 5, column: 9 },
      { name: 'my/own', kind: 'local', line: 6, column: 9 },
    ]);
    expect(model.problems).toEqual([]);
  });

  test('has aliases that add, override, set defaults and replace', () => {
    const model = readDepsEdn(text, 'deps.edn', { aliases: [':nil', ':test'] });
    expect(lines(model.roots), 'the resolver applies overrides').toEqual([
      'org.clojure/clojure 1.11.1',
      'ring/ring-core 1.9.0 -commons-io/commons-io',
      'io.netty/netty 4.1 $linux-x86_64',
      'from/default 2.0',
      'midje/midje 1.10.0',
    ]);
    expect(lines(model.managed)).toEqual(['ring/ring-core 1.10.0']);
    expect(lines(readDepsEdn(text, 'deps.edn', { aliases: ['build'] }).roots)).toEqual(['io.github.clojure/tools.build 0.9']);
    expect(failure(() => readDepsEdn(text, 'deps.edn', { aliases: ['nil'] })).message).toContain(
      'line 10, column 31: from/default has no coordinate, and :default-deps have none either',
    );
  });

  test('ignores an alias that does not exist, like tools.deps, but warns', () => {
    const model = readDepsEdn(text, 'deps.edn', { aliases: ['tset'] });
    expect(lines(model.roots)).toEqual(lines(readDepsEdn(text, 'deps.edn').roots));
    expect(model.problems).toEqual([
      { message: "the alias 'tset' does not exist and changes nothing; aliases: test, nil, build, args", line: 8, column: 11 },
    ]);
  });

  test.each([
    ['[]', 'must hold one map'],
    ['{} {}', 'line 1, column 4: a second form'],
    ['{:deps [a]}', ':deps must be a map'],
    ['{:deps {"a" {:mvn/version "1"}}}', 'must have symbols as keys'],
    ['{:deps {a/b "1"}}', 'line 1, column 13: the coordinate of a/b must be a map'],
    ['{:deps {a/b {:mvn/version 1}}}', 'must be a string'],
  ])('is refused: %j', (source, message) => expect(failure(() => readDepsEdn(source, 'deps.edn')).message).toContain(message));

  test.each(['', ' \n;; nothing yet\n', '{}'])('an empty file is a project without dependencies, not an error: %j', (source) => {
    expect([readDepsEdn(source, 'deps.edn').roots, readBbEdn(source, 'bb.edn').roots]).toEqual([[], []]);
  });

  const central = { id: 'central', url: 'https://repo1.maven.org/maven2/', snapshots: false };
  const clojars = { id: 'clojars', url: 'https://repo.clojars.org/' };
  const mine = { id: 'mine', url: 'https://mine/' };
  test.each([
    ['"mine" {:url "https://mine/"} "clojars" nil', [central, mine], true],
    ['"mine" {:url "https://mine/"} "central" nil', [clojars, mine], true],
    ['"mine" {:url "https://mine/"} "clojars" nil "central" {:url "https://c/"}', [{ id: 'central', url: 'https://c/' }, mine], true],
    ['"mine" {:url "https://mine/"} "clojars" nil "central" nil', [mine], true],
    ['"mine" {:url "https://mine/"} "other" nil', [mine], false],
  ])('a standard repository that is nil is not asked, and the others are kept: %s', (entries, repositories, onlyThese) => {
    const source = `{:mvn/repos {${entries}}}`;
    for (const model of [readDepsEdn(source, 'deps.edn'), readBbEdn(source, 'bb.edn')]) {
      expect([model.repositories, model.onlyThese]).toEqual([repositories, onlyThese]);
    }
  });

  describe("the user's deps.edn", () => {
    const user = {
      file: '/home/me/.clojure/deps.edn',
      text: `{:deps {u/only {:mvn/version "1"} u/both {:mvn/version "1"}}
 :mvn/repos {"mine" {:url "https://mine/"} "gone" {:url "https://gone/"} "clojars" nil}
 :aliases {:dev {:extra-deps {u/dev {:mvn/version "1"} u/folder {:local/root "x"}}} :bad {:extra-deps {u/bad "1"}} :both {:extra-deps {u/x {:mvn/version "1"}}}}}`,
    };
    const source = `
{:deps {u/both {:mvn/version "2"}} :mvn/repos {"gone" nil "clojars" {:url "https://c/"}} :aliases {:both {:extra-deps {p/y {:mvn/version "1"}}}}}`;
    const read = (text: string, ...aliases: string[]): ProjectModel => readDepsEdn(text, 'deps.edn', { aliases, user });

    test('counts with its libraries, repositories and aliases, and never overrides the project', () => {
      const model = read(source, 'dev', ':both');
      expect(lines(model.roots)).toEqual(['u/only 1', 'u/both 2', 'u/dev 1', 'p/y 1']);
      expect([model.repositories, model.onlyThese]).toEqual([[mine, { id: 'clojars', url: 'https://c/' }], false]);
      expect([read('{}').repositories, read('{}').onlyThese]).toEqual([[central, mine, { id: 'gone', url: 'https://gone/' }], true]);
    });

    test('is named in errors about it, which never point to an unrelated line of the project', () => {
      expect(read(source, 'dev').notOurs).toEqual([{ name: 'u/folder', kind: 'local', line: 2, column: 1 }]);
      expect(failure(() => read(source, 'bad')).message).toContain(
        '/home/me/.clojure/deps.edn: line 3, column 110: the coordinate of u/bad',
      );
      expect(lines(read(source).roots)).toEqual(['u/only 1', 'u/both 2']);
    });
  });

  test('bb.edn: tasks are skipped', () => {
    const model = readBbEdn('{:deps {medley/medley {:mvn/version "1.4.0"}} :tasks {x (shell "rm" #"a[") y #(inc %)}}', 'bb.edn');
    expect([model.tool, lines(model.roots), model.problems]).toEqual(['babashka', ['medley/medley 1.4.0'], []]);
  });
});

describe('build.boot and shadow-cljs.edn', () => {
  test('set-env! may be quoted, syntax-quoted, added to, and computed', () => {
    const model = readBuildBoot(
      `(def +version+ "1")
(set-env! :source-paths #{"src"}
  :dependencies '[[org.clojure/clojure "1.10.0" :scope "provided"] [adzerk/boot-test "RELEASE" :scope "test"]]
  :repositories #(conj % ["extra" {:url "https://extra.example.org/"}]))
(set-env! :dependencies #(into % '[[more/lib "2"]]))
(do (merge-env! :dependencies \`[[quoted/lib "3"] [opaque/lib ~+version+]]))
(when (prod?) (set-env! :dependencies '[[never "1"]]))
(set-env! :repositories #(map change %))
(deftask build [] (comp (pom) (jar)))`,
      'build.boot',
    );
    expect(lines(model.roots)).toEqual([
      'org.clojure/clojure 1.10.0 provided',
      'adzerk/boot-test RELEASE test',
      'more/lib 2',
      'quoted/lib 3',
    ]);
    expect(model.repositories).toEqual([{ id: 'extra', url: 'https://extra.example.org/' }]);
    expect(model.notOurs.map(({ name, line }) => `${line} ${name}`)).toEqual(['8 :repositories', '6 opaque/lib']);
  });

  test('shadow-cljs.edn is read', () => {
    const model = readShadowCljsEdn(
      '{:source-paths ["src"] :dependencies [[reagent "1.1.0"]] :maven {:repositories {:x "https://x.example.org/"}} :builds {:app {:modules {:main {:init-fn a/b}}}}}',
      'shadow-cljs.edn',
    );
    expect([lines(model.roots), model.repositories]).toEqual([['reagent/reagent 1.1.0'], [{ id: 'x', url: 'https://x.example.org/' }]]);
    expect(model.problems.map(({ message }) => message)).toEqual([expect.stringContaining('thheller/shadow-cljs')]);
  });
});

test('any file gives a model, or an error with line and column', () => {
  const pieces = [
    '(defproject a "1" ',
    ':dependencies ',
    ':profiles ',
    ':repositories ',
    '{:deps ',
    ':aliases ',
    ':mirrors ',
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    '[a/b "1"]',
    "'",
    '~',
    '^:replace ',
    '#=',
    '#"a"',
    'nil ',
    ':dev ',
    '"x" ',
    '(set-env! ',
    ':exclusions ',
    '{:mvn/version "1"}',
    'a/b ',
    '#_',
    '1 ',
  ];
  const readers = [readProjectClj, readDepsEdn, readBbEdn, readBuildBoot, readShadowCljsEdn];
  fc.assert(
    fc.property(
      fc.constantFrom(...readers),
      fc.array(fc.constantFrom(...pieces), { maxLength: 25 }),
      fc.boolean(),
      (reader, parts, closed) => {
        const opened = parts.join('');
        try {
          reader(closed ? `(defproject a "1" ${opened})` : opened, 'x');
        } catch (error) {
          if (!(error instanceof ClojarsFetchError)) throw error;
          expect(error.message).toMatch(/line \d+, column \d+: /);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
