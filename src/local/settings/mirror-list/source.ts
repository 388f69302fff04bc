/** Reads a mirror list: a file, or a URL by a function of the client. */
import { ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';
import { parseUrl } from '../../../base/parse-url.js';
import { redactUrl } from '../../../network/mirrors/repository-url.js';
import { isLoopback } from '../../../network/transport/contract/loopback.js';
import { isWebUrl } from '../text/path.js';
import { missingFile, type TextReader } from '../text/read-text.js';

export interface MirrorListAccess {
  readonly readFile: TextReader;
  /** Undefined if lists on the web cannot be fetched. */
  readonly fetchText: ((url: URL) => Promise<string>) | undefined;
  readonly offline: boolean;
  readonly allowHttp: readonly string[];
}

/**
 * Returns the list's text, or null if it cannot be fetched now: its server may be down, and the other mirrors still
 * work without it.
 * @throws {ClojarsFetchError} `ERR_CONFIG`: no such file, a bad URL, plain http. `ERR_ABORTED`.
 */
export async function readMirrorList(list: string, access: MirrorListAccess): Promise<string | null> {
  if (!isWebUrl(list)) {
    const text = await access.readFile(list);
    if (text === null) throw missingFile(list, 'mirrorList');
    return text;
  }
  const url = parseListUrl(list, access.allowHttp);
  if (access.offline || access.fetchText === undefined) return null;
  try {
    return await access.fetchText(url);
  } catch (cause) {
    if (isClojarsFetchError(cause) && cause.code === 'ERR_ABORTED') throw cause;
    return null;
  }
}

/** Formats a list's file or URL for people, without credentials. */
export function displayList(list: string): string {
  return isWebUrl(list) ? redactUrl(list) : list;
}

function parseListUrl(list: string, allowHttp: readonly string[]): URL {
  const url = parseUrl(list);
  if (url === null || url.username !== '' || url.password !== '') {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      setting: 'mirrorList',
      message: `mirrorList must be a file or a URL without credentials: ${redactUrl(list)}`,
    });
  }
  if (
    url.protocol === 'http:' &&
    !isLoopback(url.hostname) &&
    !allowHttp.some((host) => host.toLowerCase() === url.hostname || host.toLowerCase() === url.host)
  ) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'insecure-url',
      setting: 'mirrorList',
      message: `mirrorList: over plain http, anyone on the way can change what is served: ${redactUrl(list)}`,
      hint: `Use https, or allow this host by name, in the configuration file or the library's options: \`"allowHttp": ["${url.hostname}"]\`.`,
    });
  }
  return url;
}
