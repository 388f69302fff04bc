/** Random versions and ranges, by Maven's classes and by this package. */
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { isClojarsFetchError } from '../../../src/base/error.js';
import { compareVersions } from '../../../src/maven/version/order.js';
import { parseVersionRange } from '../../../src/maven/version/range.js';
import { createChance } from '../../support/chance.js';
import { askJava, type Comparison, type ComparisonRun } from '../comparison.js';
import { missingMaven } from '../maven/maven-comparison.js';
import { createQuestion, type VersionQuestion } from './random-versions.js';

const program = fileURLToPath(new URL('OrderAnswers.java', import.meta.url));
/** Java starts once for as many questions. */
const batchSize = 50_000;
const mostViolations = 5;

/** Compares as many answers as asked, until the time is over. */
export async function compareVersionOrders(count: number, { seed, endMs, onProgress }: ComparisonRun): Promise<Comparison> {
  const [missing] = missingMaven();
  if (missing !== undefined) return { done: 0, detail: `${missing} is missing`, violations: [] };
  const violations: string[] = [];
  const counts = { compare: 0, sort: 0, range: 0 };
  let done = 0;
  while (done < count && performance.now() < endMs && violations.length < mostViolations) {
    const questions = Array.from({ length: Math.min(batchSize, count - done) }, (_, index) =>
      createQuestion(createChance(seed + done + index)),
    );
    for (const [index, line] of (await askMaven(questions)).entries()) {
      const question = questions[index];
      if (question === undefined) break;
      counts[question.kind] += 1;
      const theirs = (JSON.parse(line) as { readonly resolver: unknown }).resolver;
      const ours = answerOf(question);
      if (!isDeepStrictEqual(ours, theirs))
        violations.push(`seed ${seed + done + index}: ${JSON.stringify({ ...question, theirs, ours })}`);
    }
    done += questions.length;
    onProgress(done);
  }
  return { done, detail: `${counts.compare} pairs, ${counts.sort} lists and ${counts.range} ranges`, violations };
}

function answerOf({ kind, texts: [first = '', ...others] }: VersionQuestion): unknown {
  switch (kind) {
    case 'compare':
      return compareVersions(first, others[0] ?? '');
    case 'sort':
      return [first, ...others].sort(compareVersions).map(toField);
    case 'range':
      return containedIn(first, others);
  }
}

function containedIn(spec: string, versions: readonly string[]): unknown {
  try {
    const range = parseVersionRange(spec);
    const contained = versions.flatMap((version, index) => (range.contains(version) ? [index] : []));
    return { text: toField(range.toString()), isRange: range.kind === 'range', contained };
  } catch (error) {
    if (isClojarsFetchError(error)) return null;
    throw error;
  }
}

/** Any text, as four hexadecimal digits for each of its UTF-16 units. */
function toField(text: string): string {
  return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index).toString(16).padStart(4, '0')).join('');
}

function askMaven(questions: readonly VersionQuestion[]): Promise<string[]> {
  return askJava({
    program: 'Maven',
    repositories: [],
    questions: questions.map(({ kind, texts }) => [kind, ...texts.map(toField)].join('\t')),
    words: () => ['-cp', '/usr/share/maven/lib/*', program],
  });
}
