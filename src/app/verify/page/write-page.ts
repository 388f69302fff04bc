/** Writing the page, and nothing else over it: a file that is no page of ours stays. */
import { open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { replaceFile } from '../../../base/disk/replace-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
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
      throw refuse(`cannot write the page to ${name}: the folder ${dirname(file)} does not exist`, 'Create it first, or name another one.');
    return;
  }
  if (stats.isDirectory())
    throw refuse(`cannot write the page to ${name}: it is a folder`, `Name a file in it, such as ${name.replace(/\/$/, '')}/verify.html.`);
  if (!stats.isFile() || stats.size === 0) return;
  const head = Buffer.alloc(Buffer.byteLength(pageHead));
  const handle = await open(file, 'r');
  try {
    await handle.read(head, 0, head.length, 0);
  } finally {
    await handle.close();
  }
  if (head.toString('utf8') !== pageHead)
    throw refuse(`not overwriting ${name}: it is not a page of clojars-fetch verify`, 'Name another file, or remove this one first.');
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
      hint: 'Check the folder, its permissions and the space on the disk.',
    });
  }
}
