/** Writes the page of `verify`. */
import { checkPageFile as checkPage, writePageFile } from '../../../base/disk/page-file.js';
import { verifyPage } from './page.js';

/**
 * Checks early whether a page can be written there.
 * @throws ClojarsFetchError ERR_CONFIG, `bad-value`: a folder, or a file that is not a page
 */
export async function checkPageFile(name: string): Promise<void> {
  await Promise.resolve();
  checkPage(name, verifyPage);
}

/**
 * Writes the page in one step, and returns its absolute path.
 * @throws ClojarsFetchError as {@link checkPageFile}; ERR_LOCAL_REPOSITORY, `unwritable`
 */
export function writeVerifyPage(name: string, html: string): Promise<string> {
  return writePageFile(name, html, verifyPage);
}
