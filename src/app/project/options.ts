/** Options of reading and resolving a build file: types of the public API. */
import type { DependencyOptions } from '../../fetch/resolution/resolution.js';
import type { ReadOptions } from '../../maven/build-file/model/model.js';

/** Options of `readProject`: the parts of a file that count, and the user's own files that are read with it. */
export interface ProjectReadOptions extends ReadOptions {
  /** Folder of Leiningen's user-wide profiles. Default: `LEIN_HOME`, else `~/.lein`; false reads none, not even the system's. */
  readonly leiningenHome?: string | false | undefined;
  /** As {@link DependencyOptions.systemProperties}; for a pom.xml. */
  readonly systemProperties?: Readonly<Record<string, string>> | undefined;
}

/** Options of `resolveProject`: what is fetched, and how the graph is built. */
export interface ProjectOptions extends ProjectReadOptions, Pick<DependencyOptions, 'download' | 'scopes' | 'conflicts' | 'attachments'> {
  /** Also fetch the plugins that the tool itself loads. Default true. */
  readonly plugins?: boolean | undefined;
  /** Also find out whether the build tool can go on without a network. Default false. */
  readonly check?: boolean | undefined;
}
