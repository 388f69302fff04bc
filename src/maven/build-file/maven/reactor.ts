/** The POMs of one Maven build: the project's, its modules', and their parents on this disk. */
import { escapeForDisplay } from '../../../base/escape.js';
import { interpolatePath } from '../../pom/interpolate-path.js';
import { formatLabel } from '../../pom/label.js';
import type { PomModel, PomProfile } from '../../pom/model.js';
import { parsePom } from '../../pom/parse.js';
import { PomProblemError } from '../../pom/problem.js';
import { activeProfiles, type ProfileEnvironment } from '../../pom/profile.js';
import { fileError } from '../clojure/clojure-reader.js';

/** A POM file on this disk. */
export interface ReactorPom {
  /** Absolute path. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly model: PomModel;
  /** Its own active profiles. */
  readonly profiles: readonly PomProfile[];
  /** Properties of Maven's command line. */
  readonly userProperties?: ReadonlyMap<string, string> | undefined;
  /** Its parent, if found at `relativePath`. */
  readonly parent: ReactorPom | null;
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
}

export interface Reactor {
  /** The project, then its modules, depth first in the order written. */
  readonly projects: readonly ReactorPom[];
  /** Projects and parents by `group:artifact:version`, with the version both as written and with its properties filled in. */
  readonly byLabel: ReadonlyMap<string, ReactorPom>;
}

/** `read` returns null if the file is missing. `resolve` takes a path relative to a file's folder, and a folder to its pom.xml. */
export interface ReactorFiles {
  read(file: string): Promise<Uint8Array | null>;
  resolve(fromFile: string, path: string): Promise<string>;
}

const maxProjects = 1000;
const maxParents = 50;
const start = { line: 1, column: 1 };

/**
 * Reads a POM, its modules and its parents on this disk.
 * @throws ClojarsFetchError `ERR_CONFIG`: a POM that cannot be read, a module that is missing; `ERR_LIMIT`
 */
export async function readReactor(file: string, bytes: Uint8Array, files: ReactorFiles, environment: ProfileEnvironment): Promise<Reactor> {
  const reader = new ReactorReader(file, files, environment);
  await reader.visit(file, bytes);
  return reader;
}

/** Reads a POM and its parents on this disk, without its modules. Errors as {@link readReactor}. */
export async function readSinglePom(
  file: string,
  bytes: Uint8Array,
  files: ReactorFiles,
  environment: ProfileEnvironment,
): Promise<Reactor> {
  const reader = new ReactorReader(file, files, environment);
  await reader.add(file, bytes);
  return reader;
}

class ReactorReader implements Reactor {
  readonly projects: ReactorPom[] = [];
  readonly byLabel = new Map<string, ReactorPom>();
  readonly #visited = new Set<string>();
  readonly #root: string;
  readonly #files: ReactorFiles;
  readonly #environment: ProfileEnvironment;

  constructor(root: string, files: ReactorFiles, environment: ProfileEnvironment) {
    this.#root = root;
    this.#files = files;
    this.#environment = environment;
  }

  /** Adds a project and, below it, its modules. */
  async visit(file: string, bytes: Uint8Array): Promise<void> {
    if (this.#visited.has(file)) return;
    this.#visited.add(file);
    if (this.#visited.size > maxProjects) throw fileError(this.#root, start, `it has more than ${maxProjects} modules`, 'too-large');
    const pom = await this.add(file, bytes);
    for (const module of [pom.model, ...pom.profiles].flatMap(({ modules }) => modules)) await this.#visitModule(file, module);
  }

  /** Adds a project, with its parents. */
  async add(file: string, bytes: Uint8Array): Promise<ReactorPom> {
    const pom = await this.#open(file, bytes, 0);
    this.projects.push(pom);
    for (let each: ReactorPom | null = pom; each !== null; each = each.parent) this.#register(each);
    return pom;
  }

  async #visitModule(file: string, module: string): Promise<void> {
    const moduleFile = await this.#files.resolve(file, module);
    const bytes = await this.#files.read(moduleFile);
    if (bytes === null) {
      throw fileError(file, start, `its module '${escapeForDisplay(module, 120)}' does not exist: ${escapeForDisplay(moduleFile, 300)}`);
    }
    await this.visit(moduleFile, bytes);
  }

  async #open(file: string, bytes: Uint8Array, depth: number): Promise<ReactorPom> {
    const model = parse(file, bytes);
    const parent = depth < maxParents ? await this.#openParent(file, model, depth) : null;
    return {
      file,
      bytes,
      model,
      // Problems of a profile are reported when the model is built.
      profiles: activeProfiles(model.profiles, model.properties, this.#environment, [], file),
      userProperties: this.#environment.userProperties,
      parent,
      group: model.group ?? model.parent?.group ?? '',
      artifact: model.artifact ?? '',
      version: model.version ?? model.parent?.version ?? '',
    };
  }

  /** Like Maven, ignores a POM at `relativePath` that is not the wanted parent: that one comes from a repository. */
  async #openParent(file: string, { parent }: PomModel, depth: number): Promise<ReactorPom | null> {
    if (parent === undefined || parent.relativePath === '') return null;
    const parentFile = await this.#files.resolve(file, parent.relativePath ?? '../pom.xml');
    const bytes = await this.#files.read(parentFile);
    if (bytes === null) return null;
    const found = await this.#open(parentFile, bytes, depth + 1);
    if (found.group !== parent.group || found.artifact !== parent.artifact) return null;
    return found.version === parent.version || interpolate(found.version, found) === parent.version ? found : null;
  }

  #register(pom: ReactorPom): void {
    for (const version of [pom.version, interpolate(pom.version, pom)]) {
      const label = formatLabel(pom.group, pom.artifact, version);
      if (!this.byLabel.has(label)) this.byLabel.set(label, pom);
    }
  }
}

function parse(file: string, bytes: Uint8Array): PomModel {
  try {
    return parsePom(bytes, file);
  } catch (error) {
    if (!(error instanceof PomProblemError)) throw error;
    const problem = error.problems[0];
    const { reason, detail = error.message, place } = problem ?? {};
    const position = { line: place?.line ?? 1, column: place?.column ?? 1 };
    throw fileError(file, position, detail, reason === 'too-large' || reason === 'too-deep' ? reason : undefined);
  }
}

/** Fills in `${revision}` and the like from properties of the file and of its parents on this disk. Only for file names. */
export function interpolate(text: string, pom: ReactorPom): string {
  return interpolatePath(text, (name) => valueOf(name, pom));
}

function valueOf(name: string, pom: ReactorPom): string | undefined {
  const naked = name.replace(/^(?:project|pom)\./, '');
  if (naked === 'groupId') return pom.group;
  if (naked === 'artifactId') return pom.artifact;
  if (naked === 'version' && !pom.version.includes('${')) return pom.version;
  if (naked === 'parent.version') return pom.model.parent?.version;
  if (name === 'project.basedir' || name === 'basedir') return pom.file.replace(/[\\/][^\\/]*$/, '');
  const given = pom.userProperties?.get(name);
  if (given !== undefined) return given;
  for (let each: ReactorPom | null = pom; each !== null; each = each.parent) {
    const value =
      [...each.profiles]
        .reverse()
        .find(({ properties }) => properties.has(name))
        ?.properties.get(name) ?? each.model.properties.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}
