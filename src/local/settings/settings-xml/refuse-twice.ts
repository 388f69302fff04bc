/** Refuses elements that settings.xml may have once but has twice: Maven refuses such a file as a whole. */
import type { SettingsReader } from './reader.js';
import { childrenOf, type SettingsNode } from './tree.js';

const once = {
  settings: ['localRepository', 'offline', 'mirrors', 'servers', 'proxies', 'profiles', 'activeProfiles'],
  mirror: ['id', 'url', 'mirrorOf', 'mirrorOfLayouts', 'blocked', 'name', 'layout'],
  server: ['id', 'username', 'password', 'configuration'],
  proxy: ['id', 'active', 'protocol', 'host', 'port', 'username', 'password', 'nonProxyHosts'],
};

/** @throws {ClojarsFetchError} `ERR_CONFIG` */
export function refuseTwice(settings: SettingsNode, reader: SettingsReader): void {
  check(settings, 'settings', 'settings', reader);
  for (const mirror of childrenOf(settings, 'mirrors', 'mirror')) check(mirror, 'mirror', 'mirrors', reader);
  for (const server of childrenOf(settings, 'servers', 'server')) check(server, 'server', 'servers', reader);
  for (const proxy of childrenOf(settings, 'proxies', 'proxy')) check(proxy, 'proxy', 'proxy', reader);
}

function check(node: SettingsNode, element: keyof typeof once, setting: string, reader: SettingsReader): void {
  const twice = once[element].find((name) => Object.hasOwn(node, name) && Array.isArray(node[name]));
  if (twice === undefined) return;
  throw reader.error(`<${element}> has <${twice}> more than once`, 'Keep one of them: Maven refuses the file, too.', setting);
}
