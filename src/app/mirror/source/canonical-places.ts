/** Finds the places besides the source from which Clojars itself publishes the same files: its CDN, and the bucket behind it. */
import { parseUrl } from '../../../base/parse-url.js';
import { builtInRepositories } from '../../../network/mirrors/built-in.js';

/** Hosts of the CDN and of the bucket, each with the URL of the place. */
const aliases: Readonly<Record<string, string>> = {
  'clojars.org': 'https://repo.clojars.org/',
  'clojars-repo-production': 'https://clojars-repo-production.s3.us-east-2.amazonaws.com/',
};

/**
 * Returns the canonical places of Clojars besides the source itself; none if the source is not known to be Clojars or a mirror of it.
 * @param from the source as the user names it
 */
export function otherCanonicalPlaces(from: string): readonly string[] {
  const url = parseUrl(from);
  const clojars = builtInRepositories.find(({ id }) => id === 'clojars');
  if (url === null || clojars === undefined || url.searchParams.has('endpoint')) return [];
  const source = aliases[url.hostname] ?? `${url.origin}${url.pathname.replace(/\/*$/, '/')}`;
  const mirrors = clojars.mirrors.map((mirror) => mirror.url);
  if (source !== clojars.url && !mirrors.includes(source)) return [];
  const canonical = [clojars.url, ...clojars.mirrors.filter((mirror) => mirror.canonical).map((mirror) => mirror.url)];
  return canonical.filter((place) => place !== source);
}
