/** A workbench with `verifyFiles` on its folders. */
import {
  type VerifiedFile,
  verifyFiles,
  type VerifyOptions,
  type VerifyReport,
  type VerifyTarget,
} from '../../src/app/verify/verify-files.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { createTestCertificates, type TestCertificates } from '../support/certificate.js';
import type { FaultServer, FaultServerOptions } from '../support/fault-server.js';
import { useWorkbench, type Workbench } from '../support/workbench.js';

const certificates = await createTestCertificates();

export interface VerifyBench {
  readonly bench: Workbench;
  readonly certificates: TestCertificates;
  /** Repository `r` at these servers, the first its canonical URL, by operator. */
  readonly options: (servers: readonly (readonly [operator: string, server: FaultServer])[], more?: ClientOptions) => ClientOptions;
  readonly verify: (targets: readonly VerifyTarget[], options?: ClientOptions & VerifyOptions) => Promise<VerifyReport>;
  /** Over https. */
  readonly serve: (files: ReadonlyMap<string, Buffer>, options?: Omit<FaultServerOptions, 'files'>) => Promise<FaultServer>;
}

/** Opens a bench before each test and closes it afterwards; the members stay the same. */
export function useVerifyBench(): VerifyBench {
  const bench = useWorkbench();
  return {
    bench,
    certificates,
    options: ([canonical, ...others], more = {}) => ({
      ca: certificates.ca,
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
    }),
    verify: (targets, options = {}) => verifyFiles(targets, { ...bench.ownFolders(), ...options }),
    serve: (files, options = {}) => bench.serve(files, { tls: certificates.valid, ...options }),
  };
}

/** File name, status, level: what most tests look at. */
export function short({ files }: { readonly files: readonly VerifiedFile[] }): string[] {
  return files.map(({ path, status, verification }) => `${path.slice(path.lastIndexOf('/') + 1)} ${status} ${verification.level}`);
}
