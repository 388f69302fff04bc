/** A POM whose dependencies have dependencies without end: the look-ahead must not fetch them all. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { AheadPoms } from '../../../src/app/proxy/ahead/ahead-poms.js';
import { AheadSession } from '../../../src/app/proxy/ahead/ahead-session.js';
import type { ApprovedFile, FileAddress } from '../../../src/app/proxy/files/file-download.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { digest } from '../../support/workbench.js';
import { approvedFacts } from '../approved-facts.js';

it('ends a session after its limit of POMs, however many are named', async () => {
  const folder = await temporaryFolder();
  const asked: string[] = [];
  const names = Array.from({ length: 30 }, (_, index) => index);
  /** Each POM names thirty others. */
  const fetch = async ({ path, coordinate }: FileAddress): Promise<ApprovedFile> => {
    asked.push(path);
    const { group, artifact, version, extension } = coordinate;
    const dependencies = names
      .map(
        (index) => `<dependency><groupId>${group}</groupId><artifactId>${artifact}${index}</artifactId><version>1</version></dependency>`,
      )
      .join('');
    const text = `<project><modelVersion>4.0.0</modelVersion><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version><dependencies>${dependencies}</dependencies></project>`;
    const bytes = Buffer.from(extension === 'pom' ? text : '');
    const sha256 = digest('sha256', bytes);
    const file = join(folder, sha256);
    writeFileSync(file, bytes);
    const facts = { ...approvedFacts, size: bytes.length, modifiedMs: 0 };
    return { path, file, sha256, ...facts };
  };
  const environment = { systemProperties: new Map<string, string>(), fileExists: () => false };
  const session = new AheadSession(new AheadPoms({ fetch, cacheFolder: folder, most: 200 } as never), {
    environment,
    fetch,
  });
  session.enter({ group: 'g', artifact: 'a', version: '1', extension: 'pom', classifier: '' });
  await expect.poll(() => session.isDone, { timeout: 50_000 }).toBe(true);
  session.end();
  expect(asked.filter((path) => path.endsWith('.pom'))).toHaveLength(200);
  expect(asked.length).toBeLessThanOrEqual(12_000);
});
