/** Compares this package's answers with those of Maven 3.8.7 over the conformance corpus. docs/conformance.md lists the exceptions, too. */
import { isDeepStrictEqual } from 'node:util';

import { describe, expect, test } from 'vitest';

import { createGraphResolver, type GraphResolver } from '../../src/maven/resolver/resolve-graph.js';
import { answer, describeDescriptor, type DescriptorCase, parseCaseArtifact, type ResolveCase, toRequest } from './support/case.js';
import { corpusEnvironment, corpusFolder, MemoryRepository, readCorpusLines, readCorpusRepository } from './support/corpus.js';

/** Cases that cannot agree, by id. */
const exceptions: Readonly<Record<string, string>> = {
  m00683:
    'asks for a SNAPSHOT whose metadata the corpus does not have; the Maven that answered had a copy in its local repository, normalized from a timestamped build that another case had fetched',
};

/** Ids of the cases that do not agree, with both answers of the first few for a person. */
function report(failures: readonly { id: string; ours: unknown; expected: unknown }[]): unknown {
  return failures.map((failure, index) => (index < 5 ? failure : failure.id));
}

const noCorpus = 'the conformance corpus is not here: set CLOJARS_FETCH_CORPUS to its folder';

describe.skipIf(corpusFolder === null)(
  corpusFolder === null ? `the answers of Maven (skipped: ${noCorpus})` : 'the answers of Maven',
  () => {
    let shared: GraphResolver | null = null;
    /** One client for all cases: each POM is read once, as in one long session. */
    const resolver = (folder: string): GraphResolver =>
      (shared ??= createGraphResolver(new MemoryRepository(readCorpusRepository(folder)), corpusEnvironment));

    test('agree on descriptors', { timeout: 100_000 }, async () => {
      const folder = corpusFolder ?? '';
      const failures = [];
      const cases = readCorpusLines(folder, 'descriptors.jsonl.gz') as DescriptorCase[];
      for (const { id, coord, expect: expected } of cases) {
        const ours = describeDescriptor(await resolver(folder).descriptor(parseCaseArtifact(coord)), expected);
        if (!isDeepStrictEqual(ours, expected)) failures.push({ id, ours, expected });
      }
      expect(report(failures)).toEqual([]);
      expect(cases.length).toBeGreaterThanOrEqual(2405);
    });

    test('agree on resolutions, tolerant and strict', { timeout: 100_000 }, async () => {
      const folder = corpusFolder ?? '';
      const failures = [];
      const agreedExceptions = [];
      const cases = readCorpusLines(folder, 'resolve.jsonl.gz') as ResolveCase[];
      for (const { id, request, expect: expected } of cases) {
        const graphRequest = toRequest(request);
        let [ours, wanted] = await answer(resolver(folder), graphRequest, expected, 'lenient');
        let agrees = isDeepStrictEqual(ours, wanted);
        if (agrees && expected.ok && typeof expected.strict === 'object') {
          [ours, wanted] = await answer(resolver(folder), graphRequest, expected.strict, 'strict');
          agrees = isDeepStrictEqual(ours, wanted);
        }
        if (id in exceptions) {
          if (agrees) agreedExceptions.push(id);
        } else if (!agrees) {
          failures.push({ id, ours, expected: wanted });
        }
      }
      expect(report(failures)).toEqual([]);
      // An exception that agrees is not an exception.
      expect(agreedExceptions).toEqual([]);
      expect(cases.length).toBeGreaterThanOrEqual(4299);
    });
  },
);
