/** Media types of what a Maven repository holds. None of them lets a browser run anything. */

const types: Readonly<Record<string, string>> = {
  jar: 'application/java-archive',
  war: 'application/java-archive',
  ear: 'application/java-archive',
  aar: 'application/zip',
  zip: 'application/zip',
  gz: 'application/gzip',
  tgz: 'application/gzip',
  pom: 'application/xml',
  xml: 'application/xml',
  module: 'application/vnd.org.gradle.module+json',
  json: 'application/json',
  asc: 'application/pgp-signature',
  md5: 'text/plain; charset=utf-8',
  sha1: 'text/plain; charset=utf-8',
  sha256: 'text/plain; charset=utf-8',
  sha512: 'text/plain; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  clj: 'text/plain; charset=utf-8',
};

/** Returns the media type of a path by its extension. HTML, SVG and whatever is unknown are just bytes: they would run in our origin. */
export function contentTypeOf(path: string): string {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return (Object.hasOwn(types, extension) ? types[extension] : undefined) ?? 'application/octet-stream';
}
