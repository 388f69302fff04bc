/**
 * `pom.xml`: the effective model of the project and of each module of its reactor.
 *
 * Source of the rule: Maven 3.8.7, project building: like the POM of an artifact, but parents are first looked up on this disk.
 */
import { escapeForDisplay } from '../../../base/escape.js';
import { completeCoordinate, type Dependency } from '../../coordinate/coordinate.js';
import { variableHint } from '../../coordinate/variable-hint.js';
import { toGraphDependency } from '../../pom/descriptor.js';
import { type EffectiveModel, ModelBuilder } from '../../pom/effective.js';
import { formatLabel } from '../../pom/label.js';
import type { PomDependency } from '../../pom/model.js';
import type { PomSource } from '../../pom/pom-source.js';
import { decisiveProblem, placedDetail, PomProblemError, toError } from '../../pom/problem.js';
import type { ProfileEnvironment } from '../../pom/profile.js';
import { RawPoms } from '../../pom/raw-pom.js';
import { fileError } from '../clojure/clojure-reader.js';
import { Findings } from '../model/findings.js';
import type { ProjectModel, ProjectRepository } from '../model/model.js';
import { readPomRepositories } from './pom-repositories.js';
import { interpolate, type Reactor, type ReactorPom } from './reactor.js';

const top = { line: 1, column: 1 } as const;
/** The super POM's repository, last unless a POM declares it elsewhere. */
const central: ProjectRepository = { id: 'central', url: 'https://repo.maven.apache.org/maven2', snapshots: false };

export interface PomProjectOptions {
  /** Source of POMs that are not on this disk: parents and BOMs. */
  readonly source: PomSource;
  readonly environment: ProfileEnvironment;
}

/**
 * Builds the models of all projects of a reactor; the first holds the others as `modules`.
 * @throws ClojarsFetchError `ERR_POM`, `ERR_CONFIG`, and any error of the source
 */
export async function readPomProject(reactor: Reactor, { source, environment }: PomProjectOptions): Promise<ProjectModel> {
  const builder = builderOf(reactor, source, environment);
  const models: ProjectModel[] = [];
  for (const pom of reactor.projects) models.push(await readOne(pom, reactor, builder));
  const [first, ...modules] = models;
  if (first === undefined) throw new TypeError('a reactor has a project');
  return { ...first, modules, problems: [...unknownProfiles(reactor, environment), ...first.problems] };
}

/**
 * Returns the dependencies of a library on this disk as tools.deps takes them from a POM: of scopes compile and runtime,
 * optional ones too, and by name alone.
 *
 * Source of the rule: tools.deps 0.31 `extensions.pom/model-deps`.
 * @throws ClojarsFetchError as {@link readPomProject}
 */
export async function readPomLibrary(reactor: Reactor, { source, environment }: PomProjectOptions): Promise<readonly Dependency[]> {
  const [pom] = reactor.projects;
  if (pom === undefined) throw new TypeError('a reactor has a project');
  const findings = new Findings(pom.file);
  const { dependencies } = await buildEffective(pom, builderOf(reactor, source, environment));
  return dependencies
    .filter(({ scope = 'compile' }) => scope === 'compile' || scope === 'runtime')
    .map((dependency) => {
      const { exclusions } = toDependency(dependency);
      const { group = '', artifact = '', version = '', classifier } = dependency;
      return findings.checked({ group, artifact, version, classifier: classifier === '' ? undefined : classifier, exclusions }, top);
    });
}

function builderOf(reactor: Reactor, source: PomSource, environment: ProfileEnvironment): ModelBuilder {
  const poms = new RawPoms(withReactor(source, reactor));
  const { switchedOn: _on, switchedOff: _off, ...unswitched } = environment;
  return new ModelBuilder(poms, environment, new ModelBuilder(poms, unswitched));
}

/** Like Maven, only warns: a parent from a repository may supply it. */
function unknownProfiles({ projects, byLabel }: Reactor, { switchedOn = new Set() }: ProfileEnvironment): ProjectModel['problems'] {
  const known = new Set([...projects, ...byLabel.values()].flatMap(({ model }) => model.profiles.map(({ id }) => id)));
  return [...switchedOn]
    .filter((id) => !known.has(id))
    .map((id) => ({
      message: `no POM on this disk has the profile '${escapeForDisplay(id, 60)}'; profiles: ${known.size === 0 ? 'none' : [...known].map((name) => escapeForDisplay(name, 60)).join(', ')}`,
      ...top,
    }));
}

/** Returns the environment with profiles switched as on Maven's command line: `name`, `!name` or `-name`. */
export function switchProfiles(environment: ProfileEnvironment, names: readonly string[]): ProfileEnvironment {
  const isOff = (name: string): boolean => /^[!-]/.test(name);
  return {
    ...environment,
    switchedOn: new Set(names.filter((name) => !isOff(name))),
    switchedOff: new Set(names.filter(isOff).map((name) => name.slice(1))),
  };
}

/** Looks for POMs in the reactor before the repositories. */
export function withReactor(source: PomSource, { byLabel }: Reactor): PomSource {
  return {
    read: async (group, artifact, version) =>
      byLabel.get(formatLabel(group, artifact, version))?.model ?? source.read(group, artifact, version),
    versions: (group, artifact) => source.versions(group, artifact),
    resolveVersion: (group, artifact, version) =>
      byLabel.has(formatLabel(group, artifact, version)) ? Promise.resolve(version) : source.resolveVersion(group, artifact, version),
  };
}

async function buildEffective(pom: ReactorPom, builder: ModelBuilder): Promise<EffectiveModel> {
  const { file, group, artifact, version } = pom;
  const label = formatLabel(group, artifact, version);
  let effective;
  try {
    effective = await builder.effective(group, artifact, version);
  } catch (error) {
    const problem = error instanceof PomProblemError ? decisiveProblem(error.problems) : undefined;
    if (problem === undefined) throw error;
    const known = toError(problem, label, label);
    const isOwn = problem.kind === 'invalid' && problem.pom === label;
    throw known.with({
      path: file,
      // A POM that lacks its name has a label such as '::', which says nothing.
      message: `${escapeForDisplay(file, 300)}: ${isOwn ? placedDetail(problem) : problem.message}`,
      hint: known.hint ?? (isOwn ? 'Correct the file: Maven would refuse it too.' : undefined),
      cause: error,
      coordinate: undefined,
    });
  }
  if (effective === null) throw fileError(file, top, 'it has no name: groupId, artifactId and version');
  return effective;
}

async function readOne(pom: ReactorPom, reactor: Reactor, builder: ModelBuilder): Promise<ProjectModel> {
  const { file } = pom;
  const findings = new Findings(file);
  const effective = await buildEffective(pom, builder);
  const isOurs = (dependency: Dependency): boolean => {
    const sibling = reactor.byLabel.has(formatLabel(dependency.group, dependency.artifact, dependency.version));
    if (sibling) findings.noteNotOurs(`${dependency.group}/${dependency.artifact}`, 'reactor', top);
    else if (dependency.scope === 'system') findings.noteNotOurs(`${dependency.group}/${dependency.artifact}`, 'system', top);
    return dependency.scope !== 'system';
  };
  const { repositories, pluginRepositories } = repositoriesOf(pom);
  for (const repository of [...repositories, ...pluginRepositories]) noteUnresolved(findings, repository);
  return {
    file,
    tool: 'maven',
    name: `${effective.group}/${effective.artifact}`,
    roots: effective.dependencies.map((dependency) => findings.checked(toDependency(dependency), top)).filter(isOurs),
    managed: effective.managed
      .list()
      .filter(({ version: managedVersion }) => managedVersion !== undefined)
      .map(toDependency),
    plugins: [],
    repositories: withCentral(repositories),
    onlyThese: true,
    pluginRepositories,
    mirrors: [],
    notOurs: findings.notOurs,
    conflicts: 'nearest',
    modules: [],
    problems: findings.problems,
  };
}

/** Notes a URL with a property that has no value here: the request for it would go to a folder of that name. */
function noteUnresolved(findings: Findings, { id, url }: ProjectRepository): void {
  const [expression] = /\$\{[^}]{1,200}\}/.exec(url) ?? [];
  if (expression === undefined) return;
  const hint = variableHint(url);
  const message = `the URL of the repository ${escapeForDisplay(id, 60)} has ${escapeForDisplay(expression, 120)}, which has no value here`;
  findings.noteProblem(hint === undefined ? message : `${message}; ${lowerFirst(hint)}`, top);
}

function lowerFirst(hint: string): string {
  return `${hint.charAt(0).toLowerCase()}${hint.slice(1).replace(/\.$/, '')}`;
}

/** Returns the repositories of all projects of a reactor in order of first mention, then Maven's own. */
export function reactorRepositories(reactor: Reactor): readonly ProjectRepository[] {
  const all = new Map(
    reactor.projects
      .flatMap((pom) => repositoriesOf(pom).repositories)
      .reverse()
      .map((repository) => [repository.id, repository]),
  );
  return withCentral([...all.values()].reverse());
}

function withCentral(repositories: readonly ProjectRepository[]): readonly ProjectRepository[] {
  return repositories.some(({ id }) => id === central.id) ? repositories : [...repositories, central];
}

function repositoriesOf(pom: ReactorPom): {
  readonly repositories: readonly ProjectRepository[];
  readonly pluginRepositories: readonly ProjectRepository[];
} {
  const [repositories, pluginRepositories] = [new Map<string, ProjectRepository>(), new Map<string, ProjectRepository>()];
  for (let each: ReactorPom | null = pom; each !== null; each = each.parent) {
    const found = readPomRepositories(
      each.bytes,
      each.profiles.map(({ id }) => id),
    );
    for (const [target, list] of [
      [repositories, found.repositories],
      [pluginRepositories, found.pluginRepositories],
    ] as const) {
      for (const repository of list)
        if (!target.has(repository.id)) target.set(repository.id, { ...repository, url: interpolate(repository.url, pom) });
    }
  }
  return { repositories: [...repositories.values()], pluginRepositories: [...pluginRepositories.values()] };
}

function toDependency(dependency: PomDependency): Dependency {
  const { artifact: of, scope, optional, exclusions } = toGraphDependency(dependency);
  const { group, artifact, version, extension, classifier } = completeCoordinate(of);
  return {
    group,
    artifact,
    version,
    extension: extension === 'jar' ? undefined : extension,
    classifier: classifier === '' ? undefined : classifier,
    scope: scope === '' ? undefined : scope,
    optional,
    exclusions:
      exclusions.length === 0 ? undefined : exclusions.map(({ group: excluded, artifact: name }) => ({ group: excluded, artifact: name })),
  };
}
