/** Reads the flat list of names and values that answers carry. */

/** Returns the headers by name, in lower case. Throws if a name comes twice. */
export function byName(flat: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (let index = 0; index < flat.length; index += 2) {
    const name = (flat[index] ?? '').toLowerCase();
    if (name in found) throw new Error(`${name} comes twice`);
    found[name] = flat[index + 1] ?? '';
  }
  return found;
}
