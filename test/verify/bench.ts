/** A workbench with `verifyFiles` on its folders. */
import {
  type VerifiedFile,
  verifyFiles,
  type VerifyOptions,
  type VerifyReport,
  type VerifyTarget,
} from '../../src/app/verify/verify-files.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { testCertificates } from '../support/certificate.js';
import type { FaultServer } from '../support/fault-server.js';
import { testWith, Workbench } from '../support/workbench.js';

const { ca } = await testCertificates();

export class VerifyBench extends Workbench {
  /** Repository `r` at these servers, the first its canonical URL, by operator. */
  options([canonical, ...others]: readonly (readonly [operator: string, server: FaultServer])[], more: ClientOptions = {}): ClientOptions {
    return {
      ca,
      // Port 9 discards: a request there fails.
      repositories:
        canonical === undefined
          ? [{ id: 'r', url: 'https://127.0.0.1:9/' }]
          : [
              {
                id: 'r',
                url: canonical[1].url,
                operator: canonical[0],
                mirrors: others.map(([operator, { url }]) => ({ url, operator, trusted: false })),
              },
            ],
      ...more,
    };
  }

  verify(targets: readonly VerifyTarget[], options: ClientOptions & VerifyOptions = {}): Promise<VerifyReport> {
    return verifyFiles(targets, { ...this.ownFolders(), ...options });
  }
}

/** Vitest's `it` with a {@link VerifyBench} as the fixture `bench`. */
export const it = testWith(() => new VerifyBench());

/** File name, status, level: what most tests look at. */
export function short({ files }: { readonly files: readonly VerifiedFile[] }): string[] {
  return files.map(({ path, status, verification }) => `${path.slice(path.lastIndexOf('/') + 1)} ${status} ${verification.level}`);
}
