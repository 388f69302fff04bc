/**
 * coursier, and the tools on it (Scala CLI, Mill, Metals): mirrors in mirror.properties.
 *
 * Source of the rule: coursier's documentation, "Repository mirrors": the first mirror that matches counts; `COURSIER_MIRRORS` names another
 * file, `COURSIER_CONFIG_DIR` another folder.
 */
import { join } from 'node:path';

import { isSameUrl, type ProxyAddress, publicRepositories } from './address.js';
import { blockedAt, type Merge, type ToolPlanner, type ToolSurroundings } from './merge.js';
import { mergeProperties, readProperties } from './properties.js';

export const planCoursier: ToolPlanner = (address, surroundings) => {
  const wanted = propertiesOf(address);
  return {
    files: [
      {
        path: surroundings.file ?? mirrorFile(surroundings),
        encoding: 'latin1',
        skeleton: '',
        addition: wanted.map(([key, value]) => `${key}=${value}`).join('\n'),
        merge: (text) => mergeMirrors(text, wanted),
      },
    ],
    leftovers: [],
    variables: [],
    problems: [],
    notes: address.secure
      ? [
          'The JVM must trust the certificate: JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=FILE; the native launcher needs the same as -D option.',
        ]
      : [],
  };
};

function mirrorFile({ env, homeFolder, platform }: ToolSurroundings): string {
  const [named = '', folder = '', shared = '', roaming = ''] = [
    'COURSIER_MIRRORS',
    'COURSIER_CONFIG_DIR',
    'XDG_CONFIG_HOME',
    'APPDATA',
  ].map((name) => env[name] ?? '');
  if (named !== '') return named;
  if (folder !== '') return join(folder, 'mirror.properties');
  if (platform === 'darwin') return join(homeFolder, 'Library', 'Preferences', 'Coursier', 'mirror.properties');
  if (platform === 'win32')
    return join(roaming === '' ? join(homeFolder, 'AppData', 'Roaming') : roaming, 'Coursier', 'config', 'mirror.properties');
  return join(shared === '' ? join(homeFolder, '.config') : shared, 'coursier', 'mirror.properties');
}

function propertiesOf(address: ProxyAddress): readonly (readonly [key: string, value: string])[] {
  return publicRepositories.flatMap(({ id, urls }) => [
    [`clojars-fetch-${id}.from`, urls.join(';')] as const,
    [`clojars-fetch-${id}.to`, address.urlOf(id).replace(/\/$/, '')] as const,
    [`clojars-fetch-${id}.type`, 'maven'] as const,
  ]);
}

function mergeMirrors(text: string, wanted: readonly (readonly [key: string, value: string])[]): Merge {
  const known = publicRepositories.flatMap(({ urls }) => urls);
  const problems = readProperties(text)
    .filter(({ key }) => key.endsWith('.from') && !wanted.some(([own]) => own === key))
    .filter(({ value }) => value.split(';').some((from) => from.trim() === '*' || known.some((url) => isSameUrl(from, url))))
    .map((property) =>
      blockedAt(
        property,
        `the mirror '${property.key.slice(0, -'.from'.length)}' already stands for Central or Clojars`,
        'If it is a repository manager that must not be bypassed, let the proxy ask it (--repo). Otherwise remove it.',
      ),
    );
  return problems.length > 0 ? { edits: [], problems } : mergeProperties(text, wanted);
}
