/** The contents of a build file, in the same form for every tool. */
import type { Dependency } from '../coordinate/coordinate.js';
import type { Position } from './form.js';

/** The program that a build file is for. */
export type ProjectTool = 'leiningen' | 'tools.deps' | 'boot' | 'shadow-cljs' | 'babashka' | 'maven';

/** A repository as the file names it. */
export interface ProjectRepository {
  readonly id: string;
  /** As written, and not yet judged: it may be of a scheme that is refused. */
  readonly url: string;
  /** Default: the repository's own. */
  readonly releases?: boolean | undefined;
  readonly snapshots?: boolean | undefined;
  /** Credentials written in the file; `{ env }` is the name of the variable that holds them. */
  readonly username?: string | { readonly env: string } | undefined;
  readonly password?: string | { readonly env: string } | undefined;
}

/** Where a repository is to be asked instead: `:mirrors` of Leiningen and Boot. */
export interface ProjectMirror {
  /** Id or URL of the repository, or a pattern for either. */
  readonly match: { readonly kind: 'text' | 'pattern'; readonly text: string };
  readonly url: string;
  /** Under which the tool records what came from there, and looks for it. */
  readonly name?: string | undefined;
  /** Credentials, as in {@link ProjectRepository}. */
  readonly username?: ProjectRepository['username'];
  readonly password?: ProjectRepository['password'];
}

/** A dependency in the file that this program cannot fetch. */
export interface NotOurs extends Position {
  /** `group/artifact`, or the key whose value is not known. */
  readonly name: string;
  /** `opaque`: only running the build would tell; `system`: a file of the project's own; `reactor`: built here. */
  readonly kind: 'git' | 'local' | 'opaque' | 'system' | 'reactor';
}

/** Something that was left out or guessed, for display. */
export interface ProjectProblem extends Position {
  readonly message: string;
}

/** Everything a project needs that a Maven repository can have. */
export interface ProjectModel {
  readonly file: string;
  readonly tool: ProjectTool;
  /** The project itself, if the file names it. */
  readonly name: string | null;
  /** Direct dependencies in the order of the class path. */
  readonly roots: readonly Dependency[];
  /** Versions, scopes and exclusions for what is below them. */
  readonly managed: readonly Dependency[];
  /** What the tool itself loads, resolved apart from the roots. */
  readonly plugins: readonly Dependency[];
  /** In the order in which they are asked. */
  readonly repositories: readonly ProjectRepository[];
  /** Whether `repositories` are all there are; else they are asked after the tool's own, Central and Clojars. */
  readonly onlyThese: boolean;
  /** Further ones for plugins. */
  readonly pluginRepositories: readonly ProjectRepository[];
  readonly mirrors: readonly ProjectMirror[];
  /** Folder that the file names as local repository, as written; relative to the file. */
  readonly localRepository?: string | undefined;
  readonly notOurs: readonly NotOurs[];
  /** How the tool decides between versions. */
  readonly conflicts: 'nearest' | 'highest';
  /** Modules of a Maven reactor, each with its own graph; else empty. */
  readonly modules: readonly ProjectModel[];
  readonly problems: readonly ProjectProblem[];
}

/** Which parts of a file count. */
export interface ReadOptions {
  /** Leiningen's and Maven's profiles, beside those that are active by themselves; Maven's `!name` switches one off. */
  readonly profiles?: readonly string[] | undefined;
  /** Aliases of deps.edn. */
  readonly aliases?: readonly string[] | undefined;
}
