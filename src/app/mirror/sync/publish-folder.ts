/**
 * Publishes a new artifact in one step, or else new versions in one step each, if the source fetched their files as folders, and the target
 * can take these: one rename takes less time than one for each file, and a reader finds either nothing or everything. Whatever is unusual is
 * left to be published file by file, which also tells what is wrong.
 */
import { setImmediate as giveWay } from 'node:timers/promises';

import { folderOf } from '../../../maven/repository-index/key.js';
import type { Action } from '../fetch/action.js';
import { FetchedArtifact, type VerifiedFolder } from './fetched-artifact.js';
import type { PublishContext } from './publish-context.js';

/** @param actions of one artifact @returns those that are left */
export async function publishFolders(actions: readonly Action[], context: PublishContext): Promise<readonly Action[]> {
  const { source, target, others, journal, signal } = context;
  const artifact = actions[0]?.is.artifactFolder ?? '';
  if (source.fetchedFolder === undefined || target.adoptFolder === undefined || others.exist || artifact === '') return actions;
  // Files are read without a pause, and the program that fetches the next ones must be served.
  await giveWay();
  const fetched = FetchedArtifact.open(artifact, actions, context);
  if (fetched === null) return actions;
  const folders = byFolder(actions);
  const verified = await verifyAll(fetched, artifact, folders);
  if (verified.length === 0 || !(await fetched.isDurable)) return actions;
  signal.throwIfAborted();
  journal.intend(...verified.flatMap(({ records }) => records));
  for (const one of verified) {
    if (!publish(one, fetched, context)) continue;
    if (one.folder === artifact) return [];
    folders.delete(one.folder);
  }
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

/** Returns the artifact as a whole, or else those of its versions that can be moved. */
async function verifyAll(
  fetched: FetchedArtifact,
  artifact: string,
  folders: ReadonlyMap<string, readonly Action[]>,
): Promise<readonly VerifiedFolder[]> {
  const versions: VerifiedFolder[] = [];
  for (const [folder, files] of folders) {
    const one = folder === artifact ? null : await fetched.version(folder, files);
    if (one !== null) versions.push(one);
  }
  const metadata = folders.get(artifact) ?? [];
  if (versions.length === 0 || versions.length < folders.size - (metadata.length > 0 ? 1 : 0)) return versions;
  const whole = await fetched.whole(versions, metadata);
  return whole === null ? versions : [whole];
}

/** Returns whether the target has the folder now. */
function publish({ folder, path, records }: VerifiedFolder, fetched: FetchedArtifact, context: PublishContext): boolean {
  const { target, journal, published, onPublished } = context;
  if (target.adoptFolder?.(folder, path) !== true) return false;
  fetched.taken(records);
  published.files += records.length;
  for (const record of records) {
    published.bytes += record.size;
    journal.done(record);
    onPublished(record.key);
  }
  return true;
}
