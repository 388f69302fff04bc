/**
 * The Clojure command line tools: `:mvn/repos` in the user's deps.edn, under the ids of the standard repositories, which it replaces.
 *
 * Source of the rule: tools.deps 0.16 `util.maven/remote-repo`; the user's file is found as by `clojure`'s launcher.
 */
import { join } from 'node:path';

import { isSymbol } from '../../maven/build-file/clojure/form.js';
import { proxyMarker } from '../../maven/build-file/model/repository-form.js';
import { isSameUrl, type ProxyAddress, publicRepositories } from './address.js';
import { ClojureText, entryOf, shown, urlOfRepository } from './clojure-places.js';
import { blockedAt, type Merge, type SetupProblem, type ToolPlanner } from './merge.js';
import { lineEndAt } from './text/text-file.js';

export const planClj: ToolPlanner = (address, { env, homeFolder, file }) => {
  const path = file ?? join(userFolder(env, homeFolder), 'deps.edn');
  return {
    files: [
      {
        path,
        encoding: 'utf-8',
        skeleton: '{}\n',
        addition: `{:mvn/repos\n ${reposMap(address, ' ')}}`,
        merge: (text) => mergeDepsFile(text, path, address),
      },
    ],
    leftovers: [],
    variables: address.secure ? [] : [{ name: 'CLOJURE_CLI_ALLOW_HTTP_REPO', value: 'true', required: true }],
    problems: [],
    notes: [
      "tools.deps also follows the mirrors of Maven's settings.xml: after 'clojars-fetch config maven --write', this file needs no change.",
      ...(address.secure
        ? ['The JVM must trust the certificate: JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=FILE with the truststore of the proxy.']
        : []),
    ],
  };
};

function userFolder(env: Readonly<Record<string, string | undefined>>, homeFolder: string): string {
  const [own = '', shared = ''] = [env['CLJ_CONFIG'], env['XDG_CONFIG_HOME']];
  if (own !== '') return own;
  return shared === '' ? join(homeFolder, '.clojure') : join(shared, 'clojure');
}

function repoEntries(address: ProxyAddress, ids: readonly string[] = publicRepositories.map(({ id }) => id)): readonly string[] {
  return publicRepositories
    .filter(({ id }) => ids.includes(id))
    .map(({ id }) => `"${id}" {:url "${address.urlOf(id)}" :${proxyMarker} true}`);
}

function reposMap(address: ProxyAddress, indent: string): string {
  return `{${repoEntries(address).join(`\n${indent} `)}}`;
}

export function mergeDepsFile(text: string, file: string, address: ProxyAddress): Merge {
  const source = new ClojureText(text, file);
  const [first] = source.forms;
  if (first === undefined) {
    const lineEnd = lineEndAt(text, text.length);
    const map = `{:mvn/repos\n ${reposMap(address, ' ')}}\n`.replaceAll('\n', lineEnd);
    return { edits: [{ at: text.length, remove: '', insert: text === '' || text.endsWith('\n') ? map : lineEnd + map }], problems: [] };
  }
  const deps = source.mapOf(first, 'the file');
  if ('message' in deps) return { edits: [], problems: [deps] };
  const entry = entryOf(deps.form, 'keyword', 'mvn/repos');
  if (entry === undefined) return { edits: [source.addEntries(deps, [`:mvn/repos ${reposMap(address, ' '.repeat(11))}`])], problems: [] };
  const repos = source.mapOf(entry.value, 'the value of :mvn/repos');
  if ('message' in repos) return { edits: [], problems: [repos] };
  const missing: string[] = [];
  const problems: SetupProblem[] = [];
  for (const { id } of publicRepositories) {
    const own = entryOf(repos.form, 'string', id);
    const url = own === undefined ? null : urlOfRepository(own.value);
    if (own === undefined) missing.push(id);
    else if (url === null || !isSameUrl(url, address.urlOf(id))) {
      const what = isSymbol(own.value, 'nil') ? 'is taken out here' : `has a URL here${url === null ? '' : `, ${shown(url)}`}`;
      problems.push(blockedAt(own.key, `the repository '${id}' ${what}`, 'Remove the entry, or keep it and leave this tool as it is.'));
    }
  }
  const edits = problems.length > 0 || missing.length === 0 ? [] : [source.addEntries(repos, repoEntries(address, missing))];
  return { edits, problems };
}
