/**
 * Publishes new versions in one step each, if the source fetched their files as folders, and the target can take these: one rename takes less
 * time than one for each file, and a reader finds either nothing or everything. Whatever is unusual is left to be published file by file,
 * which also tells what is wrong.
 */
import { setImmediate as giveWay } from 'node:timers/promises';

import { turns } from '../../../maven/repository-index/classify-key.js';
import { folderOf } from '../../../maven/repository-index/key.js';
import type { Action } from '../fetch/action.js';
import { verifyFolder } from '../fetch/verify-folder.js';
import type { FetchedFolder } from '../source/source.js';
import type { InventoryRecord } from '../target/inventory-record.js';
import type { PublishContext } from './publish-context.js';
import { subjectsOf } from './subjects.js';

/** A folder of the source whose files are all as they must be. */
interface VerifiedFolder {
  /** Its key. */
  readonly folder: string;
  readonly fetched: FetchedFolder;
  readonly records: readonly InventoryRecord[];
}

/** @param actions of one artifact @returns those that are left */
export async function publishFolders(actions: readonly Action[], context: PublishContext): Promise<readonly Action[]> {
  const { source, target, others, journal, signal } = context;
  if (source.fetchedFolder === undefined || target.adoptFolder === undefined || others.exist) return actions;
  // Files are read without a pause, and the program that fetches the next ones must be served.
  await giveWay();
  const folders = byFolder(actions);
  const verified: VerifiedFolder[] = [];
  for (const [folder, files] of folders) {
    const one = await verify(folder, files, context);
    if (one !== null) verified.push(one);
  }
  const durable: VerifiedFolder[] = [];
  for (const one of verified) if (await one.fetched.isDurable) durable.push(one);
  signal.throwIfAborted();
  if (durable.length > 0) journal.intend(...durable.flatMap(({ records }) => records));
  for (const one of durable) if (publish(one, context)) folders.delete(one.folder);
  return [...folders.values()].flat();
}

function byFolder(actions: readonly Action[]): Map<string, readonly Action[]> {
  const folders = new Map<string, Action[]>();
  for (const action of actions) {
    const folder = folderOf(action.key);
    const files = folders.get(folder);
    if (files === undefined) folders.set(folder, [action]);
    else files.push(action);
  }
  return folders;
}

async function verify(folder: string, files: readonly Action[], { source }: PublishContext): Promise<VerifiedFolder | null> {
  const { subjects, lone } = subjectsOf(files);
  if (lone.length > 0 || !files.every(isNewFile)) return null;
  const fetched = source.fetchedFolder?.(files.map(({ key }) => key)) ?? null;
  if (fetched === null) return null;
  const records = await verifyFolder(fetched.path, subjects, source.now());
  return records === null ? null : { folder, fetched, records };
}

/** Metadata waits for other files, and is not published with them. */
function isNewFile({ is, known, isGuess }: Action): boolean {
  return known === null && !isGuess && is.turn <= turns.fileChecksums;
}

/** Returns whether the target has the folder now. */
function publish({ folder, fetched, records }: VerifiedFolder, { target, journal, published, onPublished }: PublishContext): boolean {
  if (target.adoptFolder?.(folder, fetched.path) !== true) return false;
  const bytes = records.reduce((sum, { size }) => sum + size, 0);
  fetched.taken(bytes);
  published.files += records.length;
  published.bytes += bytes;
  for (const record of records) {
    journal.done(record);
    onPublished(record.key);
  }
  return true;
}
