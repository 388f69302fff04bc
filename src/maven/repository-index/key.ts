/** Keys: the paths of the files of a repository, relative and with `/`, as a listing names them. */

/** Maximum length of a file name in bytes, on every common file system. */
const maxNameBytes = 255;
/** Maximum length of a key in bytes: S3's limit. */
const maxKeyBytes = 1024;

/** Matches nearly every real key: no part begins with a dot. */
const plainKey = /^[A-Za-z0-9_+~@-][A-Za-z0-9_.+~@-]*(?:\/[A-Za-z0-9_+~@-][A-Za-z0-9_.+~@-]*)*$/;

/** Everything that terminals or file systems interpret, and what is left of bytes that were not UTF-8. */
const unsafeCharacter =
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/**
 * Says why a key must not become a path at the target; null if it may. A source chooses its keys, and is not trusted to stay inside its
 * own tree.
 */
export function keyProblem(key: string): string | null {
  if (key.length <= maxNameBytes && plainKey.test(key)) return null;
  if (key === '') return 'is empty';
  if (Buffer.byteLength(key) > maxKeyBytes) return `is longer than ${maxKeyBytes} bytes`;
  if (unsafeCharacter.test(key)) return 'contains a control character or is not UTF-8';
  if (key.includes('\\')) return 'contains a backslash';
  if (/%[0-9a-f]{2}/i.test(key)) return 'contains a percent escape';
  if (key.startsWith('/')) return 'is absolute';
  for (const name of key.split('/')) {
    const problem = nameProblem(name);
    if (problem !== null) return problem;
  }
  return null;
}

function nameProblem(name: string): string | null {
  if (name === '') return 'has an empty part';
  if (name === '.' || name === '..') return 'leads out of its folder';
  if (name.startsWith('.')) return 'has a hidden part';
  return Buffer.byteLength(name) > maxNameBytes ? `has a name longer than ${maxNameBytes} bytes` : null;
}

/** Returns the folder of a key, without a slash at the end; empty at the top. */
export function folderOf(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('/')));
}

/** Returns the last part of a key. */
export function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
