/** Names a mirror by its host: what headers and reason phrases say of it. */

/** Returns the host of a mirror's URL, with its port; undefined if it has none, as a folder. */
export function hostOfUrl(url: string | null | undefined): string | undefined {
  const host = url === undefined || url === null ? '' : parseHost(url);
  return host === '' || host.length > 80 ? undefined : host;
}

/** Not by `URL.canParse`: once V8 has optimized its caller, Node 20 answers false for a name with an umlaut. */
function parseHost(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return '';
  }
}
