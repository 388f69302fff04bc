/**
 * The elements of a POM, as far as a reader needs them to reject what Maven rejects: a duplicate of a known element, or
 * an element inside one that may contain only text. Unknown elements are skipped.
 *
 * Source of the rule: `maven.mdo` of Maven 3.8.7, from which its `MavenXpp3Reader` is generated.
 */

/** A class of the model: maps each element name to the kind of its content. */
export interface PomClass {
  readonly [element: string]: PomContent;
}

/** Content: `text`; `properties` (any elements, each with text); `any` (a plugin's configuration); one object; a list. */
export type PomContent =
  'text' | 'properties' | 'any' | { readonly object: PomClass } | { readonly item: string; readonly of: PomClass | 'text' };

const text = 'text';
const list = (item: string, of: PomClass | 'text'): PomContent => ({ item, of });
const texts = (names: string): PomClass => Object.fromEntries(names.split(' ').map((name) => [name, text]));

const exclusion = texts('groupId artifactId');
const dependency: PomClass = {
  ...texts('groupId artifactId version type classifier scope systemPath optional'),
  exclusions: list('exclusion', exclusion),
};
const dependencies = list('dependency', dependency);
const policy = texts('enabled updatePolicy checksumPolicy');
const repository: PomClass = { ...texts('id name url layout'), releases: { object: policy }, snapshots: { object: policy } };
const deploymentRepository: PomClass = { ...repository, uniqueVersion: text };
const configured: PomClass = { inherited: text, configuration: 'any' };
const execution: PomClass = { ...configured, ...texts('id phase'), goals: list('goal', text) };
const plugin: PomClass = {
  ...configured,
  ...texts('groupId artifactId version extensions'),
  executions: list('execution', execution),
  dependencies,
  goals: 'any',
};
const plugins = list('plugin', plugin);
const resource: PomClass = { ...texts('directory targetPath filtering'), includes: list('include', text), excludes: list('exclude', text) };
const buildBase: PomClass = {
  ...texts('defaultGoal directory finalName'),
  plugins,
  pluginManagement: { object: { plugins } },
  resources: list('resource', resource),
  testResources: list('testResource', resource),
  filters: list('filter', text),
};
const build: PomClass = {
  ...buildBase,
  ...texts('sourceDirectory scriptSourceDirectory testSourceDirectory outputDirectory testOutputDirectory'),
  extensions: list('extension', texts('groupId artifactId version')),
};
const reportSet: PomClass = { ...configured, id: text, reports: list('report', text) };
const reportPlugin: PomClass = { ...configured, ...texts('groupId artifactId version'), reportSets: list('reportSet', reportSet) };
const base: PomClass = {
  modules: list('module', text),
  distributionManagement: {
    object: {
      repository: { object: deploymentRepository },
      snapshotRepository: { object: deploymentRepository },
      site: { object: texts('id name url') },
      relocation: { object: texts('groupId artifactId version message') },
      ...texts('downloadUrl status'),
    },
  },
  properties: 'properties',
  dependencyManagement: { object: { dependencies } },
  dependencies,
  repositories: list('repository', repository),
  pluginRepositories: list('pluginRepository', repository),
  reports: 'any',
  reporting: { object: { ...texts('excludeDefaults outputDirectory'), plugins: list('plugin', reportPlugin) } },
};
const activation: PomClass = {
  ...texts('activeByDefault jdk'),
  os: { object: texts('name family arch version') },
  property: { object: texts('name value') },
  file: { object: texts('missing exists') },
};
const contributor: PomClass = {
  ...texts('name email url organization organizationUrl timezone'),
  roles: list('role', text),
  properties: 'properties',
};
const notifier: PomClass = { ...texts('type sendOnError sendOnFailure sendOnSuccess sendOnWarning address'), configuration: 'properties' };

/** `<project>`. */
export const projectClass: PomClass = {
  ...base,
  ...texts('modelVersion groupId artifactId version packaging name description url inceptionYear'),
  parent: { object: texts('groupId artifactId version relativePath') },
  organization: { object: texts('name url') },
  licenses: list('license', texts('name url distribution comments')),
  developers: list('developer', { ...contributor, id: text }),
  contributors: list('contributor', contributor),
  mailingLists: list('mailingList', { ...texts('name subscribe unsubscribe post archive'), otherArchives: list('otherArchive', text) }),
  prerequisites: { object: texts('maven') },
  scm: { object: texts('connection developerConnection tag url') },
  issueManagement: { object: texts('system url') },
  ciManagement: { object: { ...texts('system url'), notifiers: list('notifier', notifier) } },
  build: { object: build },
  profiles: list('profile', { ...base, id: text, activation: { object: activation }, build: { object: buildBase } }),
};
