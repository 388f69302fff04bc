/** Writes the page, and never over a file that is not such a page. */
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { openRegularFile } from '../../../base/disk/regular-file.js';
import { replaceFile } from '../../../base/disk/replace-file.js';
import { lookAt } from '../../../base/disk/stat-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { pageHead } from './page.js';

/**
 * Checks early whether a page can be written there.
 * @throws ClojarsFetchError ERR_CONFIG, `bad-value`: a folder, or a file that is not a page
 */
export async function checkPageFile(name: string): Promise<void> {
  const file = resolve(name);
  const refuse = (message: string, hint: string): ClojarsFetchError =>
    new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', path: file, message, hint });
  const stats = lookAt(file);
  if (stats === null) {
    if (lookAt(dirname(file))?.isDirectory() !== true)
      throw refuse(`cannot write the page to ${name}: the folder ${dirname(file)} does not exist`, 'Create it first, or name another one.');
    return;
  }
  if (stats.isDirectory())
    throw refuse(`cannot write the page to ${name}: it is a folder`, `Name a file in it, such as ${name.replace(/\/$/, '')}/verify.html.`);
  if (!stats.isFile() || stats.size === 0) return;
  if (beginningOf(file) !== pageHead)
    throw refuse(`not overwriting ${name}: it is not a page of clojars-fetch verify`, 'Name another file, or remove this one first.');
}

function beginningOf(file: string): string {
  const page = openRegularFile(file);
  try {
    return page.read(0, Buffer.byteLength(pageHead)).toString('utf8');
  } finally {
    page.close();
  }
}

/**
 * Writes the page in one step, and returns its absolute path.
 * @throws ClojarsFetchError as {@link checkPageFile}; ERR_LOCAL_REPOSITORY, `unwritable`
 */
export async function writeVerifyPage(name: string, html: string): Promise<string> {
  await checkPageFile(name);
  const file = resolve(name);
  try {
    if (lookAt(file)?.isFile() === false) await writeInto(file, html);
    else await replaceFile(file, html, { mode: 0o666, flush: false });
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

/** Writes into a pipe or a device such as /dev/stdout, which cannot be replaced. */
async function writeInto(file: string, html: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(html);
  } finally {
    await handle.close();
  }
}
