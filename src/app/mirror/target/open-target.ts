/** Opens the target that a text names: a folder, or a bucket. */
import { join, resolve } from 'node:path';

import { isS3Url } from '../../../network/s3/location.js';
import type { OpenBucketOptions } from '../bucket/open-bucket.js';
import { FolderTarget } from './folder-target.js';
import type { MirrorTarget } from './target.js';

export interface OpenTargetOptions extends Omit<OpenBucketOptions, 'where'> {
  readonly noLock: boolean;
}

/** @throws {ClojarsFetchError} `ERR_CONFIG` */
export async function openTarget(
  text: string,
  options: OpenTargetOptions,
): Promise<{ readonly target: MirrorTarget; readonly close: () => Promise<void> }> {
  if (!isS3Url(text)) return { target: new FolderTarget(resolve(text)), close: () => Promise.resolve() };
  const { noLock, ...reach } = options;
  // Loaded only for a bucket, as in `open-source.ts`.
  const [{ openBucket }, { S3Target }] = await Promise.all([import('../bucket/open-bucket.js'), import('./s3-target.js')]);
  const { asking, transport, stateFolder } = await openBucket(text, { ...reach, where: '--to' });
  return {
    target: new S3Target({ asking, noLock, stateFolder: join(stateFolder, 'mirror-targets') }),
    close: () => transport.close(),
  };
}
