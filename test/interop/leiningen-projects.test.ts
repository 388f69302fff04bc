/** project.clj in an outage: fetched by one call; then Leiningen computes the same class path without the mirror. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createStoredZip } from '../../examples/demo/zip.mjs';
import { type PomParts, pomXml } from '../resolver/support/world.js';
import { runCli } from '../support/processes.js';
import { type Nginx, startNginx } from './nginx.js';
import { findProgram, missingPrograms, runProgram, skipUnlessThere } from './programs.js';
import { createFolder } from './workspace.js';

const poms: Readonly<Record<string, PomParts>> = {
  'plain:1': { dependencies: ['log:1'] },
  'web:1': { dependencies: ['http:1', 'log:2'] },
  'http:1': { dependencies: ['log:1', 'codec:1', 'extra:1'] },
  'codec:1': { dependencies: ['deep:1'] },
  'codec:2': {},
  'extra:1': { dependencies: ['deep:1'] },
  'deep:1': {},
  'log:1': {},
  'log:2': {},
  'log:3': {},
  'binary:1': { dependencies: ['deep:1'] },
  'plugin:1': { dependencies: ['help:1'] },
  'help:1': {},
  'nrepl:nrepl:1.0.0': {},
  'org.nrepl:incomplete:0.1.0': {},
};

interface Project {
  /** After the dependencies: `:profiles …`. */
  readonly settings?: string;
  readonly dependencies: string;
  /** Profiles to add. */
  readonly profiles?: readonly string[];
}

const projects: Readonly<Record<string, Project>> = {
  'the nearest version wins': { dependencies: '[g/web "1"]' },
  'of two at one depth the first wins': { dependencies: '[g/plain "1"] [g/web "1"]' },
  'a managed version wins': { dependencies: '[g/web "1"]', settings: ':managed-dependencies [[g/log "3"] [g/codec "2"]]' },
  'a managed version of its own': { dependencies: '[g/log] [g/plain "1"]', settings: ':managed-dependencies [[g/log "3"]]' },
  'exclusions of the project': { dependencies: '[g/web "1"]', settings: ':exclusions [g/deep]' },
  'exclusions of a dependency': { dependencies: '[g/http "1" :exclusions [g/codec]] [g/web "1"]' },
  'a wildcard exclusion': { dependencies: '[g/web "1" :exclusions [[g/* :extension "jar"] g/log]]' },
  'active profiles': {
    dependencies: '[g/plain "1"]',
    settings: ':profiles {:dev {:dependencies [[g/extra "1"]]} :provided {:dependencies [[g/codec "2"]]}}',
  },
  'a chosen profile': {
    dependencies: '[g/plain "1"]',
    settings: ':profiles {:new {:dependencies [[g/log "3"] [g/codec "1"]]} :both [:new :other] :other {:dependencies [[g/extra "1"]]}}',
    profiles: ['both'],
  },
  'a plugin with dependencies': { dependencies: '[g/plain "1"]', settings: ':plugins [[g/plugin "1"]]' },
  'a range': { dependencies: '[g/log "[1,3)"]' },
  'a classifier and a scope': { dependencies: '[g/binary "1" :classifier "linux"] [g/extra "1" :scope "test"]' },
};

const files = new Map<string, Buffer>();
function add(path: string, content: Buffer): void {
  files.set(path, content);
  for (const algorithm of ['sha1', 'md5'])
    files.set(`${path}.${algorithm}`, Buffer.from(createHash(algorithm).update(content).digest('hex')));
}
for (const [name, parts] of Object.entries(poms)) {
  const full = name.split(':').length > 2 ? name : `g:${name}`;
  const [group = '', artifact = '', version = ''] = full.split(':');
  const stem = `${group.replaceAll('.', '/')}/${artifact}/${version}/${artifact}-${version}`;
  add(`${stem}.pom`, Buffer.from(pomXml(full, parts)));
  for (const classifier of name === 'binary:1' ? ['', '-linux'] : ['']) {
    add(`${stem}${classifier}.jar`, createStoredZip([{ name: 'name.txt', content: Buffer.from(name + classifier) }]));
  }
}
add(
  'g/log/maven-metadata.xml',
  Buffer.from(
    '<metadata><groupId>g</groupId><artifactId>log</artifactId><versioning><release>3</release><versions><version>1</version><version>2</version><version>3</version></versions></versioning></metadata>',
  ),
);

/** Leiningen refuses plain http unless configured for it. */
const projectClj = ({ dependencies, settings = '' }: Project, url: string, local: string): string => `(require 'cemerick.pomegranate.aether)
(cemerick.pomegranate.aether/register-wagon-factory! "http" #(org.apache.maven.wagon.providers.http.HttpWagon.))
(defproject g/project "1"
  :local-repo ${JSON.stringify(local)}
  :repositories ^:replace [["clojars" {:url ${JSON.stringify(url)}}]]
  :dependencies [${dependencies}]
  ${settings})
`;

const missing = missingPrograms(['nginx', 'lein', 'java']);

describe('project.clj in an outage', () => {
  let folder: Awaited<ReturnType<typeof createFolder>> | null = null;
  const ours = new Map<string, string>();
  const folderOf = (name: string): string => join(folder?.path ?? '', name.replace(/\W+/g, '-'));

  beforeAll(async () => {
    if (missing.length > 0) return;
    folder = await createFolder();
    const served = join(folder.path, 'served');
    for (const [path, content] of files) {
      await mkdir(dirname(join(served, path)), { recursive: true });
      await writeFile(join(served, path), content);
    }
    const nginx = await startNginx(join(folder.path, 'nginx'), served);
    try {
      for (const [name, project] of Object.entries(projects)) await fetchProject(name, project, nginx);
    } finally {
      await nginx.stop();
    }
  });
  beforeEach((context) => skipUnlessThere(context, missing));
  afterAll(() => folder?.remove());

  async function fetchProject(name: string, project: Project, { url }: Nginx): Promise<void> {
    const home = join(folderOf(name), 'home');
    await mkdir(home, { recursive: true });
    const file = join(folderOf(name), 'project.clj');
    await writeFile(file, projectClj(project, url, join(folderOf(name), 'm2')));
    const chosen = (project.profiles ?? []).flatMap((profile) => ['--profile', profile]);
    const result = await runCli(['project', file, '--no-config', '--classpath', ...chosen], { home });
    ours.set(name, result.code === 0 ? result.stdout.trim() : `exit code ${result.code}: ${result.stderr}`);
  }

  /** A hash map decides Leiningen's order. */
  const jarsOf = (text: string): string[] =>
    text
      .trim()
      .split(':')
      .filter((path) => path.endsWith('.jar'))
      .sort();

  test.each(Object.entries(projects))(
    '%s: lein -o continues, with the class path that this package computed',
    async (name, { profiles = [] }) => {
      const home = join(folderOf(name), 'home');
      const task =
        profiles.length === 0 ? ['classpath'] : ['with-profile', profiles.map((profile) => `+${profile}`).join(','), 'classpath'];
      const result = await runProgram(findProgram('lein') ?? 'lein', ['-o', ...task], {
        home,
        cwd: folderOf(name),
        env: { LEIN_HOME: join(home, '.lein'), LEIN_JVM_OPTS: `-Duser.home=${home}`, LEIN_OFFLINE: '1' },
      });
      expect(result.code, `${result.output}\n${ours.get(name) ?? ''}`).toBe(0);
      const lein = jarsOf(result.stdout);
      // Plugins are in the list here, and on the class path of Leiningen itself.
      expect(jarsOf(ours.get(name) ?? '').filter((jar) => !/\/(plugin|help)\//.test(jar))).toEqual(lein);
      expect(lein.length).toBeGreaterThan(2);
    },
  );
});
