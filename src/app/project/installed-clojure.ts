/**
 * Finds the Clojure command line tools that are installed on this machine: every project has the org.clojure/clojure of
 * their version, unless it names another.
 *
 * Source of the rule: the script `clojure`, and the formulas and packages that install it.
 */
import { readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import type { UserEnvironment } from '../../local/settings/machine/user-environment.js';
import { readTextFile, type TextFile } from './project-text.js';

/** Folders into which the installers put the tools, when `clojure` is not on the path. */
const usualFolders = ['/usr/local/lib/clojure', '/usr/lib/clojure', '/opt/homebrew/opt/clojure', '/opt/homebrew/lib/clojure'];

/** Returns the deps.edn of the installation; undefined if no tools are found. CLOJURE_INSTALL names their folder. */
export function installedDepsEdn({ env }: Pick<UserEnvironment, 'env'>): TextFile | undefined {
  const own = env['CLOJURE_INSTALL'] ?? '';
  for (const folder of own === '' ? [...foldersOnPath(env['PATH'] ?? ''), ...usualFolders] : [own]) {
    const file = join(folder, 'deps.edn');
    const text = readTextFile(file) ?? textOfJar(folder);
    if (text !== null) return { file, text };
  }
  return undefined;
}

/** The folders of each `clojure` on the path: `bin/..`, and `bin/../lib/clojure`. */
function foldersOnPath(path: string): readonly string[] {
  return path.split(delimiter).flatMap((folder) => {
    if (folder === '') return [];
    try {
      const prefix = dirname(dirname(realpathSync(join(folder, 'clojure'))));
      return [prefix, join(prefix, 'lib', 'clojure')];
    } catch {
      return [];
    }
  });
}

/** The jar of the tools is named after the version of Clojure that they bring, as in clojure-tools-1.12.0.1530.jar. */
function textOfJar(folder: string): string | null {
  let names: readonly string[];
  try {
    names = readdirSync(join(folder, 'libexec'));
  } catch {
    return null;
  }
  const [, version] = names.map((name) => /^clojure-tools-(\d+\.\d+\.\d+)\.\d+\.jar$/.exec(name)).find((found) => found !== null) ?? [];
  return version === undefined ? null : `{:deps {org.clojure/clojure {:mvn/version "${version}"}}}`;
}
