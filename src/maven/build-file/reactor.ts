/** The POMs of one Maven build: the project's, its modules', and their parents on this disk. */
import { escapeForDisplay } from '../../base/escape.js';
import { formatLabel } from '../pom/label.js';
import type { PomModel, PomProfile } from '../pom/model.js';
import { parsePom } from '../pom/parse.js';
import { PomProblemError } from '../pom/problem.js';
import { activeProfiles, type ProfileEnvironment } from '../pom/profile.js';
import { fileError } from './clojure-reader.js';

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
  /** Projects and parents by `group:artifact:version`, with the version as written and as its properties make it. */
  readonly byLabel: ReadonlyMap<string, ReactorPom>;
}

/** Reads a file, null where there is none; resolves a path against that of a file's folder, a folder to its pom.xml. */
export interface ReactorFiles {
  read(file: string): Promise<Uint8Array | null>;
  resolve(fromFile: string, path: string): Promise<string>;
}

const maxProjects = 1000;
const maxParents = 50;

/**
 * Reads a POM, its modules and its parents on this disk.
 * @throws ClojarsFetchError `ERR_CONFIG`: a POM that cannot be read, a module that is not there; `ERR_LIMIT`
 */
export async function readReactor(file: string, bytes: Uint8Array, files: ReactorFiles, environment: ProfileEnvironment): Promise<Reactor> {
  const projects: ReactorPom[] = [];
  const byLabel = new Map<string, ReactorPom>();
  const seen = new Set<string>();

  const register = (pom: ReactorPom): void => {
    for (const version of [pom.version, interpolate(pom.version, pom)]) {
      const label = formatLabel(pom.group, pom.artifact, version);
      if (!byLabel.has(label)) byLabel.set(label, pom);
    }
  };
  const open = async (path: string, content: Uint8Array, depth: number): Promise<ReactorPom> => {
    const model = parse(path, content);
    const { parent } = model;
    let found: ReactorPom | null = null;
    if (parent !== undefined && parent.relativePath !== '' && depth < maxParents) {
      const parentFile = await files.resolve(path, parent.relativePath ?? '../pom.xml');
      const parentBytes = await files.read(parentFile);
      const candidate = parentBytes === null ? null : await open(parentFile, parentBytes, depth + 1);
      // As Maven: a POM that is another one than was asked for does not count; the repositories are asked then.
      if (
        candidate !== null &&
        candidate.group === parent.group &&
        candidate.artifact === parent.artifact &&
        (candidate.version === parent.version || interpolate(candidate.version, candidate) === parent.version)
      )
        found = candidate;
    }
    // Problems of a profile are reported when the model is built.
    const profiles = activeProfiles(model.profiles, model.properties, environment, [], path);
    const pom = {
      file: path,
      bytes: content,
      model,
      profiles,
      userProperties: environment.userProperties,
      parent: found,
      group: model.group ?? parent?.group ?? '',
      artifact: model.artifact ?? '',
      version: model.version ?? parent?.version ?? '',
    };
    return pom;
  };
  const visit = async (path: string, content: Uint8Array): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    if (seen.size > maxProjects) throw fileError(file, { line: 1, column: 1 }, `it has more than ${maxProjects} modules`, 'too-large');
    const pom = await open(path, content, 0);
    projects.push(pom);
    for (let each: ReactorPom | null = pom; each !== null; each = each.parent) register(each);
    for (const module of [pom.model, ...pom.profiles].flatMap(({ modules }) => modules)) {
      const moduleFile = await files.resolve(path, module);
      const moduleBytes = await files.read(moduleFile);
      if (moduleBytes === null)
        throw fileError(
          path,
          { line: 1, column: 1 },
          `its module '${escapeForDisplay(module, 120)}' is not there: ${escapeForDisplay(moduleFile, 300)}`,
        );
      await visit(moduleFile, moduleBytes);
    }
  };
  await visit(file, bytes);
  return { projects, byLabel };
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

/** `${revision}` and the like, from the properties of the file and of the parents beside it; for names of files only. */
export function interpolate(text: string, pom: ReactorPom): string {
  let result = text;
  for (let round = 0; round < 10 && result.includes('${') && result.length < 10_000; round += 1) {
    const next = result.replace(/\$\{([^}]*)\}/g, (whole, name: string) => valueOf(name, pom) ?? whole);
    if (next === result) break;
    result = next;
  }
  return result;
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
