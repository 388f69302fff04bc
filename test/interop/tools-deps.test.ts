/** deps.edn in an outage: fetched by one call; then the real tools.deps computes the same class path without the mirror. */
import { createHash } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createStoredZip } from '../../examples/demo/zip.mjs';
import { type PomParts, pomXml } from '../resolver/support/world.js';
import { runCli } from '../support/processes.js';
import { type Nginx, startNginx } from './nginx.js';
import { findProgram, missingPrograms, runProgram, skipUnlessThere } from './programs.js';
import { createFolder } from './workspace.js';

const toolsDeps = '/usr/share/java/tools.deps.jar';
/** The jar's manifest names its class path, except for the reader of version lists. */
const classPath = `${toolsDeps}:/usr/share/java/maven-repository-metadata-3.x.jar`;

/** Prints the class path of each project, or why there is none. Each line of the file: folder, user's file, aliases. */
const script = `(require '[clojure.string :as str] '[clojure.java.io :as io] '[clojure.tools.deps :as deps]
         '[clojure.tools.deps.util.dir :as dir])
(doseq [line (str/split-lines (slurp (first *command-line-args*)))
        :let [[folder user & aliases] (str/split line #"\\t")]]
  (println (str "RESULT\\t" folder "\\t"
    (try
      (dir/with-dir (io/file folder)
        (str/join ":" (:classpath-roots (deps/create-basis {:root nil :user (when (seq user) user)
                                                            :project (str folder "/deps.edn")
                                                            :aliases (mapv keyword aliases)}))))
      (catch Throwable e (str "error " (str/replace (str e) #"\\s+" " ")))))))
(shutdown-agents)
`;

const poms: Readonly<Record<string, PomParts>> = {
  'plain:1': { dependencies: ['log:1'] },
  'web:1': { dependencies: ['http:1', 'log:2'] },
  'http:1': { dependencies: ['log:1', 'codec:1', 'extra:1'] },
  'http:2': { dependencies: ['codec:2'] },
  'codec:1': { dependencies: ['orphan:1'] },
  'codec:2': {},
  'orphan:1': {},
  'extra:1': { dependencies: ['deep:1'] },
  'deep:1': {},
  'log:1': {},
  'log:2': {},
  'log:3': {},
  'ranged:1': { dependencies: ['log:[1,3)'] },
  'wild:1': { dependencies: ['http:1 !*:*'] },
  'scoped:1': { dependencies: ['log:1 runtime', 'codec:1 test', 'deep:1 provided', 'extra:1 optional'] },
  'parent:1': { packaging: 'pom', managed: ['log:2', 'bom:1 import type=pom'] },
  'bom:1': { packaging: 'pom', managed: ['codec:2'] },
  'managed:1': { parent: 'parent:1', dependencies: ['log', 'codec'] },
  'native:1': { dependencies: ['binary:1 classifier=linux'] },
  'binary:1': { dependencies: ['deep:1'] },
  'user:1': {},
};

interface Project {
  readonly files: Readonly<Record<string, string>>;
  readonly aliases?: readonly string[];
  /** Text of the user's deps.edn. */
  readonly user?: string;
}

const deps = (text: string, rest = ''): Project => ({ files: { 'deps.edn': `{:deps {${text}}${rest} REPOSITORIES}` } });
const one = (name: string, version = '1', more = ''): string => `g/${name} {:mvn/version "${version}"${more}}`;

const clojure = 'org.clojure/clojure {:mvn/version "1"}';

const projects: Readonly<Record<string, Project>> = {
  plain: deps(one('plain')),
  'the newest version wins': deps(`${one('plain')} ${one('web')}`),
  'the version of the project stays': deps(`${one('web')} ${one('log')}`),
  'a newer version orphans what the older needed': deps(`${one('web')} my/lib {:mvn/version "1"}`),
  range: deps(one('ranged')),
  'range at the top': deps(one('log', '[1,3)')),
  RELEASE: deps(one('log', 'RELEASE')),
  'exclusion on one path': deps(`${one('http', '1', ' :exclusions [g/codec]')} ${one('web')}`),
  'exclusion on every path': deps(one('http', '1', ' :exclusions [g/codec g/deep]')),
  'wildcard exclusion': deps(one('wild')),
  scopes: deps(one('scoped')),
  'parent and BOM': deps(one('managed')),
  classifier: deps(one('binary$linux')),
  'classifier in a POM': deps(one('native')),
  alias: { ...deps(one('plain'), ` :aliases {:dev {:extra-deps {${one('deep')}}}}`), aliases: ['dev'] },
  override: { ...deps(one('web'), ` :aliases {:old {:override-deps {${one('log')}}}}`), aliases: ['old'] },
  default: { ...deps('g/plain nil', ` :aliases {:d {:default-deps {${one('plain')}}}}`), aliases: ['d'] },
  'replace twice': {
    ...deps(one('plain'), ` :aliases {:a {:replace-deps {${one('deep')}}} :b {:replace-deps {${one('codec', '2')}}}}`),
    aliases: ['a', 'b'],
  },
  'class path overrides': {
    ...deps(one('web'), ` :aliases {:o {:classpath-overrides {g/log "" g/deep "other.jar"}}}`),
    aliases: ['o'],
  },
  // A local library brings the Clojure of the tool itself, unless the project names one.
  'local root': {
    files: { ...deps(`${clojure} my/lib {:local/root "lib"}`).files, 'lib/deps.edn': `{:paths ["src"] :deps {${one('web')}}}` },
  },
  'local root with a pom.xml': {
    files: {
      ...deps(`my/lib {:local/root "lib"} ${one('plain')}`).files,
      'lib/pom.xml': pomXml('lib:1', { dependencies: ['http:1', 'deep:1 test'] }),
    },
  },
  'nested local roots': {
    files: {
      ...deps(`${clojure} my/lib {:local/root "lib" :exclusions [g/log]}`).files,
      'lib/deps.edn': `{:deps {my/inner {:local/root "../inner"}}}`,
      'inner/deps.edn': `{:deps {${one('web')}}}`,
    },
  },
  "the user's deps.edn": { ...deps(one('plain')), user: `{:deps {${one('user')}}}` },
  'more than eight libraries': deps(
    [one('plain'), one('web'), one('ranged'), one('wild'), one('scoped'), one('managed'), one('native'), one('user'), one('deep')].join(
      ' ',
    ),
  ),
};

const files = new Map<string, Buffer>();
function add(path: string, content: Buffer): void {
  files.set(path, content);
  for (const algorithm of ['sha1', 'md5'])
    files.set(`${path}.${algorithm}`, Buffer.from(createHash(algorithm).update(content).digest('hex')));
}
function addArtifact(group: string, name: string, parts: PomParts, classifier = ''): void {
  const [artifact = '', version = ''] = name.split(':');
  const stem = `${group.replaceAll('.', '/')}/${artifact}/${version}/${artifact}-${version}`;
  add(`${stem}.pom`, Buffer.from(pomXml(`${group}:${name}`, parts)));
  if (parts.packaging === 'pom') return;
  add(`${stem}${classifier}.jar`, createStoredZip([{ name: 'name.txt', content: Buffer.from(name + classifier) }]));
}
for (const [name, parts] of Object.entries(poms)) {
  addArtifact('g', name, parts);
  if (name === 'binary:1') addArtifact('g', name, parts, '-linux');
}
addArtifact('my', 'lib:1', { dependencies: ['http:2'] });
addArtifact('org.clojure', 'clojure:1', {});
add(
  'g/log/maven-metadata.xml',
  Buffer.from(
    '<metadata><groupId>g</groupId><artifactId>log</artifactId><versioning><latest>3</latest><release>3</release><versions><version>1</version><version>2</version><version>3</version></versions></versioning></metadata>',
  ),
);

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describe('deps.edn in an outage', () => {
  let missing: string[] = [];
  let folder: Awaited<ReturnType<typeof createFolder>> | null = null;
  /** Class paths by project: this package's while the mirror was up, and that of tools.deps once it was down. */
  const ours = new Map<string, string>();
  const theirs = new Map<string, string>();
  const folderOf = (name: string): string => join(folder?.path ?? '', name.replace(/\W+/g, '-'));

  beforeAll(async () => {
    missing = missingPrograms(['nginx', 'java']);
    if (!(await isThere(toolsDeps))) missing.push(`${toolsDeps} (apt-get install libtools-deps-clojure)`);
    if (missing.length > 0) return;
    folder = await createFolder();
    const served = join(folder.path, 'served');
    for (const [path, content] of files) await write(join(served, path), content);
    const nginx = await startNginx(join(folder.path, 'nginx'), served);
    try {
      for (const [name, project] of Object.entries(projects)) await fetchProject(name, project, nginx);
    } finally {
      await nginx.stop();
    }
    await askToolsDeps();
  });
  beforeEach((context) => skipUnlessThere(context, missing));
  afterAll(() => folder?.remove());

  async function write(path: string, content: string | Buffer): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }

  async function fetchProject(name: string, { files: texts, aliases = [], user }: Project, { url }: Nginx): Promise<void> {
    const home = join(folderOf(name), 'home');
    const repositories = `:mvn/repos {"central" {:url "${url}"} "clojars" {:url "${url}"}} :mvn/local-repo "${join(folderOf(name), 'm2')}"`;
    for (const [file, text] of Object.entries(texts)) await write(join(folderOf(name), file), text.replace('REPOSITORIES', repositories));
    if (user !== undefined) await write(join(home, '.clojure/deps.edn'), user);
    await mkdir(home, { recursive: true });
    const chosen = aliases.flatMap((alias) => ['--alias', alias]);
    const result = await runCli(['project', join(folderOf(name), 'deps.edn'), '--no-config', '--classpath', ...chosen], { home });
    ours.set(name, result.code === 0 ? result.stdout.trim() : `exit code ${result.code}: ${result.stderr}`);
  }

  async function askToolsDeps(): Promise<void> {
    const home = join(folder?.path ?? '', 'home');
    await mkdir(home, { recursive: true });
    const lines = Object.entries(projects).map(([name, { aliases = [], user }]) =>
      [folderOf(name), user === undefined ? '' : join(folderOf(name), 'home/.clojure/deps.edn'), ...aliases].join('\t'),
    );
    await writeFile(join(home, 'projects'), lines.join('\n'));
    await writeFile(join(home, 'script.clj'), script);
    const call = [`-Duser.home=${home}`, '-cp', classPath, 'clojure.main', join(home, 'script.clj'), join(home, 'projects')];
    const { stdout, output } = await runProgram(findProgram('java') ?? 'java', call, { home, cwd: home });
    const results = stdout.split('\n').filter((line) => line.startsWith('RESULT\t'));
    expect(results, output).toHaveLength(lines.length);
    for (const line of results) {
      const [, place = '', result = ''] = line.split('\t');
      const name = Object.keys(projects).find((one) => folderOf(one) === place);
      if (name !== undefined) theirs.set(name, result);
    }
  }

  const jarsOf = (text: string | undefined): string[] => (text ?? '').split(':').filter((path) => path.endsWith('.jar'));

  test.each(Object.keys(projects))('%s: tools.deps continues offline, with the class path that this package computed', (name) => {
    expect(theirs.get(name)).not.toMatch(/^error/);
    expect(jarsOf(ours.get(name)), ours.get(name)).toEqual(jarsOf(theirs.get(name)));
    expect(jarsOf(theirs.get(name)).length).toBeGreaterThan(0);
  });
});
