/** A mirror list: a JSON document that names repositories and their mirrors. This version reads unsigned ones. */
import { ClojarsFetchError } from '../../../base/error.js';
import { parseUrl } from '../../../base/parse-url.js';
import { addMirrors, createMirror } from '../../../network/mirrors/mirror-list.js';
import type { Repository } from '../../../network/mirrors/repository.js';
import type { MirrorOptions } from '../../../network/mirrors/repository-options.js';
import { parseRepositoryUrl } from '../../../network/mirrors/repository-url.js';
import { parseS3Url, type S3Location, writeS3Url } from '../../../network/s3/location.js';
import { isOwnMachine } from '../../../network/transport/contract/own-machine.js';
import { parseJson } from '../text/json.js';
import { isWebUrl } from '../text/path.js';
import { maxConfigurationBytes } from '../text/read-text.js';
import { badValue, formatValue, integer, list, object, type Reader, text } from '../text/schema.js';

/** The mirrors of one repository. */
export interface MirrorListEntry {
  readonly id: string;
  /** The canonical URL. It identifies the repository, since anyone can choose an id. */
  readonly url: string;
  readonly mirrors: readonly ListedMirror[];
}

/** A mirror in a list: without credentials, and without trust. */
export type ListedMirror = string | Pick<MirrorOptions, 'url' | 'operator' | 'priority'>;

export interface MirrorListDocument {
  /** Grows with each edition. */
  readonly version: number;
  /** ISO 8601; the list is not used after it. */
  readonly expires: string;
  readonly repositories: readonly MirrorListEntry[];
}

/** Every mirror may be asked for one file, so a list must not cause a thousand requests. */
const maxMirrors = 32;

const readExpiry: Reader<string> = (value, place) => {
  if (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z)?$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  )
    return value;
  throw badValue(place, 'a date such as 2030-01-31 or 2030-01-31T12:00:00Z', value);
};

const readMirrorObject = object<Pick<MirrorOptions, 'url' | 'operator' | 'priority'>>(
  { url: text('a URL', 2048), operator: text('the name of an operator', 200), priority: integer(-1000, 1000) },
  ['url'],
  'a URL or {"url", …}',
);
const readListed: Reader<ListedMirror> = (value, place) =>
  typeof value === 'string' ? text('a URL', 2048)(value, place) : readMirrorObject(value, place);

const readEntry = object<MirrorListEntry>(
  { id: text('a repository id', 128), url: text('the canonical URL', 2048), mirrors: list(readListed, 'URLs or {"url", …}') },
  ['id', 'url', 'mirrors'],
  'an object {"id", "url", "mirrors"}',
);

const readDocument = object<MirrorListDocument>(
  { version: integer(1, Number.MAX_SAFE_INTEGER), expires: readExpiry, repositories: list(readEntry, 'repositories') },
  ['version', 'expires', 'repositories'],
  'an object {"version", "expires", "repositories"}',
);

/**
 * @param source file or URL, for errors.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value` or `unknown-option`.
 */
export function parseMirrorList(content: string, source: string): MirrorListDocument {
  if (Buffer.byteLength(content) > maxConfigurationBytes) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `${source}: the mirror list is larger than ${maxConfigurationBytes} bytes`,
      hint: 'Keep only the mirrors that you use.',
      setting: 'mirrorList',
    });
  }
  return readDocument(parseJson(content, source, 'mirrorList'), { source, key: '' });
}

/**
 * Adds a list's mirrors to the repositories it names by id and canonical URL. An unsigned list proves nothing, so its
 * mirrors are untrusted, have no credentials and no operator (invented operators would make a quorum), and no priority
 * before the canonical URL. It adds no repositories. Repositories that settings.xml mirrors have another URL by then, so
 * a list cannot lead requests around a company's boundary.
 * @param nowMs epoch milliseconds, for `expires`.
 * @throws {ClojarsFetchError} `ERR_CONFIG`: a mirror's URL is bad or plain http.
 */
export function applyMirrorList(
  repositories: readonly Repository[],
  document: MirrorListDocument,
  options: { readonly source: string; readonly nowMs: number; readonly allowHttp?: readonly string[] | undefined },
): { readonly repositories: readonly Repository[]; readonly warnings: readonly string[] } {
  const { source, nowMs, allowHttp = [] } = options;
  if (Date.parse(document.expires) <= nowMs) {
    return { repositories, warnings: [`${source}: this mirror list expired on ${document.expires} and is not used`] };
  }
  const warnings: string[] = [];
  let result = repositories;
  for (const [index, entry] of document.repositories.entries()) {
    const where = `${source}: repositories[${index}]`;
    const { url } = parseRepositoryUrl(entry.url, `${where}.url`, allowHttp);
    const known = result.find((repository) => repository.id === entry.id && repository.url.href === url.href);
    if (known === undefined || known.blocked !== undefined) {
      warnings.push(`${where}: no repository in use has the id ${formatValue(entry.id)} and this URL; its mirrors are not used`);
      continue;
    }
    if (entry.mirrors.length > maxMirrors)
      warnings.push(`${where}: lists ${entry.mirrors.length} mirrors; the first ${maxMirrors} are used`);
    const mirrors = entry.mirrors.slice(0, maxMirrors).map((listed, position) => {
      const mirror = createMirror(listed, { where: `${where}.mirrors[${position}]`, allowHttp });
      // A list from elsewhere must not make this machine read its own files or ask its own services.
      const bucket = bucketOf(mirror.url);
      const hostname = bucket === null ? mirror.url.hostname : (bucket.endpoint?.hostname ?? '');
      const isHere = mirror.url.protocol === 'file:' || (isOwnMachine(hostname) && !isOwnMachine(hostnameOf(source)));
      if (isHere && isWebUrl(source)) {
        throw badValue({ source: `${where}.mirrors[${position}]`, key: '' }, 'on the web, as the list is', mirror.url.href);
      }
      return {
        // Nor may it choose a server that is to see a signature of the user's.
        url: bucket === null ? mirror.url : new URL(writeS3Url({ ...bucket, credentials: 'anonymous', profile: null })),
        operator: null,
        canonical: false,
        trusted: false,
        lastResort: false,
        priority: Math.max(1, mirror.priority),
      };
    });
    // A mirror that is already known keeps its settings.
    const added = mirrors.filter((mirror) => !known.mirrors.some((other) => other.url.href === mirror.url.href));
    result = result.map((repository) => (repository === known ? addMirrors(known, added) : repository));
  }
  return { repositories: result, warnings };
}

function bucketOf(url: URL): S3Location | null {
  if (url.protocol !== 's3:') return null;
  const parsed = parseS3Url(url.href);
  return 'problem' in parsed ? null : parsed.location;
}

function hostnameOf(source: string): string {
  return parseUrl(source)?.hostname ?? '';
}
