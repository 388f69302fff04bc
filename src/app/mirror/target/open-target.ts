/** Opens the target that a text names: a folder, or a bucket. */
import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';
import { redactUrl } from '../../../network/mirrors/repository-url.js';
import { isS3Url } from '../../../network/s3/location.js';
import type { OpenBucketOptions } from '../bucket/open-bucket.js';
import { FolderTarget } from './folder-target.js';
import type { MirrorTarget } from './target.js';

export interface OpenTargetOptions extends Omit<OpenBucketOptions, 'where'> {
  readonly noLock: boolean;
  /** Whether nothing will be published. */
  readonly isDryRun: boolean;
}

/** Returns the absolute path of a target that is not a bucket. @throws {ClojarsFetchError} `ERR_CONFIG` for an address of another machine */
export function targetFolder(text: string): string {
  if (/^file:/i.test(text)) return fileURLToPath(text);
  // Also as rsync and scp write it: a drive of Windows has one letter.
  if (!/^(?:[\w.-]+@)?[a-z][\w+.-]+:+\//i.test(text)) return resolve(text);
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `--to: neither a folder of this machine nor a bucket: ${escapeForDisplay(redactUrl(text), 200)}`,
    hint: 'Name a folder that a web server publishes, or s3://BUCKET/PREFIX. Write ./ in front of a folder with a colon in its name.',
  });
}

/** @throws {ClojarsFetchError} `ERR_CONFIG` */
export async function openTarget(
  text: string,
  options: OpenTargetOptions,
): Promise<{ readonly target: MirrorTarget; readonly close: () => Promise<void> }> {
  const { noLock, isDryRun, ...reach } = options;
  if (!isS3Url(text))
    return isDryRun ? openUnchanged(targetFolder(text)) : { target: new FolderTarget(targetFolder(text)), close: () => Promise.resolve() };
  // Loaded only for a bucket, as in `open-source.ts`.
  const [{ openBucket }, { S3Target }] = await Promise.all([import('../bucket/open-bucket.js'), import('./s3-target.js')]);
  const { asking, transport, stateFolder } = await openBucket(text, { ...reach, where: '--to' });
  return {
    target: new S3Target({ asking, noLock, stateFolder: join(stateFolder, 'mirror-targets') }),
    close: () => transport.close(),
  };
}

/** Files of a target's state that a dry run reads. */
const readFiles = ['inventory', 'journal', 'tombstones', 'clock', 'cursor'] as const;

/** Opens a folder whose state is elsewhere: the dry run writes its listing and its plan there, and leaves the target as it is. */
function openUnchanged(root: string): { readonly target: MirrorTarget; readonly close: () => Promise<void> } {
  const stateFolder = mkdtempSync(join(tmpdir(), 'clojars-fetch-dry-run-'));
  const close = async (): Promise<void> => rmSync(stateFolder, { recursive: true, force: true });
  for (const name of readFiles) {
    const file = join(root, '.clojars-mirror', name);
    if (existsSync(file)) lend(file, join(stateFolder, name));
  }
  return { target: new FolderTarget(root, stateFolder), close };
}

/** Replacing the link does not change the file, which may be large. */
function lend(file: string, link: string): void {
  try {
    symlinkSync(file, link);
  } catch {
    // Windows asks for a permission.
    copyFileSync(file, link);
  }
}
