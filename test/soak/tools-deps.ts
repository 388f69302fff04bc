/** Random projects with a deps.edn, answered by the real tools.deps and by this package. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { answer, expected, stageOf, type ToolsDepsCase } from '../conformance/support/tools-deps.js';
import { createChance } from '../support/chance.js';
import { askJava, type Comparison, type ComparisonRun } from './comparison.js';
import { createDepsEdnCase, type DepsEdnCase } from './deps-edn-cases.js';

const jar = '/usr/share/java/tools.deps.jar';
/** Debian's; CLOJARS_FETCH_TOOLS_DEPS_CLASSPATH names another tools.deps. */
const classPath = process.env['CLOJARS_FETCH_TOOLS_DEPS_CLASSPATH'] ?? `${jar}:/usr/share/java/maven-repository-metadata-3.x.jar`;
const script = fileURLToPath(new URL('tools-deps.clj', import.meta.url));
/** Java starts once for as many. */
const batchSize = 250;
const mostViolations = 5;

/** Lists the files that are missing, with a remedy; empty if tools.deps is there. */
export function missingToolsDeps(): readonly string[] {
  return existsSync(jar) ? [] : [`${jar} (apt-get install libtools-deps-clojure)`];
}

/** Compares as many answers as asked, until the time is over. */
export async function compareWithToolsDeps(count: number, { seed, endMs, onProgress }: ComparisonRun): Promise<Comparison> {
  const [missing] = missingToolsDeps();
  if (missing !== undefined) return { done: 0, detail: `${missing} is missing`, violations: [] };
  const violations: string[] = [];
  let [done, resolved, libraries, overflowed] = [0, 0, 0, 0];
  while (done < count && performance.now() < endMs && violations.length < mostViolations) {
    const cases = Array.from({ length: Math.min(batchSize, count - done) }, (_, index) =>
      createDepsEdnCase(createChance(seed + done + index), `s${(seed + done + index) % 1_000_000}`),
    );
    for (const [index, wanted] of (await askToolsDeps(cases)).entries()) {
      const one = cases[index];
      if (one === undefined) break;
      // A crash is not an answer: this package resolves such graphs.
      if (!wanted.ok && String(wanted.error).startsWith('StackOverflowError')) {
        overflowed += 1;
        continue;
      }
      const difference = await differenceOf(one, wanted);
      if (difference !== null) violations.push(`seed ${seed + done + index}: ${difference}`);
      if (wanted.ok) {
        resolved += 1;
        libraries += wanted.order.length;
      }
    }
    done += cases.length;
    onProgress(done);
  }
  return {
    done,
    detail: `${resolved} resolved by tools.deps, with ${libraries} libraries; ${overflowed} overflowed its stack`,
    violations,
  };
}

async function differenceOf({ id, request, repository }: DepsEdnCase, wanted: ToolsDepsCase['expect']): Promise<string | null> {
  // Threads of tools.deps may still ask for files of the case before, which has failed.
  const isOwn = (path: string): boolean => path.startsWith('org/clojure/') || (/^[/.-]/.test(path.slice(id.length)) && path.startsWith(id));
  const expect = wanted.ok ? { ...wanted, files: wanted.files.filter(isOwn) } : wanted;
  const one: ToolsDepsCase = { id, kind: 'random', request, expect };
  const files = new Map([...repository].map(([path, content]) => [path, Buffer.from(content)]));
  const [ours, theirs] = [await answer(one, stageOf(files)), expected(one)];
  if (isDeepStrictEqual(ours, theirs)) return null;
  return JSON.stringify({ request, theirs: wanted.ok ? theirs : wanted, ours });
}

async function askToolsDeps(cases: readonly DepsEdnCase[]): Promise<readonly ToolsDepsCase['expect'][]> {
  const answers = await askJava({
    program: 'tools.deps',
    repositories: cases.map(({ repository }) => repository),
    questions: cases.map(toEdn),
    words: (folder) => [
      `-Duser.home=${folder}`,
      ...['-cp', classPath, 'clojure.main', script],
      ...[join(folder, 'repository'), join(folder, 'scratch')],
    ],
  });
  return answers.map((line) => JSON.parse(line) as ToolsDepsCase['expect']);
}

/** Strings of JSON are strings of EDN. */
function toEdn({ id, request: { deps, aliases, files } }: DepsEdnCase): string {
  const entries = Object.entries(files).map(([name, content]) => `${JSON.stringify(name)} ${JSON.stringify(content)}`);
  return `{:id ${JSON.stringify(id)} :deps ${JSON.stringify(deps)} :aliases ${JSON.stringify(aliases)} :files {${entries.join(' ')}}}`;
}
