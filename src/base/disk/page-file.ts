/** Writes a page for people, and never over a file that is not such a page. */
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { ClojarsFetchError } from '../error.js';
import { openRegularFile } from './regular-file.js';
import { replaceFile } from './replace-file.js';
import { lookAt } from './stat-file.js';

/** A kind of page. */
export interface PageKind {
  /** The verb that writes it, such as `verify`: names it in messages and files. */
  readonly verb: string;
  /** The first lines of every such page. A file that begins otherwise is not overwritten. */
  readonly head: string;
  readonly extension: 'html' | 'svg';
}

export function pageKind(verb: string): PageKind {
  const head = `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="clojars-fetch ${verb}">\n`;
  return { verb, head, extension: 'html' };
}

/**
 * Checks early whether a page can be written there.
 * @throws ClojarsFetchError ERR_CONFIG, `bad-value`: a folder, or a file that is not a page of this kind
 */
export function checkPageFile(name: string, { verb, head, extension }: PageKind): void {
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
    throw refuse(
      `cannot write the page to ${name}: it is a folder`,
      `Name a file in it, such as ${name.replace(/\/$/, '')}/${verb.replace(/ /g, '-')}.${extension}.`,
    );
  if (!stats.isFile() || stats.size === 0) return;
  if (beginningOf(file, head) !== head)
    throw refuse(`not overwriting ${name}: it is not a page of clojars-fetch ${verb}`, 'Name another file, or remove this one first.');
}

function beginningOf(file: string, head: string): string {
  const page = openRegularFile(file);
  try {
    return page.read(0, Buffer.byteLength(head)).toString('utf8');
  } finally {
    page.close();
  }
}

/**
 * Writes the page in one step, and returns its absolute path.
 * @throws ClojarsFetchError as {@link checkPageFile}; ERR_LOCAL_REPOSITORY, `unwritable`
 */
export async function writePageFile(name: string, html: string, kind: PageKind): Promise<string> {
  checkPageFile(name, kind);
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
