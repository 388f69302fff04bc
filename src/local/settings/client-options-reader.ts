/** Checks `ClientOptions` at run time, so callers in JavaScript get the errors that the compiler gives in TypeScript. */
import type { EventListener } from '../../base/event.js';
import type { ClientOptions } from './client-options.js';
import {
  readArtifactMaxBytes,
  readConcurrency,
  readFiles,
  readHosts,
  readMirrors,
  readRepoFor,
  readRepositories,
  readTimeoutMs,
  readTrackingIds,
  readTrust,
  readVariableNames,
} from './option-readers.js';
import { badValue, flag, object, type Reader, secretText, text } from './text/schema.js';

const isListener = (value: unknown): value is EventListener => typeof value === 'function';

const readListener: Reader<EventListener> = (value, place) => {
  if (isListener(value)) return value;
  throw badValue(place, 'a function', value);
};

const readSignal: Reader<AbortSignal> = (value, place) => {
  if (value instanceof AbortSignal) return value;
  throw badValue(place, 'an AbortSignal', value);
};

const readAuthorities: Reader<string | readonly string[]> = (value, place) =>
  typeof value === 'string' ? text('PEM text or a file name', 1024 * 1024)(value, place) : readCertificates(value, place);
const readCertificates: Reader<readonly string[]> = (value, place) => {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item, index) => text('PEM text or a file name', 1024 * 1024)(item, { ...place, key: `${place.key}[${index}]` }));
  }
  throw badValue(place, 'PEM text, a file name, or a list of these', value);
};

const readSettings: Reader<false | string> = (value, place) => {
  if (value === false) return false;
  return text('false or the path of a settings.xml')(value, place);
};

const readOptions = object<ClientOptions>(
  {
    repositories: readRepositories,
    moreRepositories: readRepositories,
    mirrors: readMirrors,
    mirrorList: text('a file name or a URL'),
    localRepository: text('a folder'),
    offline: flag,
    trust: readTrust,
    trustedChecksums: readFiles,
    lockfile: text('a file name'),
    frozen: flag,
    timeoutMs: readTimeoutMs,
    firstByteTimeoutMs: readTimeoutMs,
    concurrency: readConcurrency,
    artifactMaxBytes: readArtifactMaxBytes,
    pomEnvironment: readVariableNames,
    repoFor: readRepoFor,
    trackingIds: readTrackingIds,
    allowHttp: readHosts,
    ca: readAuthorities,
    proxy: secretText('the URL of an HTTP proxy'),
    paranoid: flag,
    onEvent: readListener,
    signal: readSignal,
    settings: readSettings,
    configurationFile: text('a file name'),
    cacheFolder: text('a folder'),
    stateFolder: text('a folder'),
  },
  [],
  'an object',
);

/** @throws {ClojarsFetchError} `ERR_CONFIG`, `unknown-option` or `bad-value`, naming the option and what is allowed. */
export function readClientOptions(options: unknown): ClientOptions {
  return readOptions(options ?? {}, { source: 'options', key: '' });
}
