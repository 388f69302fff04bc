/** Writing the page, and nothing else over it: a file that is no page of ours stays. */
import { open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { replaceFile } from '../../base/disk/replace-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import { pageHead } from './page.js';

/**
 * Says early whether a page can be written there.
 * @throws ClojarsFetchError ERR_CONFIG, `bad-value`: a folder, or a file that is something else
 */
export async function checkPageFile(name: string): Promise<void> {
  const file = resolve(name);
  const refuse = (message: string, hint: string): ClojarsFetchError =>
    new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', path: file, message, hint });
  const stats = await stat(file).catch(() => null);
  if (stats === null) {
    const folder = await stat(dirname(file)).catch(() => null);
    if (folder?.isDirectory() !== true)
      throw refuse(`there is no folder ${dirname(file)} to write the page to`, 'make it first, or name another');
    return;
  }
  if (stats.isDirectory())
    throw refuse(`${name} is a folder, and the page needs a file`, `for example ${name.replace(/\/$/, '')}/verify.html`);
  if (!stats.isFile() || stats.size === 0) return;
  const head = Buffer.alloc(Buffer.byteLength(pageHead));
  const handle = await open(file, 'r');
  try {
    await handle.read(head, 0, head.length, 0);
  } finally {
    await handle.close();
  }
  if (head.toString('utf8') !== pageHead)
    throw refuse(
      `${name} is there already and is no page of clojars-fetch verify; it is not overwritten`,
      'name another file, or remove it first',
    );
}

/** Writes it in one step. Errors as {@link checkPageFile}; ERR_LOCAL_REPOSITORY, `unwritable`, for what the disk refuses. */
export async function writeVerifyPage(name: string, html: string): Promise<string> {
  await checkPageFile(name);
  const file = resolve(name);
  try {
    const stats = await stat(file).catch(() => null);
    if (stats !== null && !stats.isFile()) {
      // A pipe or a device: there is nothing to put in its place.
      const handle = await open(file, 'w');
      try {
        await handle.writeFile(html);
      } finally {
        await handle.close();
      }
      return file;
    }
    await replaceFile(file, html, { mode: 0o666, flush: false });
    return file;
  } catch (cause) {
    throw new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
      reason: 'unwritable',
      path: file,
      cause,
      message: `the page ${file} cannot be written`,
      hint: 'check the folder, its permissions and the space on the disk',
    });
  }
}
