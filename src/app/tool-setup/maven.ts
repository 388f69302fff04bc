/**
 * Maven: `<mirrors>` in settings.xml, which tools.deps and newer coursiers read too.
 *
 * One mirror for each public repository, by its id, and not `external:*`: that would also cover a project's private repositories, which the
 * proxy does not have. Each mirror has the id of its repository: Maven records the mirror's id with every file, and with another one it would
 * download again all that is in the local repository already.
 *
 * Source of the rule: maven-resolver 1.6.3 `DefaultMirrorSelector`, `EnhancedLocalRepositoryManager`.
 */
import { join } from 'node:path';

import { escapeForDisplay } from '../../base/escape.js';
import { matchesMirrorOf } from '../../local/settings/settings-xml/mirror-pattern.js';
import { proxyMirrorName } from '../../local/settings/settings-xml/settings-xml.js';
import { isSameUrl, type ProxyAddress, publicRepositories, type PublicRepositoryId } from './address.js';
import { environmentProblem, matchesHost } from './detours.js';
import { blockedAt, type Merge, type SetupProblem, type ToolPlanner } from './merge.js';
import type { TextEdit } from './text/edit.js';
import { indentAt, lineEndAt, placeOf } from './text/text-file.js';
import { childrenNamed, parsePlacedXml, type PlacedElement, textIn } from './text/xml-places.js';

/** The repositories that each mirror covers. Old build files name Clojars `clojars.org`. */
const mirrorOf: Readonly<Record<PublicRepositoryId, string>> = { central: 'central', clojars: 'clojars,clojars.org' };

const skeleton = `<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">\n</settings>\n`;

export const planMaven: ToolPlanner = (address, { env, homeFolder, file }) => {
  const path = file ?? join(homeFolder, '.m2', 'settings.xml');
  return {
    files: [{ path, encoding: 'xml', skeleton, addition: mirrorsText(address), merge: (text) => mergeSettings(text, path, address) }],
    leftovers: [],
    variables: [],
    problems: /(?:^|\s)(?:-s|--settings|-o|--offline)(?:\s|=|$)/.test(env['MAVEN_ARGS'] ?? '')
      ? [environmentProblem('MAVEN_ARGS names another settings file, or makes Maven offline', 'Unset it, or take that option out.')]
      : [],
    notes: [
      'It covers the repositories central, clojars and clojars.org, in the build and in its plugins; all others are asked as before.',
      ...(address.secure
        ? ['The JVM must trust the certificate: MAVEN_OPTS=-Djavax.net.ssl.trustStore=FILE with the truststore of the proxy.']
        : []),
    ],
  };
};

/** Formats the section as for a file of its own. */
export function mirrorsText(address: ProxyAddress): string {
  return [
    '<mirrors>',
    ...publicRepositories.flatMap(({ id }) => mirrorLines(id, address, '  ')).map((line) => `  ${line}`),
    '</mirrors>',
  ].join('\n');
}

function mirrorLines(id: PublicRepositoryId, address: ProxyAddress, unit: string): readonly string[] {
  return [
    '<mirror>',
    `${unit}<id>${id}</id>`,
    `${unit}<name>${proxyMirrorName}</name>`,
    `${unit}<mirrorOf>${mirrorOf[id]}</mirrorOf>`,
    `${unit}<url>${address.urlOf(id)}</url>`,
    '</mirror>',
  ];
}

export function mergeSettings(text: string, file: string, address: ProxyAddress): Merge {
  const root = parsePlacedXml(text, file);
  const problem = (element: PlacedElement, message: string, hint: string): SetupProblem =>
    blockedAt(placeOf(text, element.start), message, hint);
  if (root.name !== 'settings')
    return {
      edits: [],
      problems: [problem(root, `the root element is <${escapeForDisplay(root.name, 60)}>, not <settings>`, wrongFileHint)],
    };
  const [mirrors, second] = childrenNamed(root, 'mirrors');
  if (second !== undefined)
    return { edits: [], problems: [problem(second, 'there is a second <mirrors>, which Maven refuses', 'Join the two sections first.')] };
  const existing = mirrors === undefined ? [] : childrenNamed(mirrors, 'mirror');
  const covering = publicRepositories.map((repository) => ({ ...repository, mirror: coveringMirror(repository, existing) }));
  const problems = covering.flatMap(({ id, mirror }) =>
    mirror === null || isSameUrl(textIn(mirror, 'url'), address.urlOf(id)) ? [] : [problem(mirror, ...conflictOf(id, mirror))],
  );
  const missing = covering.filter(({ mirror }) => mirror === null).map(({ id }) => id);
  const edits = problems.length > 0 || missing.length === 0 ? [] : [addMirrors(text, root, mirrors, missing, address)];
  return { edits, problems: [...problems, ...detours(text, root, address)] };
}

const wrongFileHint = "Name Maven's settings.xml.";

/** Finds the mirror that Maven would choose for a repository. */
function coveringMirror(
  { id, urls }: { readonly id: string; readonly urls: readonly [string, ...string[]] },
  mirrors: readonly PlacedElement[],
): PlacedElement | null {
  const repository = { id, url: new URL(urls[0]) };
  const exact = mirrors.find((mirror) => textIn(mirror, 'mirrorOf') === id);
  return exact ?? mirrors.find((mirror) => matchesMirrorOf(textIn(mirror, 'mirrorOf'), repository)) ?? null;
}

function conflictOf(id: string, mirror: PlacedElement): readonly [message: string, hint: string] {
  const name = escapeForDisplay(textIn(mirror, 'id') || 'default', 60);
  const url = escapeForDisplay(textIn(mirror, 'url'), 200);
  if (textIn(mirror, 'name') === proxyMirrorName)
    return [
      `the mirror '${name}' leads to the proxy at another address, ${url}`,
      "Take it out with 'clojars-fetch config maven --undo', or by hand.",
    ];
  const pattern = escapeForDisplay(textIn(mirror, 'mirrorOf'), 60);
  if (textIn(mirror, 'blocked') === 'true')
    return [`the mirror '${name}' (${pattern}) blocks '${id}'`, `Exclude the repository: <mirrorOf>${pattern},!${id}</mirrorOf>.`];
  return [
    `the mirror '${name}' (${pattern}) already stands for '${id}'${url === '' ? '' : `, at ${url}`}`,
    'If it is a repository manager that must not be bypassed, let the proxy ask it (--repo), and exclude ' +
      `the repository here: <mirrorOf>${pattern},!${id}</mirrorOf>. Otherwise remove it.`,
  ];
}

/** Finds the settings because of which Maven asks the proxy through another server, or asks no server at all. */
function detours(text: string, root: PlacedElement, address: ProxyAddress): readonly SetupProblem[] {
  const url = new URL(address.url);
  const offline = childrenNamed(root, 'offline').filter((element) => element.text === 'true');
  const proxies = childrenNamed(root, 'proxies')
    .flatMap((element) => childrenNamed(element, 'proxy'))
    .filter((proxy) => isUsed(proxy, url));
  return [
    ...offline.map((element) => ({
      ...placeOf(text, element.start),
      message: 'Maven is offline and asks no repository',
      hint: 'Remove <offline>true</offline>.',
      blocks: false,
    })),
    ...proxies.map((proxy) => ({
      ...placeOf(text, proxy.start),
      message: `requests to ${url.hostname} go through the HTTP proxy ${escapeForDisplay(textIn(proxy, 'host'), 100)}, which cannot reach this machine`,
      hint: `Add ${url.hostname} to its <nonProxyHosts>, after a '|'.`,
      blocks: false,
    })),
  ];
}

/** Source of the rule: maven-resolver `DefaultProxySelector`. */
function isUsed(proxy: PlacedElement, { hostname, protocol }: URL): boolean {
  if (textIn(proxy, 'active') === 'false') return false;
  const own = textIn(proxy, 'protocol').toLowerCase();
  if (own !== '' && own !== protocol.slice(0, -1) && own !== 'http') return false;
  const isExcluded = textIn(proxy, 'nonProxyHosts')
    .split(/[|,]/)
    .map((pattern) => pattern.trim())
    .some((pattern) => matchesHost(hostname, pattern));
  return !isExcluded;
}

function addMirrors(
  text: string,
  root: PlacedElement,
  mirrors: PlacedElement | undefined,
  missing: readonly PublicRepositoryId[],
  address: ProxyAddress,
): TextEdit {
  const around = mirrors ?? root;
  const outer = indentAt(text, around.start);
  const unit = unitOf(text, root);
  const lines = missing.flatMap((id) => mirrorLines(id, address, unit));
  if (mirrors !== undefined) return insertLines(text, mirrors, lines, outer, unit);
  return insertLines(text, root, ['<mirrors>', ...lines.map((line) => unit + line), '</mirrors>'], outer, unit);
}

/** Returns the indentation of one level in this file. */
function unitOf(text: string, root: PlacedElement): string {
  const [first] = root.children;
  const indent = first === undefined ? '' : indentAt(text, first.start);
  return indent === '' ? '  ' : indent;
}

/** Inserts lines as the last children of an element. */
function insertLines(text: string, element: PlacedElement, lines: readonly string[], outer: string, unit: string): TextEdit {
  const lineEnd = lineEndAt(text, element.end);
  const indented = lines.map((line) => outer + unit + line).join(lineEnd);
  if (element.isEmptyTag) {
    const at = text.lastIndexOf('/', element.startEnd);
    return { at, remove: text.slice(at, element.startEnd), insert: `>${lineEnd}${indented}${lineEnd}${outer}</${element.name}>` };
  }
  // Before the white space in front of an end tag that stands on its own line.
  const lineStart = element.end === 0 ? 0 : text.lastIndexOf('\n', element.end - 1) + 1;
  if (lineStart >= element.startEnd && text.slice(lineStart, element.end).trim() === '')
    return { at: lineStart, remove: '', insert: indented + lineEnd };
  return { at: element.end, remove: '', insert: `${lineEnd}${indented}${lineEnd}${outer}` };
}
