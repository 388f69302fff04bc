/**
 * Gradle: an init script of our own, which redirects Central and Clojars wherever a build, its plugins or its settings name them.
 *
 * Gradle has no mirrors. It hands a repository to `all { … }` when its URL is set already (`DefaultArtifactRepositoryContainer.addRepository`),
 * so changing the URL there is enough. Before 6.0 a script meets the settings only once they were read: their own plugins are not redirected.
 */
import { join } from 'node:path';

import { type ProxyAddress, publicRepositories } from './address.js';
import { blockedAt, type Merge, type ToolPlanner } from './merge.js';
import { lineEndAt } from './text/text-file.js';

export const planGradle: ToolPlanner = (address, { env, homeFolder, file }) => {
  const addition = initScript(address);
  return {
    files: [
      {
        path: file ?? join(env['GRADLE_USER_HOME'] ?? join(homeFolder, '.gradle'), 'init.d', 'clojars-fetch.gradle'),
        encoding: 'utf-8',
        skeleton: '',
        addition,
        merge: (text) => mergeScript(text, addition),
      },
    ],
    leftovers: [],
    variables: [],
    problems: [],
    notes: [
      'The Gradle plugin portal is asked as before, and so is every other repository.',
      'Gradle keeps downloaded files by the URL of the repository: the first build afterwards downloads again.',
      ...(address.secure ? ['The JVM must trust the certificate: in gradle.properties, systemProp.javax.net.ssl.trustStore=FILE.'] : []),
    ],
  };
};

const heading = '// clojars-fetch: sends requests for Central and Clojars to the proxy. Remove this file to end it.';

function initScript(address: ProxyAddress): string {
  const targets = publicRepositories.flatMap(({ id, urls }) => urls.map((url) => `  '${url}': '${address.urlOf(id)}',`));
  return `${heading}
def clojarsFetchTargets = [
${targets.join('\n')}
]
def clojarsFetchRedirect = { repository ->
  if (repository instanceof MavenArtifactRepository && repository.url != null) {
    def target = clojarsFetchTargets[repository.url.toString().replaceAll('/+$', '')]
    if (target != null) {
      repository.url = target
${address.secure ? '' : "      if (repository.hasProperty('allowInsecureProtocol')) repository.allowInsecureProtocol = true\n"}    }
  }
}
def clojarsFetchSettings = { settings ->
  settings.buildscript.repositories.all(clojarsFetchRedirect)
  settings.pluginManagement.repositories.all(clojarsFetchRedirect)
  if (settings.hasProperty('dependencyResolutionManagement'))
    settings.dependencyResolutionManagement.repositories.all(clojarsFetchRedirect)
}
if (gradle.metaClass.respondsTo(gradle, 'beforeSettings')) gradle.beforeSettings(clojarsFetchSettings)
else gradle.settingsEvaluated(clojarsFetchSettings)
allprojects {
  buildscript.repositories.all(clojarsFetchRedirect)
  repositories.all(clojarsFetchRedirect)
}
`;
}

function mergeScript(text: string, script: string): Merge {
  const wanted = script.replaceAll('\n', lineEndAt(text, 0));
  if (text === wanted) return { edits: [], problems: [] };
  if (text === '' || text.startsWith(heading)) return { edits: [{ at: 0, remove: text, insert: wanted }], problems: [] };
  const problem = blockedAt(
    { line: 1, column: 1 },
    'this file is not from clojars-fetch',
    'Rename it, or name another file in init.d after the verb.',
  );
  return { edits: [], problems: [problem] };
}
