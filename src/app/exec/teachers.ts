/** How each tool is told about the proxy for one run. docs/proxy-tools.md has the same as a table. */
import { writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

import { makeFolders } from '../../base/disk/make-folders.js';
import { readMavenOptions } from '../project/maven-options.js';
import { readTextFile } from '../project/project-text.js';
import type { ToolFile } from '../tool-setup/merge.js';
import type { ToolName } from '../tool-setup/tools.js';
import type { Lesson } from './lesson.js';
import { createLinkedFolder } from './linked-folder.js';

/** The tools that can be told without a change to a file. Ivy has no variable, and Cursive is an IDE. */
export type TaughtTool = Exclude<ToolName, 'ivy' | 'cursive'>;

export const teachers: Readonly<Record<TaughtTool, (lesson: Lesson) => Promise<void>>> = {
  lein: (lesson) => linkFolder(lesson, 'LEIN_HOME'),
  boot: teachBoot,
  clj: teachClj,
  maven: teachMaven,
  gradle: teachGradle,
  sbt: teachSbt,
  coursier: teachCoursier,
};

const programs: ReadonlyMap<string, TaughtTool> = new Map([
  ['lein', 'lein'],
  ['boot', 'boot'],
  ['clj', 'clj'],
  ['clojure', 'clj'],
  ['mvn', 'maven'],
  ['mvnw', 'maven'],
  ['mvnd', 'maven'],
  ['mvnDebug', 'maven'],
  ['gradle', 'gradle'],
  ['gradlew', 'gradle'],
  ['sbt', 'sbt'],
  ['cs', 'coursier'],
  ['coursier', 'coursier'],
  ['scala-cli', 'coursier'],
  ['mill', 'coursier'],
]);

/** The tool that a program is; null for any other program. */
export function toolOfProgram(program: string): TaughtTool | null {
  return programs.get(basename(program).replace(/\.(?:exe|cmd|bat|sh)$/i, '')) ?? null;
}

/** Gives the tool a folder like its own, in which the files of the plan name the proxy. */
async function linkFolder({ plan, given, line, copyOf }: Lesson, variable: string): Promise<void> {
  const { source, files } = await copies(plan.files, copyOf);
  const target = join(given.folder, variable);
  createLinkedFolder(source, target, files);
  line.env[variable] = target;
}

/** The copies by their path in the folder that all of them are in: that of the last file, as profiles may be in a folder within. */
async function copies(
  planned: readonly ToolFile[],
  copyOf: Lesson['copyOf'],
): Promise<{ readonly source: string; readonly files: ReadonlyMap<string, Uint8Array> }> {
  const shortest = planned.map(({ path }) => dirname(path)).sort((a, b) => a.length - b.length)[0] ?? '';
  const source = basename(shortest) === 'profiles.d' ? dirname(shortest) : shortest;
  const files = new Map<string, Uint8Array>();
  for (const file of planned) files.set(relative(source, file.path), await copyOf(file));
  return { source, files };
}

/** A value that the user chose stays: it may be a repository manager that must not be bypassed. */
function teachBoot({ plan, line }: Lesson): Promise<void> {
  for (const { name, value } of plan.variables) line.env[name] ??= value;
  return Promise.resolve();
}

async function teachClj(lesson: Lesson): Promise<void> {
  await linkFolder(lesson, 'CLJ_CONFIG');
  for (const { name, value } of lesson.plan.variables) lesson.line.env[name] = value;
}

/** Words of a command, of MAVEN_ARGS or of maven.config that choose a settings file. */
const choosesSettings = /(?:^|\s)(?:-s|--settings)(?:\s|=|$)/;

async function teachMaven({ plan, given, line, isCommand, copyOf, warn }: Lesson): Promise<void> {
  const { MAVEN_ARGS: words = '' } = line.env;
  const [, ...rest] = given.command;
  const typed = isCommand && rest.some((word) => choosesSettings.test(word));
  if (typed || choosesSettings.test(words)) {
    const where = typed ? 'the command' : 'the variable MAVEN_ARGS';
    return warn(`${where} names a settings file for Maven (-s), which is used as it is: Maven may not ask the proxy`);
  }
  const { settings } = await readMavenOptions(join(given.workingFolder, 'pom.xml'), readTextFile);
  if (settings.length > 0)
    return warn('.mvn/maven.config names a settings file for Maven, which is used as it is: Maven may not ask the proxy');
  const path = await writeCopy(given.folder, 'settings.xml', plan.files, copyOf);
  if (isCommand) line.words.splice(1, 0, '-s', path);
  // From Maven 3.9. Maven splits it at spaces.
  if (!/\s/.test(path)) line.env['MAVEN_ARGS'] = words === '' ? `-s ${path}` : `${words} -s ${path}`;
}

async function teachGradle({ plan, given, line, isCommand }: Lesson): Promise<void> {
  if (!isCommand) return;
  // Not merged: the user's own init scripts are run besides this one.
  const path = await writeCopy(given.folder, 'clojars-fetch.gradle', plan.files, ({ addition }) => Promise.resolve(Buffer.from(addition)));
  line.words.splice(1, 0, '-I', path);
}

async function teachSbt({ plan, given, line, isCommand, copyOf, warn }: Lesson): Promise<void> {
  // It would make sbt ignore the resolvers of a build that a script calls it for.
  if (!isCommand) return;
  const path = await writeCopy(given.folder, 'sbt-repositories', plan.files, copyOf);
  const options = [...plan.variables.map(({ value }) => value), `-Dsbt.repository.config=${path}`].join(' ');
  const { SBT_OPTS: before = '' } = line.env;
  line.env['SBT_OPTS'] = before === '' ? options : `${before} ${options}`;
  warn('sbt ignores the resolvers that the build declares, and uses those of ~/.sbt/repositories, or else Central and Clojars');
}

async function teachCoursier({ plan, given, line, copyOf }: Lesson): Promise<void> {
  line.env['COURSIER_MIRRORS'] = await writeCopy(given.folder, 'mirror.properties', plan.files, copyOf);
}

async function writeCopy(folder: string, name: string, planned: readonly ToolFile[], copyOf: Lesson['copyOf']): Promise<string> {
  const path = join(folder, name);
  makeFolders(folder, 0o700);
  for (const file of planned) writeFileSync(path, await copyOf(file), { mode: 0o600 });
  return path;
}
