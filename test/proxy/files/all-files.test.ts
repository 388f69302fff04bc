/** All repositories as one: which of them is asked, and which answer counts. */
import { describe, expect } from 'vitest';

import { AllFiles } from '../../../src/app/proxy/files/all-files.js';
import type { ApprovedFile, FileAddress } from '../../../src/app/proxy/files/file-download.js';
import type { FoundFile } from '../../../src/app/proxy/files/repository-files.js';
import { ClojarsFetchError, type ErrorCode } from '../../../src/base/error.js';
import { openStage } from '../../paths/stage.js';
import { errorOf, it, jar, type Workbench } from '../../support/workbench.js';

const address: FileAddress = {
  path: jar,
  coordinate: { group: 'org.example', artifact: 'greeter', version: '1.0.0', extension: 'jar', classifier: '' },
};

interface Answers {
  /** A code of an error, or nothing if the repository has the file. */
  readonly central?: ErrorCode;
  readonly clojars?: ErrorCode;
  /** The repository in whose folder of the cache the file is. */
  readonly cachedIn?: string;
}

/** Central and Clojars with these answers, and the names of those that were asked. */
async function pair(bench: Workbench, { cachedIn, ...answers }: Answers): Promise<{ all: AllFiles; asked: string[] }> {
  const { context } = await openStage(bench, {});
  const asked: string[] = [];
  const find = (repository: string): FoundFile => {
    asked.push(repository);
    const code = repository === 'central' ? answers.central : answers.clojars;
    if (code !== undefined) throw new ClojarsFetchError(code, { reason: 'absent', message: `${repository}: ${code}` });
    const file: ApprovedFile = {
      repository,
      path: jar,
      file: `/${repository}/${jar}`,
      isStale: false,
      size: 1,
      modifiedMs: 0,
      confirmedMs: 0,
      lastModifiedMs: null,
      sha256: '',
      sha1: '',
      md5: '',
      mirror: null,
      level: 'origin',
    };
    return { kind: 'here', file };
  };
  const filesOf = (repository: string) => ({ find: () => find(repository), isThere: () => repository === cachedIn });
  return { all: new AllFiles({ repositories: context.route.repositories, repoFor: new Map(), filesOf }), asked };
}

describe('all repositories as one', () => {
  it('asks the one whose file is in the cache first, so that an outage of another holds up nothing', async ({ bench }) => {
    const { all, asked } = await pair(bench, { central: 'ERR_UNREACHABLE', cachedIn: 'clojars' });
    expect(await all.find(address)).toMatchObject({ kind: 'here', file: { repository: 'clojars' } });
    expect(asked).toEqual(['clojars']);
  });

  it('asks in order if no file is in the cache', async ({ bench }) => {
    const { all, asked } = await pair(bench, { central: 'ERR_NOT_FOUND' });
    await all.find(address);
    expect(asked).toEqual(['central', 'clojars']);
  });

  it('goes on to the next one if the cache of an earlier one lacks the file, and requests are forbidden', async ({ bench }) => {
    const { all } = await pair(bench, { central: 'ERR_OFFLINE' });
    expect(await all.find(address)).toMatchObject({ file: { repository: 'clojars' } });
  });

  it.for([
    [{ central: 'ERR_OFFLINE', clojars: 'ERR_OFFLINE' }, 'ERR_OFFLINE'],
    [{ central: 'ERR_UNREACHABLE', clojars: 'ERR_NOT_FOUND' }, 'ERR_UNREACHABLE'],
    [{ central: 'ERR_NOT_FOUND', clojars: 'ERR_NOT_FOUND' }, 'ERR_NOT_FOUND'],
    [{ central: 'ERR_CHECKSUM' }, 'ERR_CHECKSUM'],
  ] as const satisfies readonly (readonly [Answers, ErrorCode])[])('fails for %o with %s', async ([answers, code], { bench }) => {
    const { all } = await pair(bench, answers);
    expect(await errorOf(all.find(address))).toMatchObject({ code });
  });
});
