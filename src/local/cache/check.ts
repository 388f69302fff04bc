/** Hashes every file of a cache and compares it with what was recorded of it, or with the checksum alongside. */
import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { readBounded } from '../../base/disk/read-bounded.js';
import { RefusedFile } from '../../base/disk/regular-file.js';
import type { CheckFinding, CheckReport } from './file-cache.js';
import { checksumFile, isMetadata, isNote, mainName } from './file-names.js';
import type { FileRecord } from './file-record.js';
import { FileHasher, type HashAlgorithm, type HashedFile } from './hash-file.js';
import { type WalkedFolder, walkFolders } from './scan.js';

/** The files of a check, and the means to act on its findings. */
export interface CheckedTree {
  readonly repositories: readonly { readonly id: string; readonly root: string }[];
  readonly now: () => number;
  recordOf(repository: string, path: string): FileRecord | null;
  /** Paths that have a record. */
  recorded(): Iterable<{ readonly repository: string; readonly path: string; readonly file: string }>;
  /** Records how the file system describes a file whose bytes are as recorded. */
  confirm(repository: string, path: string, stats: Stats): void;
  /** Returns the new place, null if the file stays. */
  setAside(repository: string, path: string): Promise<string | null>;
}

/** Strongest first. */
const algorithms = ['sha512', 'sha256', 'sha1', 'md5'] as const;
const maxChecksumBytes = 4096;

/** Returns the digest that a checksum file holds; null if it holds none. */
function readDigest(file: string): string | null {
  try {
    const text = readBounded(file, maxChecksumBytes)?.toString('latin1') ?? '';
    return /\b([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})\b/i.exec(text)?.[1]?.toLowerCase() ?? null;
  } catch {
    return null;
  }
}

/** Why a file could not be read, for a person. */
function problemOf(error: unknown): string {
  return error instanceof RefusedFile ? error.message : `cannot be read (${systemErrorCode(error) ?? String(error)})`;
}

/** Goes through the tree once. An aborted check returns what it found so far. */
export async function checkTree(tree: CheckedTree, signal: AbortSignal, onFinding: (finding: CheckFinding) => void): Promise<CheckReport> {
  const run = new CheckRun(tree, signal, onFinding);
  let isComplete = true;
  try {
    for (const { id, root } of tree.repositories) isComplete &&= await run.checkRepository(id, root);
    if (isComplete) run.findMissing();
  } catch (error) {
    if (!signal.aborted) throw error;
    isComplete = false;
  }
  return { ...run.counts, isComplete };
}

/** A file to hash. */
interface Subject {
  readonly repository: string;
  readonly path: string;
  readonly file: string;
}

class CheckRun {
  readonly #tree: CheckedTree;
  readonly #signal: AbortSignal;
  readonly #onFinding: (finding: CheckFinding) => void;
  readonly #hasher = new FileHasher();
  readonly counts = { files: 0, bytes: 0, damaged: 0, missing: 0, unknown: 0 };

  constructor(tree: CheckedTree, signal: AbortSignal, onFinding: (finding: CheckFinding) => void) {
    this.#tree = tree;
    this.#signal = signal;
    this.#onFinding = onFinding;
  }

  checkRepository(repository: string, root: string): Promise<boolean> {
    const visit = async ({ path: folder, files }: WalkedFolder): Promise<void> => {
      const names = new Set(files.map(({ name }) => name));
      for (const name of names) {
        if (isNote(name) || isMetadata(name) || mainName(name) !== name) continue;
        this.#signal.throwIfAborted();
        const path = folder === '' ? name : `${folder}/${name}`;
        await this.#checkFile({ repository, path, file: join(root, path) }, names);
      }
    };
    return walkFolders(root, this.#signal, this.#tree.now, visit);
  }

  /** Looks for recorded files that are gone. */
  findMissing(): void {
    for (const subject of this.#tree.recorded()) {
      if (lstatSync(subject.file, { throwIfNoEntry: false }) === undefined)
        this.#tell(subject, 'missing', 'is recorded, but is not there', null);
    }
  }

  async #checkFile(subject: Subject, names: ReadonlySet<string>): Promise<void> {
    const { repository, path, file } = subject;
    const record = this.#tree.recordOf(repository, path);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const alongside = record === null ? algorithms.find((algorithm) => names.has(`${name}.${algorithm}`)) : undefined;
    const algorithm: HashAlgorithm | undefined = record === null ? alongside : 'sha256';
    if (algorithm === undefined) {
      this.#tell(subject, 'unknown', 'has neither a record nor a checksum', null);
      return;
    }
    const expected = record === null ? readDigest(`${file}.${algorithm}`) : record.sha256;
    const hashed = await this.#hash(subject, algorithm);
    // Otherwise it is being replaced at this moment, and will be verified by the one that does it.
    if (hashed?.isSteady !== true) return;
    this.counts.files += 1;
    this.counts.bytes += hashed.bytes;
    const got = hashed.digests.get(algorithm) ?? '';
    if (expected === null) this.#tell(subject, 'unknown', `its ${algorithm} file holds no checksum`, null);
    else if (got !== expected) await this.#damaged(subject, `${algorithm} is ${got}, expected ${expected}`, hashed.stats);
    else if (record !== null) {
      this.#tree.confirm(repository, path, hashed.stats);
      await this.#checkChecksums(subject, names, record);
    }
  }

  /** Compares the checksum files alongside with a record whose file is as it should be. */
  async #checkChecksums({ repository, path, file }: Subject, names: ReadonlySet<string>, record: FileRecord): Promise<void> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    for (const other of names) {
      const checksum = checksumFile(other);
      if (checksum?.of !== name) continue;
      const { sha1, md5, sha256 } = record;
      const expected = new Map([
        ['sha1', sha1],
        ['md5', md5],
        ['sha256', sha256],
      ]).get(checksum.algorithm);
      const suffix = `.${checksum.algorithm}`;
      const subject = { repository, path: `${path}${suffix}`, file: `${file}${suffix}` };
      const got = readDigest(subject.file);
      if (typeof expected === 'string' && got !== expected)
        await this.#damaged(
          subject,
          `says ${got ?? 'no checksum'}, expected ${expected}`,
          lstatSync(subject.file, { throwIfNoEntry: false }),
        );
    }
  }

  async #hash(subject: Subject, algorithm: HashAlgorithm): Promise<HashedFile | null> {
    try {
      return await this.#hasher.hash(subject.file, [algorithm], this.#signal);
    } catch (error) {
      this.#signal.throwIfAborted();
      if (systemErrorCode(error) !== 'ENOENT') this.#tell(subject, 'damaged', problemOf(error), null);
      return null;
    }
  }

  async #damaged(subject: Subject, detail: string, seen: Stats | undefined): Promise<void> {
    // Another process may have replaced it with a good one since.
    const now = lstatSync(subject.file, { throwIfNoEntry: false });
    if (now === undefined || seen === undefined || now.ino !== seen.ino || now.ctimeMs !== seen.ctimeMs) return;
    const movedTo = await this.#tree.setAside(subject.repository, subject.path);
    this.#tell(subject, 'damaged', detail, movedTo);
  }

  #tell(subject: Subject, kind: CheckFinding['kind'], detail: string, movedTo: string | null): void {
    this.counts[kind] += 1;
    this.#onFinding({ kind, ...subject, detail, movedTo });
  }
}
