/** Cycles of parents and BOMs, and chains that a server makes up on request: resolution ends, whatever is served. */
import { describe, expect } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { it, sha1Of, type Stage } from './stage.js';

const project = (artifact: string, elements: string, packaging = 'pom'): string =>
  `<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>${artifact}</artifactId><version>1</version><packaging>${packaging}</packaging>${elements}</project>`;
const reference = (artifact: string, more = ''): string =>
  `<groupId>g</groupId><artifactId>${artifact}</artifactId><version>1</version>${more}`;
const parent = (artifact: string): string => `<parent>${reference(artifact)}</parent>`;
const dependency = (artifact: string): string => `<dependencies><dependency>${reference(artifact)}</dependency></dependencies>`;
const boms = (...artifacts: readonly string[]): string =>
  `<dependencyManagement><dependencies>${artifacts.map((artifact) => `<dependency>${reference(artifact, '<type>pom</type><scope>import</scope>')}</dependency>`).join('')}</dependencies></dependencyManagement>`;
const relocation = (artifact: string): string =>
  `<distributionManagement><relocation><artifactId>${artifact}</artifactId></relocation></distributionManagement>`;

/** A repository that has every POM of the group `g` and counts the requests. */
async function inventing(
  stage: Stage,
  pomOf: (artifact: string) => string,
): Promise<{ readonly url: string; readonly asked: () => number }> {
  let asked = 0;
  const url = await stage.hostile((path, _request, response) => {
    const artifact = /^g\/([^/]+)\/1\/[^/]+\.pom(?:\.sha1)?$/.exec(path)?.[1];
    if (artifact === undefined) return response.writeHead(404).end();
    const pom = pomOf(artifact);
    if (!path.endsWith('.sha1')) asked += 1;
    return response.end(path.endsWith('.sha1') ? sha1Of(pom) : pom);
  });
  return { url, asked: () => asked };
}

const following = (artifact: string): string => `x${Number(artifact.slice(1)) + 1}`;

const bomb = Array.from({ length: 40 }, (_, index) => `<l${index + 1}>${`\${l${index}}`.repeat(3)}</l${index + 1}>`).join('');

it.for([
  ['in a circle', '<p>${q}</p><q>${p}</q>', '1', 'interpolation-cycle', 'refers to itself'],
  // Maven has both problems; naming the missing version is more helpful.
  ['in a circle, and a version that needs them', '<p>${q}</p><q>${p}</q>', '${p}', 'version-missing', 'g:b:jar is missing'],
  ['that grow endlessly', `<l0>ha</l0>${bomb}`, '${l40}', 'too-large', 'grows beyond'],
] as const)('properties %s: the error names the POM and the place', async ([_name, properties, version, reason, place], { stage }) => {
  const server = await inventing(stage, (artifact) =>
    project(
      artifact,
      artifact === 'a'
        ? `<properties>${properties}</properties><dependencies><dependency><groupId>g</groupId><artifactId>b</artifactId><version>${version}</version></dependency></dependencies>`
        : '',
      'jar',
    ),
  );
  const ended = await stage
    .against(server.url)
    .resolveDependencies(['g:a:1'], { download: false })
    .catch((error: unknown) => error);
  expect(reasonsOf(ended)).toEqual([reason]);
  expect(messageOf(ended)).toContain('g:a:1');
  expect(messageOf(ended)).toContain(place);
});

describe('parent and BOM cycles', () => {
  it.for<[string, Readonly<Record<string, string>>, string]>([
    ['its own parent', { a: parent('a') }, 'parent-is-self'],
    ['parents in a circle', { a: parent('b'), b: parent('c'), c: parent('a') }, 'parent-cycle'],
    ['its own BOM', { a: boms('a') }, 'import-cycle'],
    ['BOMs in a circle', { a: boms('b'), b: boms('c'), c: boms('b') }, 'import-cycle'],
    ['a BOM whose own parent imports it', { a: boms('b'), b: parent('p'), p: boms('b') }, 'import-cycle'],
    ['relocations in a circle', { a: relocation('b'), b: relocation('a') }, 'relocation-cycle'],
  ] as const)('%s', async ([_name, poms, reason], { stage }) => {
    const server = await inventing(stage, (artifact) => project(artifact, poms[artifact] ?? ''));
    const ended = await stage
      .against(server.url)
      .resolveDependencies(['g:a:pom:1'], { download: false })
      .catch((error: unknown) => error);
    expect(reasonsOf(ended)).toEqual([reason]);
    expect(server.asked()).toBeLessThan(10);
    // Names the POM and the place in it.
    expect(messageOf(ended)).toMatch(/g:a(?::pom)?:1/);
    expect(messageOf(ended)).toMatch(/parent|import|relocat/i);
  });

  it('dependency cycles end', async ({ stage }) => {
    const server = await inventing(stage, (artifact) => project(artifact, dependency(artifact === 'a' ? 'b' : 'a'), 'jar'));
    const resolution = await stage.against(server.url).resolveDependencies(['g:a:1'], { download: false });
    expect(resolution.dependencies.map(({ artifact }) => artifact)).toEqual(['a', 'b']);
  });
});

/**
 * A server that makes up one more POM on every request: the client must end it by a limit, not by its deadline. Parents, of which the limit
 * allows a thousand: test/pom/effective. Dependencies: test/resolver/withstand.
 */
describe('endless chains', () => {
  it.for([
    ['BOMs', boms],
    ['relocations', relocation],
  ] as const)('%s', async ([_name, elementsOf], { stage }) => {
    const server = await inventing(stage, (artifact) => project(artifact, elementsOf(following(artifact))));
    const ended = await stage
      .against(server.url)
      .resolveDependencies(['g:x1:pom:1'], { download: false })
      .catch((error: unknown) => error);
    expect(reasonsOf(ended)).toEqual([expect.stringMatching(/^too-(deep|large)$/)]);
    expect(server.asked()).toBeLessThan(200);
  });
});

it('BOMs that each import ten more end with the deadline at the latest, and nothing keeps running', async ({ stage }) => {
  const server = await inventing(stage, (artifact) =>
    project(artifact, boms(...Array.from({ length: 10 }, (_, index) => `${artifact}${index}`))),
  );

  const ended = await stage
    .against(server.url, [], { timeoutMs: 1_000 })
    .resolveDependencies(['g:x1:pom:1'], { download: false })
    .catch((error: unknown) => error);
  expect(reasonsOf(ended)).toEqual([expect.stringMatching(/^timeout|too-large$/)]);
  // Responses on their way when time ran out still arrive; then nothing more does.
  let before = -1;
  await expect.poll(() => before === (before = server.asked()), { interval: 500, timeout: 30_000 }).toBe(true);
});

/** The text shown to a person. */
function messageOf(ended: unknown): string {
  if (ended instanceof Error) return ended.message;
  if (typeof ended !== 'object' || ended === null || !('problems' in ended) || !Array.isArray(ended.problems)) return '';
  return ended.problems
    .map((problem: unknown) => (typeof problem === 'object' && problem !== null && 'message' in problem ? String(problem.message) : ''))
    .join('\n');
}

/** How a resolution ended: the error's reason, or the reasons of the problems that it tolerated. */
function reasonsOf(ended: unknown): unknown[] {
  if (isClojarsFetchError(ended)) return [ended.reason];
  if (typeof ended === 'object' && ended !== null && 'problems' in ended && Array.isArray(ended.problems))
    return ended.problems.map(({ reason }: { reason: string }) => reason);
  throw ended;
}
