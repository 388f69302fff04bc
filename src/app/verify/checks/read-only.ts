/** A context that only reads: it changes neither the files of the local repository nor any record about them. */
import { statFile } from '../../../base/disk/stat-file.js';
import type { Context, Store } from '../../../fetch/context.js';

const nothing = (): Promise<void> => Promise.resolve();

export function readOnly(context: Context): Context {
  const { local, signers, firstSeen, verificationCache } = context.store;
  const store: Store = {
    ...context.store,
    local: {
      ...local,
      recordOrigin: nothing,
      clearFailures: nothing,
      // Answers as if another process had written the file first.
      writeSmall: (path) => {
        const file = local.file(path);
        return Promise.resolve({ ...(statFile(file) ?? { file, size: 0, mtimeMs: 0, ctimeMs: 0, inode: 0 }), placed: false });
      },
    },
    signers: {
      signerOf: (path) => signers.signerOf(path),
      signersOf: (name) => signers.signersOf(name),
      record: async (name, fingerprint) => (await signers.signersOf(name)) ?? [fingerprint],
      accept: nothing,
      noteSigned: nothing,
    },
    firstSeen: {
      check: (path) => firstSeen.check(path),
      record: async (path, seen) => (await firstSeen.check(path)) ?? seen,
      accept: nothing,
    },
    verificationCache: { lookup: (file, policyDigest) => verificationCache.lookup(file, policyDigest), record: nothing },
  };
  return { ...context, store };
}
