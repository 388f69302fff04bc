/** The options of a plan, and how they are read. */
import { ClojarsFetchError } from '../../../base/error.js';
import { parseUrl } from '../../../base/parse-url.js';
import type { ClientOptions } from '../../../local/settings/client-options.js';
import type { EffectiveConfiguration } from '../../../local/settings/configuration.js';
import { builtInRepositories } from '../../../network/mirrors/built-in.js';
import { parseRepositoryUrl } from '../../../network/mirrors/repository-url.js';
import { type AuditPlace, originName } from '../contract.js';
import { placeName } from './read-entry.js';

/** Network settings of an audit: authorities, proxies, hosts with plain http. */
export type AuditClientOptions = Pick<
  ClientOptions,
  | 'allowHttp'
  | 'ca'
  | 'proxy'
  | 'settings'
  | 'configurationFile'
  | 'cacheFolder'
  | 'stateFolder'
  | 'repositories'
  | 'mirrors'
  | 'firstByteTimeoutMs'
>;

/** Sets what {@link planAudit} writes down. */
export interface PlanAuditOptions {
  /** The file to write, compressed. */
  readonly output: string;
  /** URL of the canonical origin. Default: that of Clojars. */
  readonly origin?: string | undefined;
  /**
   * Lists the files: a folder, the URL of a repository or a bucket, the address of a module of rsync, or the file `inventory` of a
   * mirror. Default: the bucket of Clojars if the origin is Clojars, else the origin.
   */
  readonly from?: string | undefined;
  /** The mirrors by name. Default: those of the configuration that the canonical operator does not run. */
  readonly places?: Readonly<Record<string, string>> | undefined;
  /** List an http source by following the listings of its folders, not by Clojars's index. Default: false. */
  readonly crawl?: boolean | undefined;
  /** Only files that changed on this day or later, such as `2026-01-31` (in UTC), or `2026-01-31T12:00:00Z`. Default: all. */
  readonly since?: string | undefined;
  /** List only the versions that the release feed names from `since` on. Default: false. */
  readonly increment?: boolean | undefined;
  /** URL of the release feed. Default: that of Clojars, if the origin is Clojars. */
  readonly feed?: string | undefined;
  /** Decides the random part of the sample: a whole number from 0 to 999,999,999. Default: a random one. */
  readonly seed?: number | undefined;
  /** Requests at once for the list, 1 to 1,000. Default: 8. */
  readonly connections?: number | undefined;
  /** Requests for the list in a second. Default: no limit. */
  readonly rate?: number | undefined;
  /** Address or URL for questions about the audit: part of the header User-Agent. Default: not said. */
  readonly contact?: string | undefined;
  /** Default: the user's configuration. */
  readonly client?: AuditClientOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

const clojarsUrl = builtInRepositories.find(({ id }) => id === 'clojars')?.url ?? '';
/** Its listing costs Clojars a request for a thousand files, and does not count as downloads. */
const clojarsBucket = 's3://clojars-repo-production/?region=us-east-2&credentials=anonymous';

export interface Origin {
  readonly url: string;
  readonly from: string;
  readonly feed: URL | null;
}

/** @throws {ClojarsFetchError} `ERR_CONFIG` */
export function chooseOrigin({ origin, from, feed }: PlanAuditOptions, allowHttp: readonly string[]): Origin {
  const url = origin === undefined ? clojarsUrl : parseRepositoryUrl(origin, 'options: origin', allowHttp).url.href;
  const isClojars = url === clojarsUrl;
  const feedText = feed ?? (isClojars ? 'https://clojars.org/api/release-feed' : undefined);
  const feedUrl = feedText === undefined ? null : parseUrl(feedText);
  if (feedText !== undefined && feedUrl === null) throw badOption('feed', 'is not a URL');
  return { url, from: from ?? (isClojars ? clojarsBucket : url), feed: feedUrl };
}

/** @throws {ClojarsFetchError} `ERR_CONFIG` */
export function choosePlaces(
  places: PlanAuditOptions['places'],
  { repositories, allowHttp }: Pick<EffectiveConfiguration, 'repositories' | 'allowHttp'>,
  origin: string,
): readonly AuditPlace[] {
  const chosen =
    places === undefined ? configuredPlaces(repositories, origin) : Object.entries(places).map(([name, url]) => ({ name, url }));
  if (chosen.length === 0) throw badOption('places', `no mirror of ${origin} is known`, 'Name each with --place NAME=URL.');
  return chosen.map(({ name, url }) => {
    if (!placeName.test(name) || name === originName) throw badOption('places', `'${name.slice(0, 100)}' cannot be the name of a place`);
    const { url: parsed, credentials } = parseRepositoryUrl(url, `options: places.${name}`, allowHttp);
    if (credentials !== null) throw badOption('places', `${name}: the URL must not contain credentials, since everyone may read a plan`);
    return { name, url: parsed.href };
  });
}

function configuredPlaces(repositories: EffectiveConfiguration['repositories'], origin: string): readonly AuditPlace[] {
  const repository = repositories.find(({ url }) => url.href === origin);
  const mirrors = repository?.mirrors.filter(({ canonical }) => !canonical) ?? [];
  const seen = new Map<string, number>();
  return mirrors.map(({ url, operator }) => {
    const base = (operator ?? url.hostname).replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'mirror';
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    return { name: count === 1 ? base : `${base}-${count}`, url: url.href };
  });
}

/** Reads a day, or an instant in UTC, as epoch milliseconds. @throws {ClojarsFetchError} `ERR_CONFIG` */
export function readSince(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw badOption('since', 'is not a date, such as 2026-01-31');
  return ms;
}

/** Builds the error for an option with a wrong value. */
export function badOption(name: string, problem: string, hint = 'See docs/audit.md for the options of an audit.'): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', message: `options: ${name}: ${problem}`, hint, setting: name });
}
