/** Every kind of code that replaces a file, for replace.test.ts and the child processes that it kills. */
import { join } from 'node:path';

import { verifyPage } from '../../src/app/verify/page/page.js';
import { writeVerifyPage } from '../../src/app/verify/page/write-page.js';
import { createRecordLog } from '../../src/base/disk/record-log.js';
import { createStateFile } from '../../src/base/disk/state-file.js';
import { openKeyStore } from '../../src/local/keyring/key-store.js';
import { emptyLockfile } from '../../src/local/lockfile/lockfile.js';
import { writeLockfile } from '../../src/local/lockfile/open.js';

/** Replaces a file of the folder. Every round has its own content, large enough to take some time. */
export type Replacement = (folder: string, round: number) => Promise<unknown>;

const filler = 'x'.repeat(1 << 20);

export const replacements: Readonly<Record<string, Replacement>> = {
  lockfile: (folder, round) =>
    writeLockfile(join(folder, 'clojars-fetch.lock'), {
      ...emptyLockfile,
      roots: Array.from({ length: 5_000 }, (_, index) => `org.example:lib-${index}:${round}`).sort(),
    }),
  'key store': (folder, round) => openKeyStore(folder).setOwnertrust('A'.repeat(40), round % 2 === 0 ? 'full' : 'marginal'),
  page: (folder, round) => writeVerifyPage(join(folder, 'verify.html'), `${verifyPage.head}${round}${filler}`),
  'state file': (folder, round) => createStateFile<unknown>(join(folder, 'circuits.json'), () => null).write([round, filler]),
  'record log': async (folder, round) => {
    const log = createRecordLog<string>({
      file: join(folder, 'log.jsonl'),
      parse: (value) => (typeof value === 'string' ? value : null),
      maxEntries: 10,
      maxBytes: 1 << 30,
      whenTooLarge: 'discard',
    });
    // More than the log tolerates, so that it is rewritten.
    await Promise.all(Array.from({ length: 1_100 }, (_, index) => log.set(`${round}-${index}`, 'x'.repeat(1_000))));
  },
};
