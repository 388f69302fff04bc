/** Names a mirror by its host: what headers and reason phrases say of it. */
import { parseUrl } from '../../../base/parse-url.js';

/** Returns the host of a mirror's URL, with its port; undefined if it has none, as a folder. */
export function hostOfUrl(url: string | null | undefined): string | undefined {
  const host = url === undefined || url === null ? '' : (parseUrl(url)?.host ?? '');
  return host === '' || host.length > 80 ? undefined : host;
}
