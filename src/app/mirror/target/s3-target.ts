/**
 * A bucket as a target. An object becomes visible whole, in one step. The inventory and the journal lie on this machine, and a copy of the
 * inventory lies in the bucket for the day when another machine takes over.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { createLocks, type Locks, type Release } from '../../../base/disk/lock.js';
import { makeFolders } from '../../../base/disk/make-folders.js';
import { ClojarsFetchError } from '../../../base/error.js';
import type { Asking } from '../../../network/s3/ask.js';
import { listObjects } from '../../../network/s3/list-objects.js';
import { writeS3Url } from '../../../network/s3/location.js';
import { copyObject, deleteObject, getObject, headObject } from '../../../network/s3/objects.js';
import { putObject } from '../../../network/s3/put-object.js';
import type { UploadSource } from '../../../network/s3/upload.js';
import { isTransportError } from '../../../network/transport/contract/transport.js';
import type { ChecksumAlgorithm } from '../../../proof/checksum/claim.js';
import { createDigester } from '../../../proof/checksum/digest.js';
import { BucketFolders } from './bucket-folders.js';
import { BucketInventory } from './bucket-inventory.js';
import { contentTypeOf } from './content-type.js';
import { lockLost } from './lock-lost.js';
import { S3Lock } from './s3-lock.js';
import { S3StagedFile } from './s3-staged-file.js';
import type { MirrorTarget, StagedFile } from './target.js';

export interface S3TargetOptions {
  readonly asking: Asking;
  /** A folder of this machine for the state of all targets. */
  readonly stateFolder: string;
  /** Whether the operator makes sure that only one sync works on the target. */
  readonly noLock: boolean;
  /** Default: 20 and 90 seconds. */
  readonly lockTimes?: { readonly beatMs: number; readonly deadMs: number } | undefined;
}

const lockWaitMs = 2000;
/** Kept with each object that a sync publishes: after the end of a machine, its last files are in no inventory. */
const ownMark = 'clojars-mirror-sha256';
/** By day of deletion: the listing of its keys is sorted by age. */
const retiredFolder = '.clojars-mirror/deleted/';
const retiredMs = 30 * 24 * 3600 * 1000;
const standardLockTimes = { beatMs: 20_000, deadMs: 90_000 };
const objectMaxBytes = 8 * 1024 * 1024 * 1024;

export class S3Target implements MirrorTarget {
  readonly name: string;
  readonly stateFolder: string;
  readonly #options: S3TargetOptions;
  readonly #prefix: string;
  readonly #folders: BucketFolders;
  readonly #inventory: BucketInventory;
  readonly #locks: Locks;
  #lock: S3Lock | null = null;
  #isLocked = false;
  /** Of the operation that holds the lock. */
  #signal: AbortSignal = new AbortController().signal;
  #staged = 0;

  constructor(options: S3TargetOptions) {
    const { location } = options.asking.bucket;
    this.#options = options;
    this.#prefix = location.prefix;
    this.#folders = new BucketFolders(options.asking);
    this.name = writeS3Url(location);
    // The same bucket beneath another server or prefix is another target; its credentials do not matter.
    const place = writeS3Url({ ...location, region: null, credentials: 'default', profile: null });
    this.stateFolder = join(options.stateFolder, createHash('sha256').update(place).digest('hex').slice(0, 32));
    this.#locks = createLocks(join(this.stateFolder, 'lock'));
    this.#inventory = new BucketInventory(options.asking, this.#objectKey('.clojars-mirror/inventory'), this.stateFolder);
  }

  async lock(signal: AbortSignal, { isDryRun = false }: { readonly isDryRun?: boolean } = {}): Promise<Release> {
    this.#signal = signal;
    const staging = join(this.stateFolder, 'staged');
    let releaseLocal: Release;
    try {
      makeFolders(staging);
      releaseLocal = await this.#lockLocally(signal);
      for (const name of readdirSync(staging)) rmSync(join(staging, name), { force: true });
    } catch (error) {
      throw error instanceof ClojarsFetchError ? error : localRepositoryError(error, this.stateFolder);
    }
    try {
      if (!isDryRun) await this.#reach(() => this.#takeLock(signal));
      await this.#reach(() => this.#inventory.fetch(signal));
    } catch (error) {
      await this.#lock?.release();
      await releaseLocal();
      throw error;
    }
    if (isDryRun) return releaseLocal;
    return async () => {
      await this.#storeInventory();
      await this.#lock?.release();
      await releaseLocal();
    };
  }

  async verifyHeld(): Promise<void> {
    // Another sync of this machine takes the lock of the bucket over at once.
    if (this.#isLocked && !this.#locks.isHeld(this.name)) throw lockLost(this.name);
    await this.#lock?.verifyHeld();
  }

  stage(key: string): Promise<StagedFile> {
    this.#staged += 1;
    return S3StagedFile.create(join(this.stateFolder, 'staged', String(this.#staged)), (source) => this.#store(key, source));
  }

  async remove(key: string): Promise<void> {
    await this.verifyHeld();
    await this.#reach(() => deleteObject(this.#options.asking, this.#objectKey(key), this.#signal));
    await this.#folders.note(key, null);
  }

  async retire(key: string, now: Date): Promise<void> {
    await this.verifyHeld();
    const kept = `${this.#prefix}${retiredFolder}${now.toISOString().slice(0, 10)}/${key}`;
    await this.#reach(() => copyObject(this.#options.asking, this.#objectKey(key), kept, this.#signal));
    await this.remove(key);
  }

  async forgetRetired(now: Date): Promise<void> {
    const prefix = this.#objectKey(retiredFolder);
    const end = `${prefix}${new Date(now.getTime() - retiredMs).toISOString().slice(0, 10)}`;
    await this.#reach(async () => {
      for await (const { objects } of listObjects(this.#options.asking, { prefix, signal: this.#signal })) {
        for (const { key } of objects) {
          if (key >= end) return;
          await deleteObject(this.#options.asking, key, this.#signal);
        }
      }
    });
  }

  async read(key: string, maxBytes: number): Promise<Uint8Array | null> {
    const size = await this.sizeOf(key);
    if (size === null) return null;
    if (size > maxBytes) throw tooLarge(this.#options.asking.bucket.show(this.#objectKey(key)), size, maxBytes);
    const chunks: Uint8Array[] = [];
    const isThere = await this.#readTo(key, this.#signal, (chunk) => void chunks.push(chunk));
    return isThere ? Buffer.concat(chunks) : null;
  }

  sizeOf(key: string): Promise<number | null> {
    return this.#reach(() => this.#folders.sizeOf(key, this.#signal));
  }

  async digestOf(key: string, algorithm: ChecksumAlgorithm, signal: AbortSignal): Promise<string | null> {
    const digester = createDigester([algorithm]);
    const isThere = await this.#readTo(key, signal, (chunk) => digester.update(chunk));
    return isThere ? (digester.digests()[algorithm] ?? null) : null;
  }

  async hasFolder(folder: string): Promise<boolean> {
    return (await this.#reach(() => this.#folders.files(folder, this.#signal))).size > 0;
  }

  async isOwn(key: string): Promise<boolean> {
    const stored = await this.#reach(() => headObject(this.#options.asking, this.#objectKey(key), this.#signal));
    return stored?.headers[`x-amz-meta-${ownMark}`] !== undefined;
  }

  async #lockLocally(signal: AbortSignal): Promise<Release> {
    const release = await this.#locks.lock(this.name, signal, lockWaitMs);
    this.#isLocked = true;
    return () => {
      this.#isLocked = false;
      return release();
    };
  }

  /** If it fails, the next sync does it. A sync that has lost the lock leaves it to the other one. */
  async #storeInventory(): Promise<void> {
    try {
      await this.verifyHeld();
      await this.#inventory.store(this.#signal);
    } catch {
      // As said.
    }
  }

  async #takeLock(signal: AbortSignal): Promise<void> {
    const { asking, noLock, lockTimes = standardLockTimes } = this.#options;
    if (noLock) return;
    const key = this.#objectKey('.clojars-mirror/lock');
    const lock = new S3Lock({ asking, key, owner: ownerOf(this.stateFolder), ...lockTimes });
    await lock.take(signal);
    this.#lock = lock;
  }

  async #store(key: string, source: UploadSource): Promise<void> {
    await this.verifyHeld();
    const metadata = { [ownMark]: source.digests?.sha256 ?? 'unknown' };
    const options = { contentType: contentTypeOf(key), metadata, signal: this.#signal };
    await this.#reach(() => putObject(this.#options.asking, this.#objectKey(key), source, options));
    await this.#folders.note(key, source.bytes);
  }

  /** Reads an object to its end. Returns whether it is there. */
  #readTo(key: string, signal: AbortSignal, take: (chunk: Uint8Array) => void): Promise<boolean> {
    return this.#reach(async () => {
      const answer = await getObject(this.#options.asking, this.#objectKey(key), { maxBytes: objectMaxBytes, signal });
      if (answer === null) return false;
      for await (const chunk of answer.body) take(chunk);
      return true;
    });
  }

  /** Turns failures of the bucket into the error that ends a sync. */
  async #reach<T>(work: () => Promise<T> | T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isTransportError(error) || error.outcome === 'aborted') throw error;
      throw new ClojarsFetchError('ERR_UNREACHABLE', {
        reason: 'target-gone',
        message: `the target cannot be used: ${error.message}`,
        hint: 'Run the same command again later: what was published is kept.',
        cause: error,
      });
    }
  }

  #objectKey(key: string): string {
    return `${this.#prefix}${key}`;
  }
}

/** Returns the name of a state folder, which it keeps. */
function ownerOf(stateFolder: string): string {
  const file = join(stateFolder, 'owner');
  if (!existsSync(file)) writeFileSync(file, randomUUID());
  return readFileSync(file, 'utf8').trim();
}

function tooLarge(where: string, size: number, limit: number): ClojarsFetchError {
  return new ClojarsFetchError('ERR_LIMIT', { reason: 'too-large', message: `${where}: ${size} bytes, more than the ${limit} allowed` });
}
