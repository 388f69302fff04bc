/** Verifies the files of a version that a source fetched into one folder. */
import { closeSync, constants, openSync, readdirSync, readSync } from 'node:fs';

import { systemErrorCode } from '../../../base/disk/file-error.js';
import { fileChunks } from '../../../fetch/file-chunks.js';
import { nameOf } from '../../../maven/repository-index/key.js';
import type { ChecksumAlgorithm, Digests } from '../../../proof/checksum/claim.js';
import { createDigester, digestOf } from '../../../proof/checksum/digest.js';
import { maxSidecarBytes } from '../../../proof/checksum/sidecar.js';
import type { InventoryRecord } from '../target/inventory-record.js';
import type { Action } from './action.js';
import { type Claim, claimOfFile, claimOfMark, contradiction } from './claim.js';
import { needsClaim } from './fetch-file.js';
import { recordOf } from './record.js';

/** A file, and its checksum files in the same folder. */
export interface FileOfFolder {
  readonly action: Action;
  readonly checksums: readonly Action[];
}

/** A larger file is read in pieces. */
const smallBytes = 64 * 1024;
/** Small files are read into the same memory, one after the other: at hundreds of thousands in a sync, each step of a read counts. */
const memory = Buffer.allocUnsafeSlow(smallBytes + 1);
const readOnly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export interface FolderToVerify {
  /** Absolute. */
  readonly path: string;
  readonly files: readonly FileOfFolder[];
  /** Names of the folders in it, which are not looked into. */
  readonly folders: readonly string[];
  /** By the source's clock. */
  readonly nowMs: number;
}

/**
 * Returns the records of all files; null if one is missing, cannot be read, differs from the listing or from its checksums, or lacks those
 * that it needs, and if anything else lies in the folder.
 */
export async function verifyFolder({ path, files, folders, nowMs }: FolderToVerify): Promise<readonly InventoryRecord[] | null> {
  try {
    return hasJust(path, files, folders) ? await verifyAll(path, files, nowMs) : null;
  } catch (error) {
    // Such as a folder of which all files have vanished at the source.
    if (systemErrorCode(error) === null) throw error;
    return null;
  }
}

async function verifyAll(folder: string, files: readonly FileOfFolder[], nowMs: number): Promise<readonly InventoryRecord[] | null> {
  const records: InventoryRecord[] = [];
  for (const file of files) {
    const sums = verifyChecksums(folder, file, nowMs);
    const record = sums === null ? null : await verifyFile(folder, file.action, sums.claims, nowMs);
    if (sums === null || record === null) return null;
    records.push(record, ...sums.records);
  }
  return records;
}

function hasJust(folder: string, files: readonly FileOfFolder[], folders: readonly string[]): boolean {
  const names = new Set<string>();
  const folderNames = new Set(folders);
  for (const { action, checksums } of files) {
    names.add(nameOf(action.key));
    for (const { key } of checksums) names.add(nameOf(key));
  }
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.length !== names.size + folderNames.size) return false;
  return entries.every((entry) => (entry.isFile() ? names.has(entry.name) : entry.isDirectory() && folderNames.has(entry.name)));
}

function verifyChecksums(
  folder: string,
  { action, checksums }: FileOfFolder,
  nowMs: number,
): { readonly claims: readonly Claim[]; readonly records: readonly InventoryRecord[] } | null {
  const listed = claimOfMark(action.mark);
  const claims: Claim[] = listed === null ? [] : [listed];
  const records: InventoryRecord[] = [];
  for (const sum of checksums) {
    const bytes = (sum.size ?? Infinity) > maxSidecarBytes ? null : readSmall(folder, sum);
    const claim = bytes === null ? null : claimOfFile(sum.key, bytes);
    if (bytes === null || claim === null) return null;
    claims.push(claim);
    records.push(recordOf(sum, nowMs, { size: bytes.length, sha256: digestOf(bytes, ['sha256']).sha256 ?? '' }));
  }
  return { claims, records };
}

async function verifyFile(folder: string, action: Action, claims: readonly Claim[], nowMs: number): Promise<InventoryRecord | null> {
  const { size } = action;
  if (size === null || (claims.length === 0 && needsClaim(action))) return null;
  const algorithms = new Set(['sha256', ...claims.map(({ algorithm }) => algorithm)] as const);
  const digests = size > smallBytes ? await digestLarge(folder, action, algorithms) : digestSmall(folder, action, algorithms);
  if (digests === null || contradiction(claims, digests) !== null) return null;
  return recordOf(action, nowMs, { size, sha256: digests.sha256 ?? '' });
}

function digestSmall(folder: string, action: Action, algorithms: ReadonlySet<ChecksumAlgorithm>): Digests | null {
  const bytes = readSmall(folder, action);
  return bytes === null ? null : digestOf(bytes, algorithms);
}

async function digestLarge(folder: string, { key, size }: Action, algorithms: ReadonlySet<ChecksumAlgorithm>): Promise<Digests | null> {
  const digester = createDigester(algorithms);
  for await (const chunk of fileChunks(`${folder}/${nameOf(key)}`)) digester.update(chunk);
  return digester.size === size ? digester.digests() : null;
}

/** Returns the bytes, which are there until the next call; null if they are not as many as were listed. */
function readSmall(folder: string, { key, size }: Action): Buffer | null {
  const descriptor = openSync(`${folder}/${nameOf(key)}`, readOnly);
  try {
    // A regular file gives as much as it has. If one did not, it would be looked at again in another way.
    const count = readSync(descriptor, memory, 0, memory.length, null);
    return count === size ? memory.subarray(0, count) : null;
  } finally {
    closeSync(descriptor);
  }
}
