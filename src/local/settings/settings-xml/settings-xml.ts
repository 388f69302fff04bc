/** Reads Maven's settings.xml: mirrors, servers, proxies, the local repository. Of profiles, only the names are read. */
import type { UserEnvironment } from '../machine/user-environment.js';
import { interpolationContext } from './interpolate.js';
import { isEncrypted, SettingsReader } from './reader.js';
import { refuseTwice } from './refuse-twice.js';
import { readServer, type SettingsServer } from './server.js';
import { childrenOf, parseSettingsTree, type SettingsNode, textOf, textsOf } from './tree.js';

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
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`: not well-formed (with line and column), a DOCTYPE, an invalid
 *   value, or a local repository with a property that has no value
 */
export async function parseSettings(xml: string, source: string, user: UserEnvironment): Promise<Settings> {
  const root = await parseSettingsTree(xml, source);
  const reader = new SettingsReader(source, interpolationContext(xml, user));
  refuseTwice(root, reader);
  return {
    mirrors: childrenOf(root, 'mirrors', 'mirror')
      .filter((node) => textOf(node, 'name') !== proxyMirrorName)
      .map((node) => readMirror(node, reader)),
    servers: childrenOf(root, 'servers', 'server').map((node) => readServer(node, reader)),
    proxies: childrenOf(root, 'proxies', 'proxy').flatMap((node) => readProxy(node, reader)),
    profiles: readProfiles(root, reader),
    offline: reader.flag(root, 'offline', false),
    localRepository: readLocalRepository(root, reader),
    warnings: reader.warnings,
  };
}

function readMirror(node: SettingsNode, reader: SettingsReader): SettingsMirror {
  const mirror = {
    id: reader.text(node, 'id') || 'default',
    url: reader.text(node, 'url'),
    mirrorOf: reader.text(node, 'mirrorOf'),
    layouts: reader.text(node, 'mirrorOfLayouts') || 'default,legacy',
    blocked: reader.flag(node, 'blocked', false),
  };
  const name = `<mirror> ${JSON.stringify(mirror.id)}`;
  if (mirror.mirrorOf === '')
    throw reader.error(`${name} has no <mirrorOf>`, 'Name the repositories it mirrors, e.g. <mirrorOf>*</mirrorOf>.', 'mirrors');
  if (mirror.url === '' && !mirror.blocked) throw reader.error(`${name} has no <url>`, 'Give the base URL of the mirror.', 'mirrors');
  return mirror;
}

function readProxy(node: SettingsNode, reader: SettingsReader): readonly ProxySetting[] {
  if (!reader.flag(node, 'active', true)) return [];
  const id = reader.text(node, 'id') || 'default';
  const host = reader.text(node, 'host');
  const port = reader.text(node, 'port') || '8080';
  const name = `<proxy> ${JSON.stringify(id)}`;
  if (!/^[A-Za-z0-9_.:[\]-]+$/.test(host)) throw reader.error(`${name} has no usable <host>`, 'Give a host name or an address.', 'proxy');
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535)
    throw reader.error(`<port> of ${name} must be a whole number from 1 to 65535`, "Maven's default is 8080.", 'proxy');
  const password = reader.secret(node, 'password');
  const encrypted = isEncrypted(password);
  if (encrypted) reader.warn(`the password of proxy ${JSON.stringify(id)} is encrypted, which is not supported: it is not sent`);
  const proxy = {
    id,
    protocol: (reader.text(node, 'protocol') || 'http').toLowerCase(),
    host,
    port: Number(port),
    secure: false,
    username: reader.secret(node, 'username') || null,
    password: encrypted || password === '' ? null : password,
    nonProxyHosts: reader
      .text(node, 'nonProxyHosts')
      .split('|')
      .map((pattern) => pattern.trim())
      .filter((pattern) => pattern !== ''),
  };
  return [proxy];
}

function readProfiles(root: SettingsNode, reader: SettingsReader): readonly SettingsProfile[] {
  const switchedOn = new Set(textsOf(root, 'activeProfiles', 'activeProfile'));
  return childrenOf(root, 'profiles', 'profile')
    .map((node) => {
      const id = textOf(node, 'id') || 'default';
      const byDefault = childrenOf({ profile: node }, 'profile', 'activation').some((activation) =>
        reader.flag(activation, 'activeByDefault', false),
      );
      const repositories = childrenOf(node, 'repositories', 'repository').map((repository) => ({
        id: textOf(repository, 'id') || 'default',
        url: textOf(repository, 'url'),
      }));
      return { id, active: byDefault || switchedOn.has(id), repositories };
    })
    .filter(({ repositories }) => repositories.length > 0);
}

/** An unknown property is an error here: a folder named `${user.nmae}` is never intended. */
function readLocalRepository(root: SettingsNode, reader: SettingsReader): string | null {
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
