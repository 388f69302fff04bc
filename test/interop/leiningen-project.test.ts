/** Compares the reading of project.clj with that of Leiningen's own code, over written and generated files, in one JVM. */
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';

import { readProject } from '../../src/app/project/read-project.js';
import type { Dependency } from '../../src/maven/coordinate/coordinate.js';
import { findProgram, missingPrograms, runProgram, skipUnlessThere } from './programs.js';

const jar = '/usr/share/java/leiningen.jar';

/** Prints dependencies, plugins and repositories of each project as Leiningen has them after applying its profiles. */
const script = `(require '[leiningen.core.project :as project] '[leiningen.with-profile :as with-profile]
         '[leiningen.core.classpath :as classpath] '[clojure.string :as str])
(def namespaces (set (map ns-name (all-ns))))
(defn exclusion [{:keys [group-id artifact-id classifier extension]}]
    (str group-id "/" artifact-id (when classifier (str "$" classifier)) (when extension (str "." extension))))
(defn text [value] (if (instance? clojure.lang.Named value) (name value) (str value)))
(defn dependency [dep managed]
  (let [{:keys [group-id artifact-id version classifier extension scope exclusions]}
        (project/dependency-map (first (classpath/merge-versions-from-managed-coords [dep] managed)))]
    (str/join "|" [(str group-id "/" artifact-id) version (if extension (text extension) "jar") (text (or classifier ""))
                   (text (or scope "compile")) (str/join " " (sort (distinct (map exclusion exclusions))))])))
(defn repository [[id {:keys [url snapshots]}]] (str id " " url (when (false? snapshots) " releases")))
(doseq [line (str/split-lines (slurp (first *command-line-args*)))
        :let [[file chosen] (str/split line #"\\t")]]
  (doseq [name (map ns-name (all-ns)) :when (not (namespaces name))] (remove-ns name))
  (let [result (try
    (let [ready (project/project-with-profiles (project/read-raw file))
          active (project/init-profiles ready [:default])
          names (when chosen (with-profile/profiles-in-group active (str "+" (str/replace chosen "," ",+"))))
          done (if names (project/init-profiles active names) active)
          managed (:managed-dependencies done)]
      (str/join "\\t" [(str/join ";" (map #(dependency % managed) (:dependencies done)))
                      (str/join ";" (map #(dependency % nil) (:plugins done)))
                      (str/join ";" (map repository (filter (comp :url second) (:repositories done))))]))
    (catch Throwable e (str "error " (str/replace (str e) #"\\s+" " "))))]
    (println (str "RESULT\\t" file "\\t" result))))
(shutdown-agents)
`;

/** Texts of files, each with the chosen profiles. `named` are dependencies that only a running build knows. */
interface Case {
  readonly text: string;
  readonly chosen?: string;
}

const base = 'a/b "1"';
const written: readonly Case[] = [
  // ^:replace and ^:displace at the top: the first profile with that list meets the mark.
  { text: `(defproject ${base} :dependencies ^:replace [[x/a "1"]] :profiles {:dev {:dependencies [[x/b "1"]]}})` },
  { text: `(defproject ${base} :dependencies ^:displace [[x/a "1"]] :profiles {:dev {:dependencies [[x/b "1"]]}})` },
  { text: `(defproject ${base} :dependencies ^:replace [[x/a "1"] [x/a "2"]] :profiles {:default []})` },
  { text: `(defproject ${base} :dependencies ^{:replace true} [[x/a "1"]] :profiles {:user {} :provided {:dependencies [[x/b "1"]]}})` },
  { text: `(defproject ${base} :plugins ^:replace [[x/a "1"]] :profiles {:dev {:plugins [[x/b "1"]]} :user {:plugins [[x/c "1"]]}})` },
  { text: `(defproject ${base} :repositories ^:replace [["r" "https://r/"]] :profiles {:dev {:repositories [["s" "https://s/"]]}})` },
  { text: `(defproject ${base} :repositories ^:displace [["r" "https://r/"]] :profiles {:dev {:repositories [["s" "https://s/"]]}})` },
  {
    text: `(defproject ${base} :repositories [["clojars" {:snapshots false}] ["central" "https://c/"] ["y" {:url "https://y/"}] ["z" :y]])`,
  },
  { text: `(defproject ${base} :repositories ^:replace [["in" "https://i/"] ["clojars" "https://d/"] ["central" "https://c/"]])` },
  { text: `(defproject ${base} :repositories [["r" "https://r/"] ^:replace ["clojars" "https://c/"] ["r" {:snapshots false}]])` },
  { text: `(defproject ${base} :omit-default-repositories true :repositories {"r" "https://r/"})` },
  { text: `(defproject ${base} :exclusions ^:replace [e/top] :dependencies [[x/a "1"]] :profiles {:dev {:exclusions [e/dev]}})` },
  // ^:replace in profiles: lost if the profile gives a scope.
  { text: `(defproject ${base} :dependencies [[x/a "1"]] :profiles {:dev {:dependencies ^:replace [[x/b "1"]]}})` },
  { text: `(defproject ${base} :dependencies [[x/a "1"]] :profiles {:user {:dependencies ^:replace [[x/b "1"]]}})` },
  { text: `(defproject ${base} :dependencies [[x/a "1"]] :profiles {:provided {:dependencies ^:displace [[x/b "1"]]}})` },
  { text: `(defproject ${base} :dependencies [[x/a "1"]] :profiles {:dev ^:displace {:dependencies [[x/b "1"]]}})` },
  { text: `(defproject ${base} :dependencies ^:replace [[x/a "1"]] :profiles {:default [:dev] :dev {}})` },
  { text: `(defproject ${base} :dependencies [[x/a "1"]] :profiles {:only {:dependencies ^:replace [[x/o "1"]]}})`, chosen: 'only' },
  {
    text: `(defproject ${base} :dependencies [^:replace [x/a "1"]] :profiles {:dev {:dependencies [[x/a "2"]]} :user {:dependencies [[x/a "3"]]}})`,
  },
  {
    text: `(defproject ${base} :dependencies [[x/a "1"]] :profiles {:dev {:dependencies [^:replace [x/a "2" :exclusions [e/f]] ^:displace [x/b "1"]]}})`,
  },
  // Active profiles named again keep their place; a composite profile then passes no scope down.
  {
    text: `(defproject ${base} :dependencies [[x/a "1"]] :profiles {:provided {:dependencies [[x/a "2"]]} :dev {:dependencies [[x/a "3"]]}})`,
    chosen: 'provided',
  },
  { text: `(defproject ${base} :profiles {:dev [:p :q] :p {:dependencies [[x/a "1"]]} :q {:dependencies [[x/a "2"]]}})`, chosen: 'p' },
  { text: `(defproject ${base} :profiles {:dev [:p] :p {:dependencies [[x/a "1"]]} :e {:dependencies [[x/e "1"]]}})`, chosen: 'e' },
  { text: `(defproject ${base} :profiles {:e [:f :dev] :dev {:dependencies [[x/a "1"]]} :f {:dependencies [[x/a "2"]]}})`, chosen: 'e,f' },
  { text: `(defproject ${base} :profiles {:default [:a :b :a] :a {:dependencies [[x/a "1"]]} :b {:dependencies [[x/a "2"]]}})` },
  // Scopes in metadata.
  {
    text: `(defproject ${base} :profiles {:e ^{:pom-scope :provided} {:dependencies [[x/a "1"] [x/b "1" :scope "compile"]]}})`,
    chosen: 'e',
  },
  { text: `(defproject ${base} :profiles {:dev ^{:pom-scope :provided} {:dependencies [[x/a "1"]]}})` },
  { text: `(defproject ${base} :profiles {:dev ^{:pom-scope nil} {:dependencies [[x/a "1"]]}})` },
  { text: `(defproject ${base} :profiles {:dev ^{:pom-scope "runtime"} [:e] :e {:dependencies [[x/a "1"]]}})` },
  { text: `(defproject ${base} :profiles {:dev [:e] :e ^{:pom-scope :provided} [:f] :f {:dependencies [[x/a "1"]]}})` },
  { text: `(defproject ${base} :profiles {:dev [:provided] :provided {:dependencies [[x/a "1"]]}})` },
  // Composite profiles, whole and in part.
  {
    text: `(defproject ${base} :profiles {:project/dev {:dependencies [[x/a "1"]]} :profiles/dev {:dependencies [[x/b "1"]]} :dev [:project/dev :profiles/dev]})`,
  },
  { text: `(defproject ${base} :profiles {:dev [:e {:dependencies [[x/a "1"]]}] :e {:dependencies [[x/b "1"]]}})` },
  { text: `(defproject ${base} :profiles {:e [:test {:dependencies [[x/a "1"]]}] :test {:dependencies [[x/b "1"]]}})`, chosen: 'e' },
  { text: `(defproject ${base} :profiles {:e [{:dependencies [[x/a "1"]]} {:dependencies ^:replace [[x/b "1"]]}]})`, chosen: 'e' },
  {
    text: `(defproject ${base} :profiles {:e [:f {:dependencies [[x/a "1"]]}] :f [:g {:plugins [[x/p "1"]]}] :g {:dependencies [[x/a "2" :exclusions [e/f]]]}})`,
    chosen: 'e',
  },
  {
    text: `(defproject ${base} :profiles {:dev [{} :e :f] :e ^{:pom-scope :provided} {} :f ^{:pom-scope nil} {:dependencies [[x/a "1"]]}})`,
  },
  { text: `(defproject ${base} :profiles {:default [:base]} :dependencies [[x/a "1"]])` },
  { text: `(defproject ${base} :profiles {:default [:leiningen/default :e] :e {:dependencies [[x/e "1"]]}})` },
  // Managed dependencies.
  {
    text: `(defproject ${base} :managed-dependencies [[x/a "1"] [x/a "2"] [x/a "3" :classifier "c"]] :dependencies [[x/a] [x/a nil :classifier "c"]])`,
  },
  {
    text: `(defproject ${base} :managed-dependencies [[x/a "1"]] :dependencies [[x/a]] :profiles {:dev {:managed-dependencies [[x/a "2"] [x/b "3"]] :dependencies [[x/b]]}})`,
  },
  {
    text: `(defproject ${base} :managed-dependencies [[x/a "1"]] :dependencies [[x/a]] :profiles {:user {:managed-dependencies ^:replace [[x/a "2"]]}})`,
  },
  // Values that are known without running the file.
  { text: `(def v "1.5") (defproject ${base} :dependencies [[x/a ~v] [x/b ~v :classifier ~v]])` },
  { text: `(def v "says what it is" "1.5") (def w v) (defproject ${base} :dependencies [[x/a ~w]])` },
  { text: `(def deps '[[x/a "1"]]) (defproject ${base} :dependencies ~deps)` },
  {
    text: `(def ^:private v "1") (def r [["r" {:url "https://r/" :snapshots false}]]) (defproject ${base} :repositories ~r :dependencies [[x/a ~v]])`,
  },
  { text: `(let [v "1" w v] (defproject ${base} :dependencies [[x/a ~w]]))` },
  { text: `(def v "0") (let [v "1"] (defproject ${base} :dependencies [[x/a ~v]]))` },
  {
    text: `(defproject ${base} :profiles {:default [:all ~(leiningen.core.utils/get-os)] :all {:dependencies [[x/a "1"]]} :linux {:dependencies [[x/b "1"]]}})`,
  },
  {
    text: `(defproject ${base} :profiles {:dev [~(utils/get-arch)] :x86_64 {:dependencies [[x/b "1" :classifier ~(utils/get-os)]]} :aarch_64 {:dependencies [[x/c "1"]]}})`,
  },
  // Syntax-quoted projects.
  { text: `(def v "2") (eval \`(defproject ${base} :exclusions [foo e/f h.i] :dependencies [[x/a "1"] [x/b ~v] [plain "1"] [~'q "1"]]))` },
  { text: `(let [v "3"] (eval \`(do (defproject ${base} :dependencies ^:replace [[x/b ~v]]))))` },
  // Single dependencies.
  {
    text: `(defproject ${base} :dependencies [["g/s" "1"] [single "1"] [x/o "1" :optional true :exclusions [a [b/c :classifier "k"]]]])`,
  },
  { text: `(defproject ${base} :dependencies [[x/a "1" :exclusions [p/q]] [x/a "2" :exclusions [r/s]] [x/a "3" :extension "zip"]])` },
  // Rare forms.
  { text: `(defproject ${base} :dependencies #{[x/a "1"]})` },
  { text: `(defproject ${base} :dependencies ([x/a "1"] [x/b "2"]))` },
  { text: `(defproject ${base} :dependencies nil :plugins nil)` },
  { text: `(defproject ${base} :dependencies [#_[x/z "9"] [x/a "1"] #_ #_ [x/y "1"] [x/w "1"] [x/b "2"]])` },
  { text: `(def v "1") (def v "2") (defproject ${base} :dependencies [[x/a ~v]])` },
  { text: `(defproject ${base} :dependencies [[x/a "1" :exclusions [e/* */f *]]])` },
  { text: `(defproject ${base} :dependencies [[x/a "1" :native-prefix "p" :scope :test]])` },
  { text: `(defproject ${base} :dependencies [[x/a "1" :classifier :linux :extension :zip]])` },
  { text: `(defproject ${base} :dependencies [[x/a "1" :scope nil :classifier nil :extension nil]])` },
  { text: `(defproject ${base} :dependencies [[x/a "1"] [x/a "2" :classifier "k"] [x/a nil]])` },
  { text: `(defproject ${base} :dependencies [[x/a nil] [x/a "2"]])` },
  { text: `(defproject ${base} :profiles {:dev nil :e {:dependencies [[x/a "1"]]}})`, chosen: 'e' },
  { text: `(defproject ${base} :profiles {:dev []})` },
  { text: `(defproject ${base} :profiles {:dev [:missing {:dependencies [[x/a "1"]]}]})` },
  { text: `(defproject ${base} :profiles {:leiningen/default [:dev] :dev {:dependencies [[x/a "1"]]}})` },
  { text: `(defproject ${base} :profiles {:system {:dependencies [[x/a "1"]]} :user {:dependencies [[x/b "1"]]}})` },
  { text: `(defproject ${base} :dependencies [[x/a "1"]] :profiles {:dev {:dependencies nil}})` },
  { text: `(defproject ${base} :dependencies [[x/a "1" :exclusions [e/f]]] :exclusions [e/f [e/h :classifier "k"]])` },
  { text: `(defproject ${base} :repositories ^:replace [])` },
  { text: `(defproject ${base} :repositories nil)` },
  { text: `(defproject ${base} :repositories [["r" "https://r/"] ["r" "https://s/"]])` },
  {
    text: `(defproject ${base} :repositories [["central" {:url "https://c/" :snapshots false}]] :profiles {:dev {:repositories ^:replace [["d" "https://d/"]]}})`,
  },
  { text: `(defproject ${base} :omit-default-repositories nil :repositories [["r" "https://r/"]])` },
  { text: `(defproject ${base} :profiles {:user {:omit-default-repositories true :repositories [["r" "https://r/"]]}})` },
  { text: `(defproject ${base} :profiles {:dev ^{:pom-scope :compile} {:dependencies [[x/a "1"]]}})` },
  { text: `(defproject ${base} :profiles {:dev ^:leaky {:dependencies [[x/a "1"]]}})` },
  {
    text: `(defproject ${base} :profiles {:provided ^:leaky {:dependencies [[x/a "1"]]} :dev ^{:displace true} {:dependencies [[x/b "1"]]}})`,
  },
  { text: `(defproject ${base} :dependencies ^:top-displace [[x/a "1"]] :profiles {:dev {:dependencies [[x/b "1"]]}})` },
  { text: `(defproject ${base} :dependencies ^:prepend [[x/a "1"]] :profiles {:dev {:dependencies ^:prepend [[x/b "1"]]}})` },
  { text: `(defproject ${base} :dependencies [[x/a "1" :extension "jar"] [x/a "2"] [x/b "1" :classifier nil] [x/b "2"]])` },
  {
    text: `(defproject ${base} :dependencies [[x/a "1"]] :profiles {:dev {:dependencies [[x/a "2" :classifier ""] [x/a "3" :extension nil] [x/a "4"]]}})`,
  },
  {
    text: `(defproject ${base} :dependencies [[x/a "1"]] :exclusions [e/x] :profiles {:base ^:replace {:dependencies [[x/b "1"]]} :dev {:dependencies [[x/c "1"]]}})`,
  },
  { text: `(defproject ${base} :dependencies [[x/a "1"]] :profiles {:provided {:plugins [[y/p "1"]]} :dev ^{:replace true} {}})` },
  { text: `#!/usr/bin/env lein\n(defproject ${base} :dependencies [[x/a "1"]])` },
  { text: `(defproject ${base} :profiles {:e {:profiles {:f {:dependencies [[x/z "1"]]}} :dependencies [[x/b "1"]]}})`, chosen: 'e' },
  { text: `(defproject ${base} :dependencies [[x/b "LATEST"] [x/c "[1,2)"] [x/d "1.x"] [x/e "RELEASE"] [x/f "1.0-SNAPSHOT"]])` },
];

/** Files with a random choice of marks, scopes, composites and lists; a fixed seed, so that a failure recurs. */
function generated(count: number): readonly Case[] {
  const mark = fc.constantFrom('', '', '', '', '^:replace ', '^:displace ');
  const library = fc.constantFrom('x/a', 'x/a', 'x/b', 'x/c', 'a');
  const dependency = fc
    .record({
      mark,
      library,
      version: fc.constantFrom('"1"', '"2"', '"3"'),
      more: fc.constantFrom(
        ...['', '', '', ' :scope "runtime"', ' :classifier "k"', ' :scope "test" :classifier "k"', ' :extension "zip"', ' :optional true'],
        ...[' :extension "jar"', ' :classifier ""'],
        ...[' :exclusions [e/f]', ' :exclusions [g]', ' :exclusions []', ' :exclusions [[e/f :classifier "k"] h]'],
      ),
    })
    .map((part) => `${part.mark}[${part.library} ${part.version}${part.more}]`);
  const dependencies = fc
    .record({ mark, list: fc.array(dependency, { maxLength: 3 }) })
    .map(({ mark: before, list }) => `${before}[${list.join(' ')}]`);
  const repositories = fc
    .record({
      mark,
      list: fc.uniqueArray(
        fc.constantFrom(
          '["r" "https://r/"]',
          '["r" {:url "https://q/"}]',
          '["clojars" {:snapshots false}]',
          '["s" "https://s/"]',
          '["central" "https://c/"]',
          '["clojars" "https://d/"]',
          '^:replace ["r" "https://p/"]',
          '["t" {:url "https://t/" :snapshots true}]',
        ),
        { maxLength: 3, selector: (entry) => /"(\w+)"/.exec(entry)?.[1] },
      ),
    })
    .map(({ mark: before, list }) => `${before}[${list.join(' ')}]`);
  const settings = fc
    .record(
      {
        dependencies,
        'managed-dependencies': dependencies,
        plugins: dependencies,
        repositories,
        exclusions: fc
          .record({ mark, list: fc.constantFrom('[e/x]', '[e/y]', '[]', '[x/a]', '[e/x [e/z :classifier "k"]]') })
          .map((part) => part.mark + part.list),
      },
      { requiredKeys: [] },
    )
    .map((map) =>
      Object.entries(map)
        .map(([key, value]) => `:${key} ${value}`)
        .join(' '),
    );
  const scope = fc.constantFrom('', '', '', '', '^{:pom-scope :provided} ', '^{:pom-scope :test} ', '^{:pom-scope nil} ', '^:leaky ');
  const name = fc.constantFrom(':e', ':f', ':g', ':dev', ':provided', ':user', ':test');
  // Each profile names only later ones: Leiningen does not survive circles.
  const names = [':dev', ':e', ':f', ':g', ':test', ':user', ':provided'];
  const profile = (place: number): fc.Arbitrary<string> => {
    const map = fc.record({ scope, settings }).map((part) => `${part.scope}{${part.settings}}`);
    const later = names.slice(place + 1).filter((other) => other !== ':provided');
    if (later.length === 0) return map;
    const parts = fc.array(
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...later) }, { weight: 1, arbitrary: settings.map((text) => `{${text}}`) }),
      { maxLength: 3 },
    );
    return fc.oneof(
      { weight: 3, arbitrary: map },
      { weight: 2, arbitrary: fc.record({ scope, parts }).map((part) => `${part.scope}[${part.parts.join(' ')}]`) },
    );
  };
  const profiles = fc
    .tuple(
      ...names.map((each, place) =>
        fc.option(
          profile(place).map((text) => `${each} ${text}`),
          { nil: '', freq: 2 },
        ),
      ),
    )
    .map((list) => list.join('  '));
  const chosen = fc.uniqueArray(name, { maxLength: 2 }).map((list) => list.map((each) => each.slice(1)));
  return fc.sample(fc.record({ settings, profiles, chosen }), { numRuns: count, seed: 20_240_601 }).map((part) => ({
    text: `(defproject ${base} ${part.settings} :profiles {${part.profiles}})`,
    chosen: part.chosen.filter((each) => new RegExp(`(?:^|  ):${each} `).test(part.profiles)).join(','),
  }));
}

function show({ group, artifact, version, extension, classifier, scope, exclusions = [] }: Dependency): string {
  const excluded = exclusions.map((each) => `${each.group}/${each.artifact}${each.classifier === undefined ? '' : `$${each.classifier}`}`);
  return [`${group}/${artifact}`, version, extension ?? 'jar', classifier ?? '', scope ?? 'compile', excluded.sort().join(' ')].join('|');
}

/** The model in the terms of the script. Standard repositories come first unless the project replaced them. */
async function readOurs(file: string, chosen: string): Promise<string> {
  const { model } = await readProject(file, { leiningenHome: false, profiles: chosen === '' ? [] : chosen.split(',') });
  const standard = [
    { id: 'central', url: 'https://repo1.maven.org/maven2/', snapshots: false },
    { id: 'clojars', url: 'https://repo.clojars.org/' },
  ];
  const named = new Map((model.onlyThese ? model.repositories : [...standard, ...model.repositories]).map((each) => [each.id, each]));
  const repositories = [...named.values()].map(({ id, url, snapshots }) => `${id} ${url}${snapshots === false ? ' releases' : ''}`);
  return [model.roots.map(show), model.plugins.map(show), repositories].map((list) => list.join(';')).join('\t');
}

const missing = missingPrograms(['java']);

describe('project.clj as Leiningen itself reads it', () => {
  beforeEach(async (context) => {
    const hasJar = await access(jar).then(
      () => true,
      () => false,
    );
    skipUnlessThere(context, hasJar ? missing : [...missing, `Leiningen as ${jar}`]);
  });

  test('no written or generated file gives other dependencies, plugins or repositories', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lein-project-'));
    try {
      const cases = await Promise.all(
        [...written, ...generated(400)].map(async ({ text, chosen = '' }, index) => {
          const project = join(folder, String(index));
          await mkdir(project);
          await writeFile(join(project, 'project.clj'), text);
          return { file: join(project, 'project.clj'), text, chosen };
        }),
      );
      await writeFile(join(folder, 'script.clj'), script);
      await writeFile(join(folder, 'cases'), cases.map(({ file, chosen }) => `${file}${chosen === '' ? '' : `\t${chosen}`}`).join('\n'));
      const { code, output, stdout } = await runProgram(
        findProgram('java') ?? 'java',
        ['-cp', jar, 'clojure.main', join(folder, 'script.clj'), join(folder, 'cases')],
        { home: folder, cwd: folder, env: { LEIN_HOME: join(folder, 'lein-home') } },
      );
      expect(code, output.slice(-2000)).toBe(0);
      const theirs = new Map(
        stdout.split('\n').flatMap((line): [string, string][] => {
          const [mark, file = '', ...rest] = line.split('\t');
          return mark === 'RESULT' ? [[file, rest.join('\t')]] : [];
        }),
      );
      const compared = cases.filter(({ file }) => theirs.get(file)?.startsWith('error') === false);
      expect(
        cases
          .slice(0, written.length)
          .filter((each) => !compared.includes(each))
          .map(({ file, text }) => `${theirs.get(file)}: ${text}`),
      ).toEqual([]);
      expect(compared.length).toBeGreaterThan(cases.length * 0.9);
      const different: unknown[] = [];
      for (const { file, text, chosen } of compared) {
        const ours = await readOurs(file, chosen);
        if (ours !== theirs.get(file)) different.push({ text, chosen, ours: ours.split('\t'), theirs: theirs.get(file)?.split('\t') });
      }
      expect(different).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
