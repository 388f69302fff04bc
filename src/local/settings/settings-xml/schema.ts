/**
 * The elements of settings.xml, as far as a reader needs them to refuse what Maven refuses: an element that is there twice, an element
 * inside one that may contain only text, and text inside a list. Unknown elements are skipped.
 *
 * Source of the rule: `settings.mdo` of Maven 3.8.7, from which its `SettingsXpp3Reader` is generated, with `strict` off.
 */
import { notWhiteSpace } from '../../../base/xml/element.js';
import type { XmlElement } from '../../../base/xml/xml.js';
import type { SettingsReader } from './reader.js';

interface Class {
  readonly [element: string]: Content;
}

/** Content: `text`; `properties` (any elements, each with text); `any`; one object; a list. */
type Content = 'text' | 'properties' | 'any' | { readonly object: Class } | { readonly item: string; readonly of: Class | 'text' };

const texts = (names: string): Class => Object.fromEntries(names.split(' ').map((name) => [name, 'text']));
const list = (item: string, of: Class | 'text'): Content => ({ item, of });
const object = (of: Class): Content => ({ object: of });

const policy = texts('enabled updatePolicy checksumPolicy');
const repository: Class = { ...texts('id name url layout'), releases: object(policy), snapshots: object(policy) };
const activation: Class = {
  ...texts('activeByDefault jdk'),
  os: object(texts('name family arch version')),
  property: object(texts('name value')),
  file: object(texts('missing exists')),
};
const profile: Class = {
  id: 'text',
  activation: object(activation),
  properties: 'properties',
  repositories: list('repository', repository),
  pluginRepositories: list('pluginRepository', repository),
};
const settings: Class = {
  ...texts('localRepository interactiveMode usePluginRegistry offline'),
  proxies: list('proxy', texts('id active protocol username password port host nonProxyHosts')),
  servers: list('server', {
    ...texts('id username password privateKey passphrase filePermissions directoryPermissions'),
    configuration: 'any',
  }),
  mirrors: list('mirror', texts('id mirrorOf name url layout mirrorOfLayouts blocked')),
  profiles: list('profile', profile),
  activeProfiles: list('activeProfile', 'text'),
  pluginGroups: list('pluginGroup', 'text'),
};

/** @throws {ClojarsFetchError} `ERR_CONFIG` */
export function verifyStructure(root: XmlElement, reader: SettingsReader): void {
  verifyObject(root, settings, reader, 'settings');
}

/** @param setting the setting that an error is about: the outermost known element */
function verifyObject(element: XmlElement, of: Class, reader: SettingsReader, setting: string): void {
  const seen = new Set<string>();
  for (const child of element.children) {
    const content = Object.hasOwn(of, child.name) ? of[child.name] : undefined;
    if (content === undefined) continue;
    if (seen.has(child.name))
      throw reader.error(
        `line ${child.line}: <${shownName(element)}> has <${child.name}> more than once`,
        'Keep one of them: Maven refuses the file, too.',
        setting,
      );
    seen.add(child.name);
    verifyContent(child, content, reader, setting === 'settings' ? (settingNames[child.name] ?? child.name) : setting);
  }
}

/** Names of our settings for the lists whose names differ. */
const settingNames: Readonly<Record<string, string>> = { proxies: 'proxy' };

function verifyContent(element: XmlElement, content: Content, reader: SettingsReader, setting: string): void {
  if (content === 'any') return;
  if (content === 'text') return verifyText(element, reader, setting);
  if (content === 'properties') {
    verifyNoText(element, reader, setting);
    return element.children.forEach((property) => verifyText(property, reader, setting));
  }
  if ('object' in content) return verifyObject(element, content.object, reader, setting);
  verifyNoText(element, reader, setting);
  for (const item of element.children) {
    if (item.name !== content.item) continue;
    if (content.of === 'text') verifyText(item, reader, setting);
    else verifyObject(item, content.of, reader, setting);
  }
}

function verifyText(element: XmlElement, reader: SettingsReader, setting: string): void {
  const [inner] = element.children;
  if (inner === undefined) return;
  throw reader.error(
    `line ${inner.line}: <${shownName(element)}> contains <${shownName(inner)}>, but may contain only text`,
    'Correct it: Maven refuses the file, too.',
    setting,
  );
}

function verifyNoText(element: XmlElement, reader: SettingsReader, setting: string): void {
  if (!notWhiteSpace.test(element.text)) return;
  throw reader.error(
    `line ${element.line}: <${shownName(element)}> contains text, but may contain only elements`,
    'Remove the text between its elements: Maven refuses the file, too.',
    setting,
  );
}

function shownName({ name }: XmlElement): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
