/** The folder that a source fetched of one artifact: verifies what can be moved. */
import { type Dirent, readdirSync } from 'node:fs';

import { systemErrorCode } from '../../../base/disk/file-error.js';
import { readBounded } from '../../../base/disk/read-bounded.js';
import { folderOf, nameOf } from '../../../maven/repository-index/key.js';
import { namesIn } from '../../../maven/repository-index/names-in-metadata.js';
import type { Action } from '../fetch/action.js';
import { verifyFolder } from '../fetch/verify-folder.js';
import type { FetchedFolder } from '../source/source.js';
import type { InventoryRecord } from '../target/inventory-record.js';
import { isNewMetadata, isNewVersionFile } from './new-file.js';
import type { PublishContext } from './publish-context.js';
import { subjectsOf } from './subjects.js';

/** A folder whose files are all as they must be. */
export interface VerifiedFolder {
  /** Its key. */
  readonly folder: string;
  /** Absolute. */
  readonly path: string;
  readonly records: readonly InventoryRecord[];
}

/** Metadata is bounded by the listing, which says how long it is. */
const maxMetadataBytes = 64 * 1024 * 1024;

export class FetchedArtifact {
  readonly #folder: string;
  readonly #fetched: FetchedFolder;
  readonly #context: PublishContext;
  /** By name. */
  readonly #entries: ReadonlyMap<string, Dirent>;

  private constructor(folder: string, fetched: FetchedFolder, entries: readonly Dirent[], context: PublishContext) {
    this.#folder = folder;
    this.#fetched = fetched;
    this.#context = context;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
  }

  /** Null if the source has no folder with these files. @param folder of the artifact */
  static open(folder: string, actions: readonly Action[], context: PublishContext): FetchedArtifact | null {
    const fetched =
      context.source.fetchedFolder?.(
        folder,
        actions.map(({ key }) => key),
      ) ?? null;
    try {
      return fetched === null ? null : new FetchedArtifact(folder, fetched, readdirSync(fetched.path, { withFileTypes: true }), context);
    } catch (error) {
      // Such as a folder of which all files have vanished at the source.
      if (systemErrorCode(error) === null) throw error;
      return null;
    }
  }

  get isDurable(): Promise<boolean> {
    return this.#fetched.isDurable;
  }

  /** Must be called once the files are moved. */
  taken(records: readonly InventoryRecord[]): void {
    this.#fetched.taken(
      records.map(({ key }) => key),
      records.reduce((sum, { size }) => sum + size, 0),
    );
  }

  /** Returns null if something is not as it must be. @param files those that the sync wants of this version */
  async version(folder: string, files: readonly Action[]): Promise<VerifiedFolder | null> {
    const name = nameOf(folder);
    // A link would lead elsewhere.
    if (folderOf(folder) !== this.#folder || this.#entries.get(name)?.isDirectory() !== true || !files.every(isNewVersionFile)) return null;
    return this.#verify(folder, `${this.#fetched.path}/${name}`, files, []);
  }

  /**
   * Returns all as one folder; null if anything else lies there, if the metadata is not as it must be or names another version, or if the
   * target has files of this artifact.
   * @param metadata that of the artifact, with its checksum files
   */
  async whole(versions: readonly VerifiedFolder[], metadata: readonly Action[]): Promise<VerifiedFolder | null> {
    const { filtering, target } = this.#context;
    if (!metadata.every((action) => isNewMetadata(action) && !filtering.mayRewrite(action.key))) return null;
    if (await target.hasFolder(this.#folder)) return null;
    const names = versions.map(({ folder }) => nameOf(folder));
    const own = await this.#verify(this.#folder, this.#fetched.path, metadata, names);
    if (own === null) return null;
    const folders = new Set(versions.map(({ folder }) => folder));
    for (const { key, is } of metadata) if (is.kind === 'metadata' && !this.#namesOnly(key, folders)) return null;
    return { ...own, records: [...versions.flatMap(({ records }) => records), ...own.records] };
  }

  async #verify(folder: string, path: string, files: readonly Action[], folders: readonly string[]): Promise<VerifiedFolder | null> {
    const { subjects, lone } = subjectsOf(files);
    if (lone.length > 0) return null;
    const records = await verifyFolder({ path, files: subjects, folders, nowMs: this.#context.source.now() });
    return records === null ? null : { folder, path, records };
  }

  #namesOnly(key: string, folders: ReadonlySet<string>): boolean {
    const bytes = readBounded(`${this.#fetched.path}/${nameOf(key)}`, maxMetadataBytes);
    return bytes !== null && namesIn(key, bytes).every(({ folder }) => folder !== null && folders.has(folder));
  }
}
