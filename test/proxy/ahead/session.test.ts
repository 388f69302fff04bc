/** When a session of the look-ahead begins and ends, and what one may ask for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { afterEach, beforeEach, describe, expect, vi } from 'vitest';

import { AheadIsOver, AheadPoms } from '../../../src/app/proxy/ahead/ahead-poms.js';
import { LookAhead } from '../../../src/app/proxy/ahead/look-ahead.js';
import { ServedVersions } from '../../../src/app/proxy/ahead/served-versions.js';
import type { ApprovedFile, FileAddress } from '../../../src/app/proxy/files/file-download.js';
import { ClojarsFetchError } from '../../../src/base/error.js';
import { RecentPoms } from '../../../src/local/ledger/pom-index.js';
import type { ProfileEnvironment } from '../../../src/maven/pom/profile.js';
import { digest } from '../../support/workbench.js';
import { approvedFacts } from '../approved-facts.js';
import { it, type ProxyBench } from '../bench.js';

const [one, other] = [{ remoteAddress: '127.0.0.1' }, { remoteAddress: '127.0.0.2' }];
const absent = new ClojarsFetchError('ERR_NOT_FOUND', { reason: 'absent', message: 'absent' });
const coordinate = (artifact: string, extension = 'pom') => ({ group: 'g', artifact, version: '1', extension, classifier: '' });

/**
 * A look-ahead whose clock is set by hand, and whose POMs arrive when the test says so, or at once: that of `a1` names `a2`, and so on.
 */
function openAhead(bench: ProxyBench, { isAtOnce = false, mostPoms = 2_000 } = {}) {
  const clock = { ms: 1_000_000 };
  const asked: string[] = [];
  const waiting = new Map<string, () => void>();
  const pomOf = (artifact: string): ApprovedFile => {
    const text = `<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>${artifact}</artifactId><version>1</version><dependencies><dependency><groupId>g</groupId><artifactId>a${Number(artifact.slice(1)) + 1}</artifactId><version>1</version></dependency></dependencies></project>`;
    const [bytes, file] = [Buffer.from(text), join(bench.folder, `${artifact}.pom`)];
    writeFileSync(file, bytes);
    const facts = { ...approvedFacts, size: bytes.length, modifiedMs: 0 };
    return { path: file, file, sha256: digest('sha256', bytes), ...facts };
  };
  const fetch = ({ coordinate: { artifact, extension } }: FileAddress): Promise<ApprovedFile> => {
    asked.push(`${artifact}.${extension}`);
    if (extension !== 'pom') return Promise.reject(absent);
    if (isAtOnce) return Promise.resolve(pomOf(artifact));
    return new Promise((resolve) => waiting.set(artifact, () => resolve(pomOf(artifact))));
  };
  /** One for each session, which holds it. */
  const environments: WeakRef<ProfileEnvironment>[] = [];
  const environment = (): Promise<ProfileEnvironment> => {
    const made = { systemProperties: new Map<string, string>(), fileExists: () => false };
    environments.push(new WeakRef(made));
    return Promise.resolve(made);
  };
  const cacheFolder = join(bench.folder, 'cache');
  mkdirSync(cacheFolder, { recursive: true });
  const ahead = new LookAhead({
    fetch,
    readMetadata: () => Promise.resolve(null),
    environment,
    cacheFolder,
    recentPoms: new RecentPoms(),
    mostPoms,
    projectOf: () => Promise.resolve(null),
    now: () => clock.ms,
  });
  bench.atEnd(async () => ahead.close());
  const arrive = async (artifact: string): Promise<void> => {
    await expect.poll(() => waiting.has(artifact)).toBe(true);
    waiting.get(artifact)?.();
  };
  /** Lets time pass, for the clock and for the timer that looks for idle sessions. */
  const pass = (ms: number): void => {
    clock.ms += ms;
    vi.advanceTimersByTime(ms);
  };
  return { ahead, asked, arrive, pass, environments };
}

describe('a session', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  it('lasts while its tool asks for something every ten seconds', async ({ bench }) => {
    const { ahead, asked, arrive, pass } = openAhead(bench);
    ahead.asked(one, coordinate('a1'));
    for (let round = 0; round < 4; round += 1) {
      pass(9_000);
      ahead.asked(one, coordinate('other', 'jar'));
    }
    await arrive('a1');
    await expect.poll(() => asked).toContain('a2.pom');
  });

  it('ends ten seconds after the last request, and another one begins with the next POM', async ({ bench }) => {
    const { ahead, asked, arrive, pass } = openAhead(bench);
    ahead.asked(one, coordinate('a1'));
    await expect.poll(() => asked).toEqual(['a1.pom']);
    pass(13_000);
    await arrive('a1');
    ahead.asked(one, coordinate('a5'));
    await arrive('a5');
    await expect.poll(() => asked).toContain('a6.pom');
    expect(asked).not.toContain('a2.pom');
  });

  it('of one client is not that of another', async ({ bench }) => {
    const { ahead, asked, arrive, pass } = openAhead(bench);
    ahead.asked(one, coordinate('a1'));
    ahead.asked(other, coordinate('a5'));
    await expect.poll(() => [...asked].sort()).toEqual(['a1.pom', 'a5.pom']);
    pass(9_000);
    ahead.asked(other, coordinate('other', 'jar'));
    pass(4_000);
    await arrive('a1');
    await arrive('a5');
    await expect.poll(() => asked).toContain('a6.pom');
    expect(asked).not.toContain('a2.pom');
  });

  it('asks for 2,000 POMs and lists of versions, and for no more', async ({ bench }) => {
    let count = 0;
    const fetch = (): Promise<never> => {
      count += 1;
      return Promise.reject(absent);
    };
    const versions = new ServedVersions(() => Promise.resolve(null));
    const poms = new AheadPoms({ fetch, versions, cacheFolder: join(bench.folder, 'cache') });
    for (let number = 0; number < 1_999; number += 1) expect(await poms.read('g', `a${number}`, '1')).toBeNull();
    expect(await poms.versions('g', 'ranged')).toEqual([]);
    await expect(poms.read('g', 'more', '1')).rejects.toBeInstanceOf(AheadIsOver);
    await expect(poms.versions('g', 'more')).rejects.toBeInstanceOf(AheadIsOver);
    expect(count).toBe(1_999);
  });

  it('keeps nothing that it has read once it may ask for no more, however long its client goes on', async ({ bench }) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { ahead, asked, pass, environments } = openAhead(bench, { isAtOnce: true, mostPoms: 40 });
    ahead.asked(one, coordinate('a1'));
    await expect.poll(() => asked.filter((path) => path.endsWith('.pom')).length).toBe(40);
    await expect
      .poll(() => {
        ahead.asked(one, coordinate('other', 'jar'));
        pass(3_000);
        collect();
        return environments.map((one) => one.deref() === undefined);
      })
      .toEqual([true]);
    // It is the same session still: it asks for nothing more.
    ahead.asked(one, coordinate('b1'));
    await turn();
    expect(environments).toHaveLength(1);
    expect(asked).not.toContain('b1.pom');
  });
});
