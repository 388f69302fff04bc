/** Reading Maven's settings.xml: mirrors, servers, proxies, the local repository. Profiles are not read. */
import { ClojarsFetchError } from '../../base/error.js';
import { interpolate, type InterpolationContext } from './interpolate.js';
import { childrenOf, parseSettingsTree, type SettingsNode, textOf } from './settings-tree.js';

/** A `<mirror>`. */
export interface SettingsMirror {
  readonly id: string;
  readonly url: string;
  readonly mirrorOf: string;
  /** `mirrorOfLayouts`; Maven's default is `default,legacy`. */
  readonly layouts: string;
  readonly blocked: boolean;
}

/** A `<server>`: credentials for the repository or mirror with its id. */
export interface SettingsServer {
  readonly id: string;
  readonly username: string;
  /** Null when it is encrypted, unfit for a header, or missing: then nothing is sent. */
  readonly password: string | null;
}

/** A `<proxy>` that is active. */
export interface ProxySetting {
  readonly id: string;
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  /** The proxy itself is reached by https. */
  readonly secure: boolean;
  /** Patterns of hosts to reach directly; `*` stands for any text. */
  readonly nonProxyHosts: readonly string[];
}

export interface Settings {
  readonly localRepository: string | null;
  readonly offline: boolean;
  readonly mirrors: readonly SettingsMirror[];
  readonly servers: readonly SettingsServer[];
  readonly proxies: readonly ProxySetting[];
  /** What could not be used, naming ids, never secrets. */
  readonly warnings: readonly string[];
}

/**
 * Parses settings.xml (Maven settings 1.0 to 1.2). Unknown elements are ignored, as newer Mavens add some.
 * @param source file name for errors.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`: not well-formed (with line and column), a DOCTYPE, or a value
 *   that cannot be meant.
 */
export async function parseSettings(xml: string, source: string, context: InterpolationContext): Promise<Settings> {
  const root = await parseSettingsTree(xml, source);
  const warnings: string[] = [];
  const read = (node: SettingsNode, name: string): string => {
    const { text, unset } = interpolate(textOf(node, name), context);
    for (const variable of unset) warnings.push(`${source}: <${name}> uses ${JSON.stringify(`\${${variable}}`)}, which is not set`);
    return text;
  };
  const fail = (problem: string, hint: string): ClojarsFetchError =>
    new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', message: `${source}: ${problem}`, hint, path: source });
  const readFlag = (node: SettingsNode, name: string, standard: boolean): boolean => {
    const text = read(node, name);
    // java.lang.Boolean.parseBoolean, as Maven's reader
    return text === '' ? standard : text.toLowerCase() === 'true';
  };

  const mirrors = childrenOf(root, 'mirrors', 'mirror').map((node): SettingsMirror => {
    const mirror = {
      id: read(node, 'id') || 'default',
      url: read(node, 'url'),
      mirrorOf: read(node, 'mirrorOf'),
      layouts: read(node, 'mirrorOfLayouts') || 'default,legacy',
      blocked: readFlag(node, 'blocked', false),
    };
    if (mirror.mirrorOf === '')
      throw fail(
        `<mirror> ${JSON.stringify(mirror.id)} has no <mirrorOf>`,
        'Name the repositories it mirrors, e.g. <mirrorOf>*</mirrorOf>',
      );
    if (mirror.url === '' && !mirror.blocked)
      throw fail(`<mirror> ${JSON.stringify(mirror.id)} has no <url>`, 'Give the base URL of the mirror.');
    return mirror;
  });

  const servers = childrenOf(root, 'servers', 'server').map((node): SettingsServer => {
    const id = read(node, 'id') || 'default';
    const password = read(node, 'password');
    const encrypted = isEncrypted(password);
    if (encrypted) {
      warnings.push(
        `${source}: the password of server ${JSON.stringify(id)} is encrypted, which is not supported: it is not sent. ` +
          'Use <password>${env.NAME}</password>, or auth in our configuration file',
      );
    }
    const username = read(node, 'username');
    // A line break would start a header of its own; a colon would end the user name (RFC 7617 section 2).
    const unsendable = /[\u0000-\u001f\u007f:]/.test(username) || /[\u0000-\u001f\u007f]/.test(password);
    if (unsendable)
      warnings.push(`${source}: the credentials of server ${JSON.stringify(id)} have characters that cannot be sent: they are not`);
    return { id, username, password: encrypted || unsendable || password === '' ? null : password };
  });

  const proxies: ProxySetting[] = [];
  for (const node of childrenOf(root, 'proxies', 'proxy')) {
    if (!readFlag(node, 'active', true)) continue;
    const id = read(node, 'id') || 'default';
    const host = read(node, 'host');
    const port = read(node, 'port') || '8080';
    if (!/^[A-Za-z0-9_.:[\]-]+$/.test(host))
      throw fail(`<proxy> ${JSON.stringify(id)} has no usable <host>`, 'Give a host name or an address.');
    if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
      throw fail(`<port> of <proxy> ${JSON.stringify(id)} must be a whole number from 1 to 65535`, "Maven's default is 8080.");
    }
    const password = read(node, 'password');
    const encrypted = isEncrypted(password);
    if (encrypted)
      warnings.push(`${source}: the password of proxy ${JSON.stringify(id)} is encrypted, which is not supported: it is not sent`);
    proxies.push({
      id,
      protocol: (read(node, 'protocol') || 'http').toLowerCase(),
      host,
      port: Number(port),
      secure: false,
      username: read(node, 'username') || null,
      password: encrypted || password === '' ? null : password,
      nonProxyHosts: read(node, 'nonProxyHosts')
        .split('|')
        .map((pattern) => pattern.trim())
        .filter((pattern) => pattern !== ''),
    });
  }

  const offline = readFlag(root, 'offline', false);
  const localRepository = read(root, 'localRepository') || null;
  return { localRepository, offline, mirrors, servers, proxies, warnings };
}

/** Base64 in braces, perhaps after a comment: plexus-cipher's form, and Maven 4's with a `[name=…]` prefix. */
export function isEncrypted(password: string): boolean {
  return /(?:^|[^\\$])\{(?:\[[^\]{}]*\])?[A-Za-z0-9+/=\s]+\}/.test(password);
}
