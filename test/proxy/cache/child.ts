/** Fills and empties a cache until it is killed; kill.test.ts bundles this file. Arguments: folder, seed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { openFolderCache } from '../../../src/local/cache/folder-cache.js';
import { createLocalRepository } from '../../../src/local/repository/local-repository.js';
import { createRandom } from '../../support/random.mjs';

const [folder = '', seed = '0'] = process.argv.slice(2);
const random = createRandom(Number(seed));
const cache = await openFolderCache({
  folder,
  repositories: [{ id: 'clojars', url: 'https://repo.clojars.org/' }],
  limitBytes: 40_000,
});
const local = createLocalRepository({ root: cache.folder('clojars'), lockFolder: cache.lockFolder ?? undefined });
const digest = (algorithm: string, bytes: Buffer): string => createHash(algorithm).update(bytes).digest('hex');

async function fetch(path: string, bytes: Buffer): Promise<void> {
  const free = await cache.reserve(bytes.byteLength);
  const release = await local.lock(path);
  try {
    const { file, size, mtimeMs } = await local.writeSmall(path, bytes, { flush: false, replace: true });
    const sha1 = digest('sha1', bytes);
    await local.writeSmall(`${path}.sha1`, Buffer.from(sha1), { flush: false, replace: true });
    await local.recordOrigin(path, 'clojars');
    const digests = { sha256: digest('sha256', bytes), sha1, md5: null };
    cache.note({
      repository: 'clojars',
      path,
      file,
      size,
      modifiedMs: mtimeMs,
      lastModifiedMs: null,
      ...digests,
      mirror: null,
      level: 'origin',
    });
  } finally {
    await release();
    free();
  }
}

let isTold = false;
for (;;) {
  if (!isTold && existsSync(join(folder, '.clojars-fetch/inventory.jsonl'))) {
    process.stdout.write('started\n');
    isTold = true;
  }
  const version = Math.floor(random() * 40);
  const path = `org/lib/${version}/lib-${version}.jar`;
  if (random() < 0.1) await cache.setAside('clojars', path);
  else if (cache.lookup('clojars', path) === null)
    await fetch(path, Buffer.alloc(Math.floor(random() * 4000), `${version} ${process.pid} `));
  else cache.touch('clojars', path);
}
