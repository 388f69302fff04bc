/** Starts the files that take longest first: of two processors, neither is left with one of them at the end. */
import { basename } from 'node:path';

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From the longest. Vitest itself would begin with the largest files. */
const longest = ['proxy', 'mirror-kill', 'proxy-cut', 'maven', 'proxy-projects', 'gpg-signatures', 'leiningen-projects', 'proxy-gradle'];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const rank = longest.indexOf(basename(moduleId, '.test.ts'));
      return rank === -1 ? longest.length : rank;
    };
    return others.sort((one, other) => rankOf(one) - rankOf(other));
  }
}
