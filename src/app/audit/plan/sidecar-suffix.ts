/** Tells checksum files and signatures from the files that they are about. */

const suffixes = /(?:\.(?:asc|sig|md5|sha1|sha256|sha512))+$/;

/** Returns the path of the file and what follows it, such as `asc.sha1`; null for any other file. */
export function splitSidecar(path: string): { readonly subject: string; readonly suffix: string } | null {
  const found = suffixes.exec(path);
  return found === null || found.index === 0 ? null : { subject: path.slice(0, found.index), suffix: path.slice(found.index + 1) };
}
