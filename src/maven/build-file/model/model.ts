/** The contents of a build file, in the same form for every tool. */
import type { Dependency } from '../../coordinate/coordinate.js';
import type { Position } from '../clojure/form.js';

/** The program that a build file is for. */
export type ProjectTool = 'leiningen' | 'tools.deps' | 'boot' | 'shadow-cljs' | 'babashka' | 'maven';

/** A variable of the environment that holds a credential. */
export interface SecretVariable {
  /** Its name. */
  readonly env: string;
  /** Used if the variable is not set. */
  readonly otherwise?: string | SecretVariable | undefined;
}

/** A repository as the file names it. */
export interface ProjectRepository {
  readonly id: string;
  /** As written and unchecked: its scheme may be unsupported. */
  readonly url: string;
  /** Whether it serves releases and snapshots; undefined if the file does not say. */
  readonly releases?: boolean | undefined;
  readonly snapshots?: boolean | undefined;
  /** Credentials written in the file. */
  readonly username?: string | SecretVariable | undefined;
  readonly password?: string | SecretVariable | undefined;
}

/** The URL to use instead of a repository's own: `:mirrors` of Leiningen and Boot. */
export interface ProjectMirror {
  /** Id or URL of the repository, or a pattern for either. */
  readonly match: { readonly kind: 'text' | 'pattern'; readonly text: string };
  /** Empty if the entry takes the repository out of the other mirrors. */
  readonly url: string;
  /** The id under which the tool records the mirror's files and looks for them. */
  readonly name?: string | undefined;
  /** Credentials, as in {@link ProjectRepository}. */
  readonly username?: ProjectRepository['username'];
  readonly password?: ProjectRepository['password'];
}

/** A dependency or value in the file that clojars-fetch cannot fetch or read. */
export interface NotOurs extends Position {
  /** `group/artifact`, or the key whose value is unknown. */
  readonly name: string;
  /**
   * `git`: comes from a git repository; `local`: a library on this disk; `opaque`: known only to a running build; `system`: a file of the
   * project; `reactor`: a module that the project itself builds.
   */
  readonly kind: 'git' | 'local' | 'opaque' | 'system' | 'reactor';
}

/** Describes something that was left out or guessed; for display. */
export interface ProjectProblem extends Position {
  readonly message: string;
  /** True if the build needs something that could not be determined, so that it was not fetched. */
  readonly incomplete?: true | undefined;
}

/** Everything that a project needs from Maven repositories. */
export interface ProjectModel {
  readonly file: string;
  readonly tool: ProjectTool;
  /** Name of the project; null if the file does not give one. */
  readonly name: string | null;
  /** Direct dependencies in the order of the class path. */
  readonly roots: readonly Dependency[];
  /** Versions, scopes and exclusions for transitive dependencies. */
  readonly managed: readonly Dependency[];
  /** Plugins that the tool itself loads, resolved separately from the roots. */
  readonly plugins: readonly Dependency[];
  /** In the order of use. */
  readonly repositories: readonly ProjectRepository[];
  /** Whether only `repositories` are used; otherwise they follow the tool's own, Central and Clojars. */
  readonly onlyThese: boolean;
  /** Additional repositories for plugins. */
  readonly pluginRepositories: readonly ProjectRepository[];
  readonly mirrors: readonly ProjectMirror[];
  /** Folder that the file names as local repository, as written; relative to the file. */
  readonly localRepository?: string | undefined;
  readonly notOurs: readonly NotOurs[];
  /** How the tool decides between versions. */
  readonly conflicts: 'nearest' | 'tools-deps';
  /** With tools.deps: the dependencies of the libraries on this disk (`:local/root`), by absolute path. */
  readonly localLibraries?: ReadonlyMap<string, readonly Dependency[]> | undefined;
  /** With tools.deps: paths that replace a library on the class path, by `group/artifact`; an empty path removes the library. */
  readonly classPathOverrides?: ReadonlyMap<string, string> | undefined;
  /** Modules of a Maven reactor, each with its own graph; otherwise empty. */
  readonly modules: readonly ProjectModel[];
  readonly problems: readonly ProjectProblem[];
}

/** Selects the active parts of a file. */
export interface ReadOptions {
  /** Profiles of Leiningen and Maven, in addition to those active by default; Maven's `!name` switches one off. */
  readonly profiles?: readonly string[] | undefined;
  /** Aliases of deps.edn. */
  readonly aliases?: readonly string[] | undefined;
  /**
   * Version of org.clojure/clojure that the installed Clojure command line tools add to every project. Default: that of the
   * tools installed on this machine. If none are installed, the library is part of the graph only if a deps.edn names it.
   */
  readonly clojure?: string | undefined;
}
