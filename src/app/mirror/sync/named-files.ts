/** Holds metadata against the target: it must not name a file that the source has and the target does not have. */
import { folderOf } from '../../../maven/repository-index/key.js';
import { type NamedFile, namesIn } from '../../../maven/repository-index/names-in-metadata.js';
import type { Filtering } from '../filter/filtering.js';
import type { MirrorSource } from '../source/source.js';
import type { MirrorTarget } from '../target/target.js';
import type { Findings } from './finding.js';

export interface NamedFilesContext {
  readonly source: MirrorSource;
  readonly target: MirrorTarget;
  readonly findings: Findings;
  /** Whether the target should have a key at all. */
  readonly isWanted: (key: string) => boolean;
  readonly filtering: Pick<Filtering, 'leftOutOf'>;
  readonly signal: AbortSignal;
}

/** Whether the target has everything that the metadata names, the source has, and the filters take. @param key of the metadata */
export async function hasNamedFiles(key: string, bytes: Uint8Array, context: NamedFilesContext): Promise<boolean> {
  const { source, findings, signal, isWanted, filtering } = context;
  const missing: NamedFile[] = [];
  for (const named of namesIn(key, bytes)) if (isWanted(named.key) && !(await hasNamed(context.target, named))) missing.push(named);
  if (missing.length === 0) return true;
  const isLeftOut = filtering.leftOutOf(folderOf(key));
  let isReady = true;
  for (const { version, key: file } of missing) {
    if (isLeftOut(folderOf(file))) continue;
    if (await exists(source, file, signal)) {
      findings.add('waiting', key, `it names ${version}, which the source did not list`);
      isReady = false;
    } else findings.add('upstream-dangling', key, `it names ${version}, which the source does not have`);
  }
  return isReady;
}

async function hasNamed(target: MirrorTarget, { folder, key }: NamedFile): Promise<boolean> {
  return folder === null ? (await target.sizeOf(key)) !== null : target.hasFolder(folder);
}

/** Whether the source has a file, without reading it. @throws {SourceError} */
async function exists(source: MirrorSource, key: string, signal: AbortSignal): Promise<boolean> {
  const opened = await source.open(key, { maxBytes: Number.MAX_SAFE_INTEGER, signal });
  opened?.cancel();
  return opened !== null;
}
