/** Many processes that want the same artifacts at the same time. Also for the soak run. */
import { join } from 'node:path';

import { startFaultServer } from '../support/fault-server.js';
import { createTemporaryFolder } from '../support/folder.js';
import { bundleChild, createFixture, expectedLine, inspect, startChild } from './support.js';

export interface LoadRunResult {
  /** Requests for each file that the children needed, except checksum files. */
  readonly requestsPerFile: readonly number[];
  readonly checksumRequests: number;
  readonly violations: readonly string[];
  readonly ms: number;
}

/** `processes` children fetch the same `artifacts` into one empty local repository. */
export async function runLoad(processes: number, artifacts: number): Promise<LoadRunResult> {
  const fixture = createFixture(artifacts, 5_000);
  const home = await createTemporaryFolder({ on: 'disk' });
  const server = await startFaultServer({ files: fixture.files });
  const violations: string[] = [];
  try {
    const script = await bundleChild(home.path);
    const startedMs = performance.now();
    const children = Array.from({ length: processes }, () => startChild(script, server.url, home.path, fixture.coordinates));
    for (const { code, lines, stderr } of await Promise.all(children.map(({ ended }) => ended))) {
      if (code !== 0) violations.push(`a process ended with ${code}: ${lines.find((line) => !line.startsWith('ok')) ?? ''} ${stderr}`);
      lines.forEach((line, index) => {
        if (line !== expectedLine(fixture, home.path, index)) violations.push(`a process said: ${line}`);
      });
    }
    const ms = performance.now() - startedMs;
    const { damaged, present, temporaries } = await inspect(join(home.path, 'repository'), fixture.files);
    violations.push(...damaged, ...temporaries);
    if (present.length !== artifacts * 2) violations.push(`${present.length} of ${artifacts * 2} files`);
    const requestsPerFile = [...fixture.files.keys()].filter((path) => /\.(jar|pom)$/.test(path)).map((path) => server.count(path));
    return { requestsPerFile, checksumRequests: server.count(/\.sha1$/), violations, ms };
  } finally {
    await server.close();
    await home.remove();
  }
}
