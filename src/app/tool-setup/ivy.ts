/**
 * Ivy: the root of the resolvers in ivysettings.xml that lead to Central and Clojars.
 *
 * Ivy has no mirrors. Its existing resolvers get the proxy as their root, so that none leads around it: to Ivy a refused file (502) is a
 * missing one, and its next resolver is asked.
 *
 * Source of the rule: Ivy 2.5 `IBiblioResolver` (without `root`: Central), and runs of Ivy 2.5 against the proxy's answers.
 */
import { join } from 'node:path';

import { escapeForDisplay } from '../../base/escape.js';
import { isSameUrl, type ProxyAddress, publicRepositories } from './address.js';
import { blockedAt, type Merge, type SetupProblem, type ToolPlanner } from './merge.js';
import { linesAfter } from './properties.js';
import type { TextEdit } from './text/edit.js';
import { placeOf } from './text/text-file.js';
import { childrenNamed, parsePlacedXml, type PlacedElement } from './text/xml-places.js';

export const planIvy: ToolPlanner = (address, { homeFolder, file }) => {
  const path = file ?? join(homeFolder, '.ivy2', 'ivysettings.xml');
  const fresh = freshSettings(address);
  return {
    files: [
      { path, encoding: 'xml', skeleton: '', addition: fresh.join('\n'), merge: (text) => mergeIvySettings(text, path, fresh, address) },
    ],
    leftovers: [],
    variables: [],
    problems: [],
    notes: [
      `Ivy reads this file only if it is told to: -settings ${path}, or <ivy:settings file="…"/> in Ant.`,
      'To Ivy a file that the proxy refuses (502) is a missing one, and it asks its next resolver: keep none that leads around the proxy.',
      ...(address.secure
        ? ['The JVM must trust the certificate: ANT_OPTS=-Djavax.net.ssl.trustStore=FILE with the truststore of the proxy.']
        : []),
    ],
  };
};

function freshSettings(address: ProxyAddress): readonly string[] {
  return [
    '<ivysettings>',
    '  <settings defaultResolver="clojars-fetch"/>',
    '  <resolvers>',
    '    <chain name="clojars-fetch" returnFirst="true">',
    ...publicRepositories.map(({ id }) => `      <ibiblio name="${id}" m2compatible="true" root="${address.urlOf(id)}"/>`),
    '    </chain>',
    '  </resolvers>',
    '</ivysettings>',
  ];
}

function mergeIvySettings(text: string, file: string, fresh: readonly string[], address: ProxyAddress): Merge {
  if (text.trim() === '') return { edits: [{ at: text.length, remove: '', insert: linesAfter(text, fresh) }], problems: [] };
  const root = parsePlacedXml(text, file);
  if (root.name !== 'ivysettings') {
    const problem = blockedAt(
      placeOf(text, root.start),
      `the root element is <${escapeForDisplay(root.name, 60)}>, not <ivysettings>`,
      "Name Ivy's settings file.",
    );
    return { edits: [], problems: [problem] };
  }
  const resolvers = childrenNamed(root, 'resolvers').flatMap(ibibliosIn);
  const targets = publicRepositories.map(({ id }) => address.urlOf(id));
  const edits = resolvers.flatMap((resolver) => redirect(text, resolver, address));
  if (edits.length > 0 || resolvers.some(({ attributes }) => targets.some((url) => isSameUrl(attributes['root'] ?? '', url))))
    return { edits, problems: patternsAround(root).map((pattern) => aroundProxy(text, pattern)) };
  const problem = blockedAt(
    placeOf(text, root.start),
    'no <ibiblio> resolver leads to Central or Clojars, so adding one could bypass a repository manager',
    'Add the resolvers by hand, or let the proxy ask the repository manager (--repo).',
  );
  return { edits: [], problems: [problem] };
}

/** Returns all `<ibiblio>` elements of the layout of Maven 2, also those in chains. */
function ibibliosIn(element: PlacedElement): readonly PlacedElement[] {
  return element.children.flatMap((child) =>
    child.name === 'ibiblio' && child.attributes['m2compatible'] === 'true' ? [child] : ibibliosIn(child),
  );
}

/** Returns the `<artifact>` and `<ivy>` patterns of other resolvers that lead to Central or Clojars. */
function patternsAround(element: PlacedElement): readonly PlacedElement[] {
  const known = publicRepositories.flatMap(({ urls }) => urls);
  const own = known.some((url) => element.attributes['pattern']?.startsWith(`${url}/`) === true) ? [element] : [];
  return [...own, ...element.children.flatMap(patternsAround)];
}

function aroundProxy(text: string, { start }: PlacedElement): SetupProblem {
  const message = 'this pattern leads to the repository itself: Ivy asks it for files that the proxy refuses';
  return {
    ...placeOf(text, start),
    message,
    hint: 'Remove the resolver, or let its pattern start with the address of the proxy.',
    blocks: false,
  };
}

function redirect(text: string, { start, startEnd, attributes }: PlacedElement, address: ProxyAddress): readonly TextEdit[] {
  const tag = text.slice(start, startEnd);
  const root = attributes['root'];
  if (root === undefined) return [{ at: start + '<ibiblio'.length, remove: '', insert: ` root="${address.urlOf('central')}"` }];
  const repository = publicRepositories.find(({ urls }) => urls.some((url) => isSameUrl(root, url)));
  const written = /\sroot\s*=\s*(?:"([^"]*)"|'([^']*)')/d.exec(tag);
  const [from, to] = written?.indices?.[1] ?? written?.indices?.[2] ?? [];
  if (repository === undefined || from === undefined || to === undefined) return [];
  return [{ at: start + from, remove: tag.slice(from, to), insert: address.urlOf(repository.id) }];
}
