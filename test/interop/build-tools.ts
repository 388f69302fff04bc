/** Maven, Leiningen and Ivy as users run them: a small project, an empty local repository, and one repository to download from. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createMaven, type Maven, missingForMaven } from './maven.js';
import { findProgram, missingPrograms, type ProgramResult, runProgram } from './programs.js';
import { readTree } from './workspace.js';

const ivyJar = '/usr/share/java/ivy.jar';
const group = 'org.example';

/** A dependency in `org.example`. */
export interface Needed {
  readonly artifact: string;
  readonly version: string;
}

export interface Build {
  /** Where the tool ran: with its local repository, for {@link BuildOptions.folder}. */
  readonly folder: string;
  readonly succeeded: boolean;
  readonly output: string;
  /**
   * Files of the group in the tool's own local repository, by path. Without those that hold times or the address of the repository, and
   * without the remains of failed downloads, which no tool uses as the file.
   */
  readonly files: ReadonlyMap<string, Buffer>;
}

export interface BuildOptions {
  readonly jvmOptions?: readonly string[] | undefined;
  /** The folder of an earlier build, whose local repository is used again. Default: a fresh one. */
  readonly folder?: string | undefined;
  /** Plugins of Leiningen. */
  readonly plugins?: readonly Needed[] | undefined;
}

export type BuildTool = (url: string, needed: readonly Needed[], options?: BuildOptions) => Promise<Build>;

export const toolNames = ['mvn', 'lein', 'ivy'] as const;
export type BuildToolName = (typeof toolNames)[number];

/** Lists the missing requirements for {@link createBuildTools}. */
export function missingBuildTools(): string[] {
  const ivy = existsSync(ivyJar) ? [] : [`${ivyJar} (Debian: ivy)`];
  return [...new Set([...missingForMaven(), ...missingPrograms(['lein', 'java']), ...ivy])];
}

/** Prepares the tools in a folder, in which each build has folders of its own. */
export async function createBuildTools(folder: string): Promise<Readonly<Record<BuildToolName, BuildTool>>> {
  const maven = await createMaven(folder);
  const place = (what: string, options: BuildOptions): Promise<string> | string => options.folder ?? mkdtemp(join(folder, `${what}-`));
  return {
    mvn: async (url, needed, options = {}) => buildByMaven(maven, await place('mvn', options), { url, needed, ...options }),
    lein: async (url, needed, options = {}) => buildByLeiningen(await place('lein', options), { url, needed, ...options }),
    ivy: async (url, needed, options = {}) => buildByIvy(await place('ivy', options), { url, needed, ...options }),
  };
}

interface BuildRequest extends BuildOptions {
  readonly url: string;
  readonly needed: readonly Needed[];
}

async function buildByMaven(maven: Maven, folder: string, { url, needed, jvmOptions }: BuildRequest): Promise<Build> {
  const local = join(folder, 'local');
  if (!existsSync(local)) await maven.createLocalRepository(local.slice(join(folder, '..').length + 1));
  const dependencies = needed.map((one) => ({ group, ...one }));
  const { paths, output } = await maven.buildClassPath(local, dependencies, url, jvmOptions);
  return { folder, succeeded: paths !== null, output, files: await readFiles(join(local, 'org', 'example')) };
}

async function buildByLeiningen(folder: string, { url, needed, jvmOptions = [], plugins = [] }: BuildRequest): Promise<Build> {
  const [home, local] = [join(folder, 'home'), join(folder, 'local')];
  await mkdir(home, { recursive: true });
  const format = (list: readonly Needed[]): string =>
    list.map(({ artifact, version }) => `[${group}/${artifact} ${JSON.stringify(version)}]`).join(' ');
  const repositories = `[["clojars" {:url ${JSON.stringify(url)}}]]`;
  // Leiningen has no way to speak plain http, on the loopback interface too, unless configured for it.
  const wagon = url.startsWith('http:')
    ? '(cemerick.pomegranate.aether/register-wagon-factory! "http" #(org.apache.maven.wagon.providers.http.HttpWagon.))'
    : '';
  await writeFile(
    join(folder, 'project.clj'),
    `(require 'cemerick.pomegranate.aether)
${wagon}
(defproject interop "1.0.0"
  :local-repo ${JSON.stringify(local)}
  :repositories ^:replace ${repositories}
  :plugin-repositories ^:replace ${plugins.length === 0 ? '[]' : repositories}
  :plugins [${format(plugins)}]
  :eval-in :leiningen
  :profiles {:none {}}
  :dependencies [${format(needed)}])
`,
  );
  const result = await runProgram(findProgram('lein') ?? 'lein', ['with-profile', 'none', 'deps'], {
    home,
    cwd: folder,
    env: { LEIN_HOME: join(home, '.lein'), LEIN_JVM_OPTS: [`-Duser.home=${home}`, ...jvmOptions].join(' ') },
  });
  return { folder, ...outcomeOf(result), files: await readFiles(join(local, 'org', 'example')) };
}

async function buildByIvy(folder: string, { url, needed, jvmOptions = [] }: BuildRequest): Promise<Build> {
  const [home, cache] = [join(folder, 'home'), join(folder, 'cache')];
  await mkdir(home, { recursive: true });
  const settings = join(folder, 'ivysettings.xml');
  await writeFile(
    settings,
    `<ivysettings><settings defaultResolver="r"/><resolvers><ibiblio name="r" m2compatible="true" root="${url}"/></resolvers></ivysettings>\n`,
  );
  const dependencies = needed.map(
    ({ artifact, version }) => `<dependency org="${group}" name="${artifact}" rev="${version}" conf="default"/>`,
  );
  const project = join(folder, 'ivy.xml');
  await writeFile(
    project,
    `<ivy-module version="2.0"><info organisation="interop" module="project"/><configurations><conf name="default"/></configurations><dependencies>${dependencies.join('')}</dependencies></ivy-module>\n`,
  );
  const result = await runProgram(
    findProgram('java') ?? 'java',
    [
      ...[`-Duser.home=${home}`, ...jvmOptions, '-cp', ivyJar, 'org.apache.ivy.Main', '-settings', settings, '-cache', cache],
      ...['-ivy', project, '-retrieve', join(folder, 'lib', '[artifact]-[revision].[ext]')],
    ],
    { home, cwd: folder },
  );
  return { folder, ...outcomeOf(result), files: await readFiles(join(cache, group)) };
}

function outcomeOf({ code, output }: ProgramResult): Pick<Build, 'succeeded' | 'output'> {
  return { succeeded: code === 0, output };
}

const changing = /(^|\/)(_remote\.repositories|resolver-status\.properties|ivydata-[^/]*|ivy-[^/]*\.xml)$|\.(lastUpdated|part)$/;

/** Whether a file of a local repository holds times or addresses, or is the remains of a failed download. */
export function hasChangingName(path: string): boolean {
  return changing.test(path);
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  return new Map([...(await readTree(folder))].filter(([path]) => !hasChangingName(path)));
}
