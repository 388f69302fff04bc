/**
 * Merges the `.meta/prefixes.txt` of several repositories. Maven 3.10 and later ask a repository only for paths that its file lists, so a
 * merged repository may have one only if every member has: otherwise everything in the other members would count as missing. Pure.
 *
 * Format, and limits beyond which Maven ignores the file: https://maven.apache.org/resolver/remote-repository-filtering.html
 */

const header = '## repository-prefixes/2.0';
const unsupported = '@ unsupported';
const maxLines = 100_000;
const maxLineLength = 250;

/**
 * Returns the union of the members' files, without prefixes that another one covers; null if there is none.
 * @param members the file of each member; null for a member that has none
 */
export function mergePrefixes(members: readonly (Uint8Array | null)[]): Uint8Array | null {
  const union = new Set<string>();
  for (const member of members) {
    const prefixes = member === null ? null : readPrefixes(member);
    if (prefixes === null) return null;
    for (const prefix of prefixes) union.add(prefix);
  }
  if (members.length === 0) return null;
  const shortest = [...union].filter((prefix) => !hasAncestor(prefix, union)).sort();
  return shortest.length < maxLines ? Buffer.from([header, ...shortest, ''].join('\n')) : null;
}

/** Returns the prefixes of one file, without a slash at the end; null unless Maven would obey the file. */
function readPrefixes(bytes: Uint8Array): readonly string[] | null {
  const [first, ...lines] = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .split(/\r\n|\r|\n/);
  if (first !== header || lines.length > maxLines) return null;
  const prefixes: string[] = [];
  for (const line of lines) {
    if (line === unsupported || line.length > maxLineLength) return null;
    if (line === '' || line.startsWith('#')) continue;
    const prefix = line.replace(/\/+$/, '');
    // The root alone would cover everything: then no file says the same.
    if (!/^(?:\/[^\s/\p{C}\ufffd]+)+$/u.test(prefix)) return null;
    prefixes.push(prefix);
  }
  return prefixes;
}

/** Whether the union has a prefix that covers this one. */
function hasAncestor(prefix: string, union: ReadonlySet<string>): boolean {
  for (let slash = prefix.lastIndexOf('/'); slash > 0; slash = prefix.lastIndexOf('/', slash - 1))
    if (union.has(prefix.slice(0, slash))) return true;
  return false;
}
