/** The media types that Clojars gives to the files of its bucket. */

const types: Readonly<Record<string, string>> = {
  jar: 'application/x-java-archive',
  pom: 'application/xml',
  xml: 'application/xml',
  asc: 'text/plain',
  md5: 'text/plain',
  sha1: 'text/plain',
  sha256: 'text/plain',
  sha512: 'text/plain',
  clj: 'text/plain',
  txt: 'text/plain',
  lastsync: 'text/plain',
  gz: 'application/gzip',
  json: 'application/json',
  html: 'text/html',
};

/** Returns the media type of a file by the end of its name. */
export function contentTypeOf(key: string): string {
  const end = /[^./]+$/.exec(key)?.[0].toLowerCase() ?? '';
  return types[end] ?? 'application/octet-stream';
}
