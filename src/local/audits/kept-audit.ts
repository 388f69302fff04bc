/** Keeps an audit in the cache folder: its note as it was signed, and its list, sorted for binary searches. */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { makeFolders } from '../../base/disk/make-folders.js';
import { readBounded } from '../../base/disk/read-bounded.js';
import { replaceFile } from '../../base/disk/replace-file.js';
import { maxNoteBytes } from '../../proof/note/signed-note.js';
import { AuditList } from './audit-list.js';
import { AuditListWriter } from './audit-list-writer.js';

export interface KeptNote {
  readonly bytes: Uint8Array;
  /** When the note was last fetched, epoch milliseconds. */
  readonly fetchedMs: number;
}

export class KeptAudit {
  readonly #folder: string;
  readonly #note: string;

  /** @param identity of the audit: its URL and its key */
  constructor(cacheFolder: string, identity: string) {
    this.#folder = join(cacheFolder, 'audits', createHash('sha256').update(identity).digest('hex').slice(0, 32));
    this.#note = join(this.#folder, 'audit.note');
  }

  /** Returns the note that was last fetched; null if there is none, or if it cannot be read. */
  readNote(): KeptNote | null {
    try {
      const bytes = readBounded(this.#note, maxNoteBytes);
      return bytes === null ? null : { bytes, fetchedMs: statSync(this.#note).mtimeMs };
    } catch {
      return null;
    }
  }

  /** Replaces the note; the same one again says that it was fetched now. @throws NodeJS.ErrnoException */
  async writeNote(bytes: Uint8Array): Promise<void> {
    makeFolders(this.#folder, 0o700);
    await replaceFile(this.#note, bytes, { mode: 0o600, flush: false });
  }

  /** Opens the list with this digest; null if it is not kept. @throws NodeJS.ErrnoException, RefusedFile */
  openList(sha256: string): AuditList | null {
    const file = this.#listFile(sha256);
    return existsSync(file) ? new AuditList(file) : null;
  }

  /** Begins to write the list with this digest. @throws ClojarsFetchError `ERR_LOCAL_REPOSITORY` */
  createList(sha256: string): AuditListWriter {
    makeFolders(this.#folder, 0o700);
    return new AuditListWriter(this.#listFile(sha256), sha256);
  }

  /** Removes the lists of earlier audits, and parts of lists that killed processes left. Never rejects: the next process tries again. */
  async removeOtherLists(sha256: string): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const others = names
      .map((name) => join(this.#folder, name))
      .filter((file) => (file.endsWith('.list') && file !== this.#listFile(sha256)) || (file.endsWith('.part') && isOld(file)));
    await Promise.all(others.map((file) => rm(file, { force: true }).catch(() => undefined)));
  }

  #listFile(sha256: string): string {
    return join(this.#folder, `${sha256}.list`);
  }
}

const dayMs = 86_400_000;

/** Whether no process still writes the file. */
function isOld(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > dayMs;
}
