/** Adds the mirrors of the configured mirror list to the repositories. */
import { isClojarsFetchError } from '../../../base/error.js';
import type { Repository } from '../../../network/mirrors/repository.js';
import { isWebUrl } from '../text/path.js';
import { displayList, type MirrorListAccess, readMirrorList } from './source.js';

export interface ListedRepositories {
  readonly repositories: readonly Repository[];
  readonly warnings: readonly string[];
}

/**
 * @param list file or URL
 * @throws {ClojarsFetchError} `ERR_CONFIG`: no such file, a bad URL, or a file with a mistake. `ERR_ABORTED`.
 */
export async function addMirrorList(
  repositories: readonly Repository[],
  list: string,
  access: MirrorListAccess & { readonly nowMs: number },
): Promise<ListedRepositories> {
  const source = displayList(list);
  const text = await readMirrorList(list, access);
  if (text === null) {
    return { repositories, warnings: access.offline ? [] : [`${source}: the mirror list could not be fetched; its mirrors are not used`] };
  }
  const { applyMirrorList, parseMirrorList } = await import('./document.js');
  try {
    return applyMirrorList(repositories, parseMirrorList(text, source), { source, nowMs: access.nowMs, allowHttp: access.allowHttp });
  } catch (error) {
    // A server's answer (such as a captive portal's page) must not stop a download; a mistake in the user's own file is an error.
    if (!isWebUrl(list) || !isClojarsFetchError(error)) throw error;
    return { repositories, warnings: [`${error.message}; its mirrors are not used`] };
  }
}
