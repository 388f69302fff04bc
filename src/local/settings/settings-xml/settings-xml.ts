/** Reads Maven's settings.xml: mirrors, servers, proxies, the local repository. Of profiles, only the names are read. */
import type { XmlElement } from '../../../base/xml/xml.js';
import { trimText } from '../../../maven/version/java-text.js';
import type { UserEnvironment } from '../machine/user-environment.js';
import { childOf, itemsOf, parseDocument, textOf } from './document.js';
import { interpolationContext } from './interpolate.js';
import { isEncrypted, SettingsReader } from './reader.js';
import { verifyStructure } from './schema.js';
import { readServer, type SettingsServer } from './server.js';

/** The name of the mirrors that `config maven` writes. They are for other programs: the proxy that they lead to is this program. */
export const proxyMirrorName = 'clojars-fetch proxy';

/** A `<mirror>`. */
export interface SettingsMirror {
  readonly id: string;
  readonly url: string;
  readonly mirrorOf: string;
  /** `mirrorOfLayouts`; Maven's default is `default,legacy`. */
  readonly layouts: string;
  readonly blocked: boolean;
}

/** A `<proxy>` that is active. */
export interface ProxySetting {
  readonly id: string;
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  /** Whether the proxy itself is reached by https. */
  readonly secure: boolean;
  /** Patterns of hosts to reach directly; `*` stands for any text. */
  readonly nonProxyHosts: readonly string[];
}

/** A `<profile>` that has repositories. They are not used, only reported. */
export interface SettingsProfile {
  readonly id: string;
  /** Whether `<activeProfiles>` or `activeByDefault` activates it. Other conditions are not evaluated. */
  readonly active: boolean;
  readonly repositories: readonly { readonly id: string; readonly url: string }[];
}

export interface Settings {
  readonly localRepository: string | null;
  readonly offline: boolean;
  readonly mirrors: readonly SettingsMirror[];
  readonly servers: readonly SettingsServer[];
  readonly proxies: readonly ProxySetting[];
  readonly profiles: readonly SettingsProfile[];
  /** Settings that cannot be used, by id, without secrets. */
  readonly warnings: readonly string[];
}

/**
 * Parses settings.xml (Maven settings 1.0 to 1.2). Unknown elements are ignored, as newer Mavens add some.
 * @param source file name for errors
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`: not well-formed (with line and column), an element twice or in the
 *   wrong place, an invalid value, or a local repository with a property that has no value
 */
export function parseSettings(xml: string, source: string, user: UserEnvironment): Settings {
  const root = parseDocument(xml, source);
  const reader = new SettingsReader(source, interpolationContext(xml, user));
  verifyStructure(root, reader);
  return {
    mirrors: itemsOf(root, 'mirrors', 'mirror')
      .filter((element) => textOf(element, 'name') !== proxyMirrorName)
      .map((element) => readMirror(element, reader)),
    servers: itemsOf(root, 'servers', 'server').map((element) => readServer(element, reader)),
    proxies: itemsOf(root, 'proxies', 'proxy').flatMap((element) => readProxy(element, reader)),
    profiles: readProfiles(root, reader),
    offline: reader.flag(root, 'offline', false),
    localRepository: readLocalRepository(root, reader),
    warnings: reader.warnings,
  };
}

function readMirror(element: XmlElement, reader: SettingsReader): SettingsMirror {
  const mirror = {
    id: reader.id(element, 'mirrors'),
    url: reader.text(element, 'url'),
    mirrorOf: reader.text(element, 'mirrorOf'),
    layouts: reader.text(element, 'mirrorOfLayouts', 'default,legacy'),
    blocked: reader.flag(element, 'blocked', false),
  };
  const name = `<mirror> ${JSON.stringify(mirror.id)}`;
  if (mirror.mirrorOf === '')
    throw reader.error(`${name} has no <mirrorOf>`, 'Name the repositories it mirrors, e.g. <mirrorOf>*</mirrorOf>.', 'mirrors');
  if (mirror.url === '') throw reader.error(`${name} has no <url>`, 'Give the base URL of the mirror.', 'mirrors');
  return mirror;
}

function readProxy(element: XmlElement, reader: SettingsReader): readonly ProxySetting[] {
  if (!reader.flag(element, 'active', true)) return [];
  const id = reader.text(element, 'id', 'default');
  const host = reader.text(element, 'host');
  const port = reader.text(element, 'port', '8080');
  const name = `<proxy> ${JSON.stringify(id)}`;
  if (!/^[A-Za-z0-9_.:[\]-]+$/.test(host)) throw reader.error(`${name} has no usable <host>`, 'Give a host name or an address.', 'proxy');
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535)
    throw reader.error(`<port> of ${name} must be a whole number from 1 to 65535`, "Maven's default is 8080.", 'proxy');
  const password = reader.secret(element, 'password');
  const encrypted = isEncrypted(password);
  if (encrypted) reader.warn(`the password of proxy ${JSON.stringify(id)} is encrypted, which is not supported: it is not sent`);
  const proxy = {
    id,
    protocol: reader.text(element, 'protocol', 'http').toLowerCase(),
    host,
    port: Number(port),
    secure: false,
    username: reader.secret(element, 'username') || null,
    password: encrypted || password === '' ? null : password,
    nonProxyHosts: reader
      .text(element, 'nonProxyHosts')
      .split('|')
      .map((pattern) => pattern.trim())
      .filter((pattern) => pattern !== ''),
  };
  return [proxy];
}

function readProfiles(root: XmlElement, reader: SettingsReader): readonly SettingsProfile[] {
  const switchedOn = new Set(itemsOf(root, 'activeProfiles', 'activeProfile').map(({ text }) => trimText(text)));
  return itemsOf(root, 'profiles', 'profile')
    .map((element) => {
      const id = textOf(element, 'id') ?? 'default';
      const activation = childOf(element, 'activation');
      const repositories = itemsOf(element, 'repositories', 'repository').map((repository) => ({
        id: textOf(repository, 'id') ?? 'default',
        url: textOf(repository, 'url') ?? '',
      }));
      const byDefault = activation !== undefined && reader.flag(activation, 'activeByDefault', false);
      return { id, active: byDefault || switchedOn.has(id), repositories };
    })
    .filter(({ repositories }) => repositories.length > 0);
}

/** An unknown property is an error here: a folder named `${user.nmae}` is never intended. */
function readLocalRepository(root: XmlElement, reader: SettingsReader): string | null {
  const before = reader.warnings.length;
  const folder = reader.text(root, 'localRepository');
  const unset = reader.warnings.splice(before)[0];
  if (unset === undefined) return folder || null;
  throw reader.error(
    unset.slice(reader.source.length + 2),
    'Set it, or name the local repository with --local-repo DIR.',
    'localRepository',
  );
}
