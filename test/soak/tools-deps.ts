/** Random projects with a deps.edn, answered by the real tools.deps and by this package. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { answer, expected, stageOf, type ToolsDepsCase } from '../conformance/support/tools-deps.js';
import { createChance } from '../support/chance.js';
import { createDepsEdnCase, type DepsEdnCase } from './deps-edn-cases.js';

const jar = '/usr/share/java/tools.deps.jar';
/** Debian's; CLOJARS_FETCH_TOOLS_DEPS_CLASSPATH names another tools.deps. */
const classPath = process.env['CLOJARS_FETCH_TOOLS_DEPS_CLASSPATH'] ?? `${jar}:/usr/share/java/maven-repository-metadata-3.x.jar`;
const script = fileURLToPath(new URL('tools-deps.clj', import.meta.url));
/** Java starts once for as many. */
const batchSize = 250;
const mostViolations = 5;

export interface ToolsDepsComparison {
  readonly done: number;
  readonly detail: string;
  readonly violations: readonly string[];
}

export interface ToolsDepsRun {
  readonly seed: number;
  readonly endMs: number;
  readonly onProgress: (done: number) => void;
}

/** Compares as many answers as asked, until the time is over. */
export async function compareWithToolsDeps(count: number, { seed, endMs, onProgress }: ToolsDepsRun): Promise<ToolsDepsComparison> {
  if (!existsSync(jar)) return { done: 0, detail: `${jar} is missing (apt-get install libtools-deps-clojure)`, violations: [] };
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
  const one: ToolsDepsCase = { id, kind: 'random', request, expect: wanted };
  const files = new Map([...repository].map(([path, content]) => [path, Buffer.from(content)]));
  const [ours, theirs] = [await answer(one, stageOf(files)), expected(one)];
  if (isDeepStrictEqual(ours, theirs)) return null;
  return JSON.stringify({ request, theirs: wanted.ok ? theirs : wanted, ours });
}

async function askToolsDeps(cases: readonly DepsEdnCase[]): Promise<readonly ToolsDepsCase['expect'][]> {
  const folder = await mkdtemp(join(tmpdir(), 'clojars-fetch-tools-deps-'));
  try {
    for (const { repository } of cases) {
      for (const [path, content] of repository) {
        const file = join(folder, 'repository', path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
      }
    }
    const call = [`-Duser.home=${folder}`, '-cp', classPath, 'clojure.main', script, join(folder, 'repository'), join(folder, 'scratch')];
    const java = spawn('java', call, { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] });
    java.stdin.end(cases.map((one) => `${toEdn(one)}\n`).join(''));
    const [output] = await Promise.all([text(java.stdout), once(java, 'close')]);
    const answers = output.split('\n').filter((line) => line.startsWith('{'));
    if (answers.length !== cases.length) throw new Error(`tools.deps answered ${answers.length} of ${cases.length} cases`);
    return answers.map((line) => JSON.parse(line) as ToolsDepsCase['expect']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Strings of JSON are strings of EDN. */
function toEdn({ id, request: { deps, aliases, files } }: DepsEdnCase): string {
  const entries = Object.entries(files).map(([name, content]) => `${JSON.stringify(name)} ${JSON.stringify(content)}`);
  return `{:id ${JSON.stringify(id)} :deps ${JSON.stringify(deps)} :aliases ${JSON.stringify(aliases)} :files {${entries.join(' ')}}}`;
}
