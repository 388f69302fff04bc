/** Our configuration file: one JSON document. */
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ClojarsFetchError } from '../../base/error.js';
import type { UserFolders } from '../../base/user-folders.js';
import type { ClientOptions, TrustOptions } from './client-options.js';
import { mapDefined } from './map-defined.js';
import {
  readArtifactMaxBytes,
  readConcurrency,
  readFiles,
  readHosts,
  readMirrors,
  readRepoFor,
  readRepositories,
  readTimeoutMs,
  readTrust,
  readVariableNames,
} from './option-readers.js';
import { parseJson } from './text/json.js';
import { isWebUrl, resolvePath } from './text/path.js';
import { maxConfigurationBytes } from './text/read-text.js';
import { flag, object, secretText, text } from './text/schema.js';

/** The content of the file: a part of {@link ClientOptions}. Its paths are absolute after parsing. */
export type Configuration = Pick<
  ClientOptions,
  | 'repositories'
  | 'mirrors'
  | 'mirrorList'
  | 'localRepository'
  | 'offline'
  | 'timeoutMs'
  | 'firstByteTimeoutMs'
  | 'concurrency'
  | 'artifactMaxBytes'
  | 'pomEnvironment'
  | 'repoFor'
  | 'allowHttp'
  | 'proxy'
> & { readonly trust?: TrustOptions | undefined; readonly ca?: readonly string[] | undefined };

const readConfiguration = object<Configuration>(
  {
    repositories: readRepositories,
    mirrors: readMirrors,
    mirrorList: text('a file name or a URL'),
    localRepository: text('a folder'),
    offline: flag,
    timeoutMs: readTimeoutMs,
    firstByteTimeoutMs: readTimeoutMs,
    concurrency: readConcurrency,
    artifactMaxBytes: readArtifactMaxBytes,
    pomEnvironment: readVariableNames,
    trust: readTrust,
    repoFor: readRepoFor,
    allowHttp: readHosts,
    ca: readFiles,
    proxy: secretText('the URL of an HTTP proxy'),
  },
  [],
  'an object {…}',
);

/**
 * Parses and checks the file. Relative paths in it start at its folder, `~/` at the home folder.
 * @param file absolute path, for errors and relative paths.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value` or `unknown-option`, naming file, key and what is allowed.
 */
export function parseConfiguration(content: string, file: string, homeFolder: string): Configuration {
  if (Buffer.byteLength(content) > maxConfigurationBytes) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `${file}: is larger than ${maxConfigurationBytes} bytes`,
      path: file,
      setting: 'configurationFile',
    });
  }
  const configuration = readConfiguration(parseJson(content, file, 'configurationFile'), { source: file, key: '' });
  const absolute = (path: string): string => resolvePath(path, dirname(file), homeFolder);
  const { mirrorList, localRepository, ca, trust } = configuration;
  return {
    ...configuration,
    mirrorList: mapDefined(mirrorList, (list) => (isWebUrl(list) ? list : absolute(list))),
    localRepository: mapDefined(localRepository, absolute),
    ca: ca?.map(absolute),
    trust: mapDefined(trust, (given) => absoluteTrust(given, absolute)),
  };
}

function absoluteTrust(trust: TrustOptions, absolute: (path: string) => string): TrustOptions {
  const { trustedChecksums, keyrings, keyMaps, signatureStores, audits } = trust;
  return {
    ...trust,
    trustedChecksums: trustedChecksums?.map(absolute),
    keyrings: keyrings?.map(absolute),
    keyMaps: keyMaps?.map(absolute),
    signatureStores: signatureStores?.map((store) => storeUrl(store, absolute)),
    audits: audits?.map((audit) => ({ ...audit, url: noteUrl(audit.url, absolute) })),
  };
}

/** The URL of a signature store: a folder becomes a file URL, and all end in a slash. Text with a scheme is kept. */
export function storeUrl(store: string, absolute: (path: string) => string): string {
  const url = noteUrl(store, absolute);
  return url.endsWith('/') ? url : `${url}/`;
}

/** The URL of an audit's note: a file becomes a file URL. Text with a scheme is kept. */
export function noteUrl(note: string, absolute: (path: string) => string): string {
  // A single letter before a colon is a drive.
  return /^[a-z][a-z\d+.-]+:/i.test(note) ? note : pathToFileURL(absolute(note)).href;
}

/** Returns the default configuration file: `config.json` in the user's configuration folder. */
export function defaultConfigurationFile(folders: UserFolders): string {
  return join(folders.config, 'config.json');
}
