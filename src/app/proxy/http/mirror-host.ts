/** Names a mirror by its host: what headers and reason phrases say of it. */

/** Returns the host of a mirror's URL, with its port; undefined if it has none, as a folder. */
export function hostOfUrl(url: string | null | undefined): string | undefined {
  if (url === undefined || url === null || !URL.canParse(url)) return undefined;
  const { host } = new URL(url);
  return host === '' || host.length > 80 ? undefined : host;
}
