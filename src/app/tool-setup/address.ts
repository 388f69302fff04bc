/** The address of the proxy, as the tools are told it. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { parseUrl } from '../../base/parse-url.js';

/** Port of the proxy unless another is given. */
export const defaultProxyPort = 8141;

/** The repositories that every tool knows, with all URLs under which build files name them. */
export const publicRepositories = [
  {
    id: 'central',
    urls: [
      'https://repo.maven.apache.org/maven2',
      'https://repo1.maven.org/maven2',
      'http://repo1.maven.org/maven2',
      'http://repo.maven.apache.org/maven2',
    ],
  },
  {
    id: 'clojars',
    urls: ['https://repo.clojars.org', 'https://clojars.org/repo', 'http://clojars.org/repo', 'http://repo.clojars.org'],
  },
] as const;

export type PublicRepositoryId = (typeof publicRepositories)[number]['id'];

/** A valid address. */
export interface ProxyAddress {
  /** Whether it is https. */
  readonly secure: boolean;
  /** The base URL of a repository, with a slash at its end. */
  readonly urlOf: (repository: PublicRepositoryId) => string;
  /** With a slash at its end. */
  readonly url: string;
}

/**
 * Reads the address of a proxy.
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `bad-value` or `insecure-url`
 */
export function parseProxyAddress(text: string = `http://127.0.0.1:${defaultProxyPort}/`): ProxyAddress {
  const url = parseUrl(text);
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url === null || !isWeb) throw badAddress('it must be an https: or http: URL');
  if (url.username !== '' || url.password !== '') throw badAddress('it must not contain credentials');
  if (url.search !== '' || url.hash !== '') throw badAddress('it must not have a query or a fragment');
  if (/["'\\<>&;=,\s$`%]/.test(url.href)) throw badAddress('its path has a character that a configuration file would read differently');
  if (url.protocol === 'http:' && url.hostname !== '127.0.0.1' && url.hostname !== 'localhost') {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'insecure-url',
      setting: 'url',
      message: `options: url: plain http to ${escapeForDisplay(url.hostname, 100)} is not allowed`,
      hint: 'Over http, Maven and Leiningen reach only 127.0.0.1 and localhost: use one of these, or https.',
    });
  }
  const base = url.href.endsWith('/') ? url.href : `${url.href}/`;
  return { url: base, secure: url.protocol === 'https:', urlOf: (repository) => `${base}${repository}/` };
}

function badAddress(why: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    setting: 'url',
    message: `options: url: not the address of a proxy: ${why}`,
    hint: `For example, write 'http://127.0.0.1:${defaultProxyPort}/'.`,
  });
}

/** Whether two URLs are the same but for a slash at the end. */
export function isSameUrl(a: string, b: string): boolean {
  return a.trim().replace(/\/+$/, '') === b.replace(/\/+$/, '');
}
