/** Debian's Gradle: unchanged projects, a Gradle home of their own, and one JVM for each build, which ends with it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Needed } from './build-tools.js';
import { readTree } from './workspace.js';

const group = 'org.example';

/** Dependencies to resolve, by task. */
export type Tasks = Readonly<Record<string, readonly Needed[]>>;

/** A project that names Central and Clojars, and copies what each of its tasks resolves; its script needs the plugins. Returns its folder. */
export async function createGradleProject(folder: string, tasks: Tasks, plugins: readonly Needed[] = []): Promise<string> {
  await mkdir(folder, { recursive: true });
  const blocks = Object.entries(tasks).map(([name, needed]) => {
    const dependencies = needed.map(({ artifact, version }) => `  ${name} '${group}:${artifact}:${version}'\n`).join('');
    return `configurations { ${name} }
dependencies {
${dependencies}}
task fetch${name}(type: Copy) { from configurations.${name}; into 'lib/${name}' }
`;
  });
  await writeFile(join(folder, 'settings.gradle'), "rootProject.name = 'interop'\n");
  const repositories = "repositories { mavenCentral(); maven { url 'https://repo.clojars.org/' } }";
  const classPath = plugins.map(({ artifact, version }) => `classpath '${group}:${artifact}:${version}'`).join('; ');
  const script = [`buildscript { ${repositories}; dependencies { ${classPath} } }`, repositories, ...blocks];
  await writeFile(join(folder, 'build.gradle'), script.join('\n'));
  return folder;
}

/** One JVM without a daemon, which goes on after a task that fails. */
export function gradleWords(tasks: Tasks): readonly string[] {
  return ['--no-daemon', '--console=plain', '--continue', ...Object.keys(tasks).map((name) => `fetch${name}`)];
}

export function gradleEnvironment(home: string): Readonly<Record<string, string>> {
  return { GRADLE_USER_HOME: join(home, '.gradle'), GRADLE_OPTS: `-Duser.home=${home}` };
}

/** The files that Gradle keeps, by their path in a repository. */
export async function readGradleCache(home: string): Promise<ReadonlyMap<string, Buffer>> {
  const kept = await readTree(join(home, '.gradle', 'caches', 'modules-2', 'files-2.1'));
  return new Map(
    [...kept].map(([path, content]) => {
      const [inGroup = '', artifact = '', version = '', , name = ''] = path.split('/');
      return [[...inGroup.split('.'), artifact, version, name].join('/'), content];
    }),
  );
}
