/** Options for reading and resolving a build file: types of the public API. */
import type { DependencyOptions } from '../../fetch/resolution/resolution.js';
import type { ReadOptions } from '../../maven/build-file/model/model.js';

/** Options of `readProject`: which parts of the file apply, and which of the user's own files are read with it. */
export interface ProjectReadOptions extends ReadOptions {
  /** Folder of Leiningen's user-wide profiles; false ignores these and the system-wide ones. Default: `LEIN_HOME`, otherwise `~/.lein`. */
  readonly leiningenHome?: string | false | undefined;
  /** As {@link DependencyOptions.systemProperties}. Used only for a pom.xml. */
  readonly systemProperties?: Readonly<Record<string, string>> | undefined;
}

/** Options of `resolveProject`: which files are fetched, and how the graph is built. */
export interface ProjectOptions extends ProjectReadOptions, Pick<DependencyOptions, 'download' | 'scopes' | 'conflicts' | 'attachments'> {
  /** Also fetch the plugins that the build tool itself loads. Default: true. */
  readonly plugins?: boolean | undefined;
  /** Also check whether the build tool can go on without the network. Default: false. */
  readonly check?: boolean | undefined;
}
