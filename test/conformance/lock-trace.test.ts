/** A graph computed from locked files alone equals the original, over real POMs. */
import { describe, expect, test } from 'vitest';

import { OnceByKey } from '../../src/base/async/once-by-key.js';
import { isClojarsFetchError } from '../../src/base/error.js';
import { createRememberingSource, type PomTrace } from '../../src/fetch/resolution/lock-trace.js';
import type { PomModel } from '../../src/maven/pom/model.js';
import type { PomSource } from '../../src/maven/pom/pom-source.js';
import type { ResolvedGraph } from '../../src/maven/resolver/graph/flatten.js';
import { createGraphResolver } from '../../src/maven/resolver/resolve-graph.js';
import { type ResolveCase, toRequest } from './support/case.js';
import { corpusEnvironment, corpusFolder, MemoryRepository, readCorpusLines, readCorpusRepository } from './support/corpus.js';

/** One case in so many, and more of those with a range or a moving version. */
const everyNth = { any: 60, moving: 6 } as const;
const noCorpus = 'the conformance corpus is not here: set CLOJARS_FETCH_CORPUS to its folder';

/** The contents of a lockfile: the POMs that were read, and the chosen versions. */
function lockedSource(source: PomSource, { labels, ranges }: PomTrace): PomSource {
  const refuse = (what: string): never => {
    throw new Error(`${what} is not locked`);
  };
  return {
    read: async (group, artifact, version) =>
      labels.has(`${group}:${artifact}:${version}`) ? source.read(group, artifact, version) : refuse(`${group}:${artifact}:${version}`),
    versions: async (group, artifact) =>
      ranges.has(`${group}:${artifact}`)
        ? (await source.versions(group, artifact)).filter((version) => labels.has(`${group}:${artifact}:${version}`))
        : refuse(`the versions of ${group}:${artifact}`),
    resolveVersion: (group, artifact, version) => source.resolveVersion(group, artifact, version),
  };
}

/** Parses each POM once for all cases. */
function parsedOnce(source: PomSource): PomSource {
  const models = new OnceByKey<string, PomModel | null>({ keepFailures: true });
  return {
    read: (group, artifact, version) => models.get(`${group}:${artifact}:${version}`, () => source.read(group, artifact, version)),
    versions: (group, artifact) => source.versions(group, artifact),
    resolveVersion: (group, artifact, version) => source.resolveVersion(group, artifact, version),
  };
}

function describeGraph({ nodes, problems, cycles, sources }: ResolvedGraph): unknown {
  return {
    nodes: nodes.map(
      ({ node, depth }) => `${depth} ${String(node.artifact)} ${node.scope} ${node.optional} ${node.relocations.map(String).join(',')}`,
    ),
    problems: problems.map(({ artifact, problem }) => `${artifact.toString()} ${problem.kind} ${problem.reason}`),
    cycles: cycles.length,
    sources,
  };
}

describe.skipIf(corpusFolder === null)(corpusFolder === null ? `real graphs (skipped: ${noCorpus})` : 'real graphs', () => {
  test('are the same from the trace alone, and with POMs fetched ahead', { timeout: 100_000 }, async () => {
    const repository = parsedOnce(new MemoryRepository(readCorpusRepository(corpusFolder ?? '')));
    const cases = (readCorpusLines(corpusFolder ?? '', 'resolve.jsonl.gz') as ResolveCase[]).filter(
      ({ request }, index) =>
        index % (/[[(]\d|RELEASE|LATEST|SNAPSHOT/.test(JSON.stringify(request)) ? everyNth.moving : everyNth.any) === 0,
    );
    let resolved = 0;
    for (const { id, request } of cases) {
      const remembering = createRememberingSource(repository);
      const asked = toRequest(request);
      let graph: ResolvedGraph;
      try {
        graph = await createGraphResolver(remembering, corpusEnvironment).resolve(asked);
      } catch (error) {
        if (!isClojarsFetchError(error)) throw error;
        continue;
      }
      const trace = await remembering.trace(asked, corpusEnvironment, {});
      for (const prefetch of [true, false]) {
        const again = await createGraphResolver(lockedSource(remembering, trace), corpusEnvironment).resolve(asked, { prefetch });
        expect(describeGraph(again), id).toEqual(describeGraph(graph));
      }
      resolved++;
    }
    expect(resolved).toBeGreaterThan(40);
  });
});
