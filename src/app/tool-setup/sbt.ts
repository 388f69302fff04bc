/**
 * sbt: the file `repositories`, which the launcher reads, and the builds too if `sbt.override.build.repos` is set.
 *
 * sbt has no mirrors. Lines that lead to Central or Clojars get the proxy's URL in their place. A file without such lines belongs to a company
 * that lists its own repositories only, and nothing is added to it.
 *
 * Source of the rule: the sbt reference, "Proxy Repositories"; `allowInsecureProtocol` since launcher 1.1.4 (sbt 1.3.12).
 */
import { join } from 'node:path';

import { isSameUrl, type ProxyAddress, publicRepositories, type PublicRepositoryId } from './address.js';
import { blockedAt, type Merge, type ToolPlanner } from './merge.js';
import { linesAfter } from './properties.js';
import type { TextEdit } from './text/edit.js';

export const planSbt: ToolPlanner = (address, { homeFolder, file }) => {
  const lines = ['[repositories]', '  local', ...publicRepositories.map(({ id }) => `  ${lineOf(names[id], id, address)}`)];
  return {
    files: [
      {
        path: file ?? join(homeFolder, '.sbt', 'repositories'),
        encoding: 'utf-8',
        skeleton: '',
        addition: lines.join('\n'),
        merge: (text) => mergeRepositories(text, lines, address),
      },
    ],
    leftovers: [],
    variables: [{ name: 'SBT_OPTS', value: '-Dsbt.override.build.repos=true', required: true }],
    problems: [],
    notes: [
      'With sbt.override.build.repos, sbt ignores the resolvers of the builds: list in this file all that your builds need.',
      ...(address.secure ? ['The JVM must trust the certificate: add -Djavax.net.ssl.trustStore=FILE to SBT_OPTS.'] : []),
    ],
  };
};

const names: Readonly<Record<PublicRepositoryId, string>> = { central: 'maven-central', clojars: 'clojars' };

function lineOf(name: string, id: PublicRepositoryId, address: ProxyAddress): string {
  return `${name}: ${address.urlOf(id)}${address.secure ? '' : ', allowInsecureProtocol'}`;
}

/** One line of the section `[repositories]`. */
interface RepositoryLine {
  readonly at: number;
  readonly text: string;
  readonly name: string;
  readonly url: string;
  readonly options: readonly string[];
}

function readLines(text: string): readonly RepositoryLine[] {
  const lines: RepositoryLine[] = [];
  let isSection = false;
  let at = 0;
  for (const whole of text.split('\n')) {
    const line = whole.replace(/\r$/, '');
    const trimmed = line.trim();
    if (trimmed.startsWith('[')) isSection = trimmed === '[repositories]';
    else if (isSection && trimmed !== '' && !trimmed.startsWith('#')) {
      const [, name = '', rest = ''] = /^([^:]*)(?::(.*))?$/.exec(trimmed) ?? [];
      const [url = '', ...options] = rest.split(',').map((part) => part.trim());
      lines.push({ at: at + line.indexOf(trimmed), text: trimmed, name: name.trim(), url, options });
    }
    at += whole.length + 1;
  }
  return lines;
}

function mergeRepositories(text: string, fresh: readonly string[], address: ProxyAddress): Merge {
  if (text.trim() === '') return { edits: [{ at: text.length, remove: '', insert: linesAfter(text, fresh) }], problems: [] };
  const lines = readLines(text);
  const isDone = (id: PublicRepositoryId): boolean => lines.some(({ url }) => isSameUrl(url, address.urlOf(id)));
  const edits: readonly TextEdit[] = lines.flatMap((line) => {
    const repository = publicRepositories.find(
      ({ id, urls }) =>
        (id === 'central' && line.name === 'maven-central' && !/:/.test(line.url)) || urls.some((url) => isSameUrl(line.url, url)),
    );
    if (repository === undefined) return [];
    const options = [...(/:/.test(line.url) ? [] : [line.url]), ...line.options].filter(
      (option) => option !== '' && option !== 'allowInsecureProtocol',
    );
    const insert = [lineOf(line.name, repository.id, address), ...options].join(', ');
    return [{ at: line.at, remove: line.text, insert }];
  });
  if (edits.length > 0 || isDone('central') || isDone('clojars')) return { edits, problems: [] };
  const problem = blockedAt(
    { line: 1, column: 1 },
    'no line of [repositories] leads to Central or Clojars, so adding them could bypass a repository manager',
    'Add the lines by hand, or let the proxy ask the repository manager (--repo).',
  );
  return { edits: [], problems: [problem] };
}
