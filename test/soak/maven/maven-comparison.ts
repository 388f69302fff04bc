/** Random repositories of POMs, resolved by the real Maven Resolver and by this package. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { createGraphResolver } from '../../../src/maven/resolver/resolve-graph.js';
import {
  answer,
  type CaseDependency,
  type CaseError,
  type CaseSuccess,
  describeDescriptor,
  type DescriptorCase,
  parseCaseArtifact,
  toRequest,
} from '../../conformance/support/case.js';
import { corpusEnvironment, MemoryRepository } from '../../conformance/support/corpus.js';
import { createChance } from '../../support/chance.js';
import { askJava, type Comparison, type ComparisonRun } from '../comparison.js';
import { createMavenCase, type MavenCase } from './maven-cases.js';

/** Where Debian has Maven 3.8 and its resolver. */
const classPath = ['/usr/share/maven/lib/*', '/usr/share/java/maven-resolver-transport-file.jar'];
/** In the form that `java` takes. */
export const mavenClassPath = classPath.join(':');
const program = fileURLToPath(new URL('MavenAnswers.java', import.meta.url));
/** Java starts once for as many repositories. */
const batchSize = 100;
const mostViolations = 5;

/** Lists the files of Maven that are missing, with a remedy; empty if all are there. */
export function missingMaven(): readonly string[] {
  const paths = ['/usr/share/maven/lib', ...classPath.slice(1)].filter((path) => !existsSync(path));
  return paths.map((path) => `${path} (apt-get install maven)`);
}

/** Compares the answers over as many repositories as asked, until the time is over. */
export async function compareWithMaven(count: number, { seed, endMs, onProgress }: ComparisonRun): Promise<Comparison> {
  const [missing] = missingMaven();
  if (missing !== undefined) return { done: 0, detail: `${missing} is missing`, violations: [] };
  const violations: string[] = [];
  const counts = { graphs: 0, failures: 0, effective: 0 };
  let done = 0;
  while (done < count && performance.now() < endMs && violations.length < mostViolations) {
    const seeds = Array.from({ length: Math.min(batchSize, count - done) }, (_, index) => seed + done + index);
    const cases = seeds.map((one) => createMavenCase(createChance(one), `r${one % 1_000_000}`));
    const answers = await askMaven(cases);
    for (const [index, one] of cases.entries()) {
      for (const difference of await differencesOf(one, answers.splice(0, one.requests.length + one.descriptors.length), counts))
        violations.push(`seed ${seeds[index] ?? 0}: ${difference}`);
    }
    done += cases.length;
    onProgress(done);
  }
  return {
    done,
    detail: `${counts.graphs} graphs, ${counts.failures} requests that Maven refuses, ${counts.effective} effective POMs`,
    violations,
  };
}

async function differencesOf(
  { files, requests, descriptors }: MavenCase,
  answers: readonly string[],
  counts: { graphs: number; failures: number; effective: number },
): Promise<readonly string[]> {
  const repository = new MemoryRepository(new Map([...files].map(([path, content]) => [path, Buffer.from(content)])));
  const resolver = createGraphResolver(repository, corpusEnvironment);
  const differences: string[] = [];
  for (const [index, request] of requests.entries()) {
    const expected = JSON.parse(answers[index] ?? '') as CaseSuccess | CaseError;
    // A crash is not an answer: this package refuses such relocations.
    if (!expected.ok && expected.errors[0]?.type === 'StackOverflowError') continue;
    counts[expected.ok ? 'graphs' : 'failures'] += 1;
    const [ours, wanted] = await answer(resolver, toRequest(request), expected, 'lenient');
    if (!isAlike(ours, wanted)) differences.push(JSON.stringify({ request, maven: expected.ok ? wanted : expected, ours }));
  }
  for (const [index, coord] of descriptors.entries()) {
    const expected = JSON.parse(answers[requests.length + index] ?? '') as DescriptorCase['expect'];
    counts.effective += 1;
    const ours = describeDescriptor(await resolver.descriptor(parseCaseArtifact(coord)), expected);
    if (!isAlike(ours, expected)) differences.push(JSON.stringify({ descriptor: coord, maven: expected, ours }));
  }
  return differences;
}

/** Of a POM with several wrong values, Maven and this package may name different ones first. */
const wrongValues =
  /"reason\\?":\\?"(?:dependency-version-missing|required-element-missing|profile|interpolation-cycle|other: (?:ERROR|FATAL) (?:[^"\\]|\\+[^"])*)\\?"/g;

function isAlike(ours: unknown, wanted: unknown): boolean {
  if (isDeepStrictEqual(ours, wanted)) return true;
  return sorted(ours) === sorted(wanted);
}

function sorted(answered: unknown): string {
  const text = JSON.stringify(answered, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value,
  );
  return text.replace(wrongValues, '"reason":"a wrong value"');
}

/** One line of JSON for each request and descriptor of each case. */
function askMaven(cases: readonly MavenCase[]): Promise<string[]> {
  return askJava({
    program: 'Maven',
    repositories: cases.map(({ files }) => files),
    questions: cases.flatMap(({ requests, descriptors }) => [
      ...requests.map(({ mode, dependencies, managed = [] }) =>
        [mode, ...dependencies.map((one) => `+${toField(one)}`), ...managed.map((one) => `=${toField(one)}`)].join('\t'),
      ),
      ...descriptors.map((coord) => `descriptor\t+${toField({ coord })}`),
    ]),
    words: (folder) => ['-cp', mavenClassPath, program, join(folder, 'repository'), join(folder, 'scratch')],
  });
}

function toField({ coord, scope = '', optional, exclusions = [] }: CaseDependency): string {
  return [coord, scope, optional === undefined ? '' : String(optional), exclusions.join(',')].join('|');
}
