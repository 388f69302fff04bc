/** Reads a deps.edn or bb.edn from disk, with the user's file, the installation's, and the libraries on this disk that it names. */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { escapeForDisplay } from '../../base/escape.js';
import { readJarPom } from '../../fetch/jar/jar-pom.js';
import { type UserEnvironment, userEnvironment } from '../../local/settings/machine/user-environment.js';
import { fileError } from '../../maven/build-file/clojure/clojure-reader.js';
import { readPomLibrary } from '../../maven/build-file/maven/pom-xml.js';
import { type ReactorFiles, readSinglePom } from '../../maven/build-file/maven/reactor.js';
import type { ProjectModel } from '../../maven/build-file/model/model.js';
import { readBbEdn, readDepsEdn } from '../../maven/build-file/tools-deps/deps-edn.js';
import type { LocalFiles, PomLibrary } from '../../maven/build-file/tools-deps/local-libraries.js';
import type { Dependency } from '../../maven/coordinate/coordinate.js';
import type { PomSource } from '../../maven/pom/pom-source.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import { installedDepsEdn } from './installed-clojure.js';
import { firstOf, readBytes, readTextFile, type TextFile } from './project-text.js';

/** How the POMs of libraries on this disk are read. */
export interface LocalPomOptions {
  readonly source: (model: ProjectModel) => PomSource;
  readonly environment: () => Promise<ProfileEnvironment>;
  readonly files: ReactorFiles;
}

const top = { line: 1, column: 1 };

/** @throws ClojarsFetchError as `readDepsEdn`; for libraries with a POM also `ERR_POM`, and any error of their source */
export async function readDepsFile(
  { file, text }: TextFile,
  options: { readonly aliases?: readonly string[] | undefined; readonly clojure?: string | undefined },
  poms: LocalPomOptions,
): Promise<ProjectModel> {
  const libraries: PomLibrary[] = [];
  const user = userEnvironment();
  const common = { ...options, files: localFiles(dirname(file)), onPom: (library: PomLibrary): number => libraries.push(library) };
  const installed = installedDepsEdn(user);
  const model =
    basename(file) === 'bb.edn'
      ? readBbEdn(text, file, { ...common, installed })
      : readDepsEdn(text, file, { ...common, installed, user: userDepsEdn(user) });
  if (libraries.length === 0) return model;
  const [source, environment] = [poms.source(model), await poms.environment()];
  const localLibraries = new Map(model.localLibraries);
  for (const library of libraries) localLibraries.set(library.path, await readLibrary(library, source, environment, poms.files));
  return { ...model, localLibraries };
}

async function readLibrary(
  { kind, path }: PomLibrary,
  source: PomSource,
  environment: ProfileEnvironment,
  files: ReactorFiles,
): Promise<readonly Dependency[]> {
  if (kind === 'jar') {
    const pom = await readJarPom(path);
    if (pom === 'none') return [];
    if ('problem' in pom) throw fileError(path, top, `the :local/root is not a jar: ${escapeForDisplay(pom.problem, 300)}`);
    // As in tools.deps, a POM in a jar has no files around it.
    return readPomLibrary(await readSinglePom(`${path}!/${pom.name}`, pom.bytes, noFiles, environment), { source, environment });
  }
  const file = join(path, 'pom.xml');
  const bytes = readBytes(file);
  if (bytes === null) throw fileError(file, top, 'the :local/root has no pom.xml');
  return readPomLibrary(await readSinglePom(file, bytes, files, environment), { source, environment });
}

const noFiles: ReactorFiles = { read: () => Promise.resolve(null), resolve: (_fromFile, path) => Promise.resolve(path) };

function localFiles(home: string): LocalFiles {
  return {
    home,
    locate(folder, path) {
      try {
        const real = realpathSync(resolve(folder, path));
        return { path: real, isFile: statSync(real).isFile() };
      } catch {
        return null;
      }
    },
    read(folder, name) {
      const file = join(folder, name);
      const text = readTextFile(file);
      return text === null ? null : { file, text };
    },
  };
}

/**
 * Reads the deps.edn that counts in every project of the user. Source of the rule: the script `clojure`, which looks
 * into one folder only; here, `~/.clojure` also counts if `XDG_CONFIG_HOME` is set and has no such file, as editors are
 * often started with another environment than the shell.
 */
function userDepsEdn({ env, homeFolder }: UserEnvironment): TextFile | undefined {
  return firstOf(clojureConfigFolders(env, homeFolder).map((folder) => join(folder, 'deps.edn')));
}

/** An empty variable counts as unset. */
function clojureConfigFolders(env: UserEnvironment['env'], homeFolder: string): readonly string[] {
  const [own = '', shared = ''] = [env['CLJ_CONFIG'], env['XDG_CONFIG_HOME']];
  if (own !== '') return [own];
  return [...(shared === '' ? [] : [join(shared, 'clojure')]), join(homeFolder, '.clojure')];
}
