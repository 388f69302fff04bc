/**
 * Maven, Leiningen and Ivy behind a proxy, each by http and by https, in every state of its mirrors that interop knows. Runs the tests of
 * interop, which choose a few of these pairs otherwise.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createTemporaryFolder } from '../../support/folder.js';
import type { PartResult } from './soak-proxy.js';

const root = new URL('../../../', import.meta.url).pathname;
const files = ['test/interop/proxy.test.ts', 'test/interop/proxy-cut.test.ts'];

/** The part of vitest's report that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Runs all pairs so many times. */
export async function runEveryTool(times: number, endMs: number): Promise<PartResult> {
  let done = 0;
  let passed = 0;
  const violations: string[] = [];
  while (done < times && violations.length === 0 && performance.now() < endMs) {
    const report = await testAll(endMs);
    if (report === null) break;
    for (const { assertionResults, message = '' } of report.testResults) {
      if (assertionResults.length === 0) violations.push(message);
      for (const { fullName, status, failureMessages } of assertionResults) {
        if (status === 'passed') passed += 1;
        else violations.push(`${fullName}: ${status}\n    ${failureMessages.join('\n    ')}`);
      }
    }
    done += 1;
  }
  return { done, detail: `${passed} tests with Maven, Leiningen and Ivy by http and https`, violations };
}

/** Null if the time was over before the last test. */
async function testAll(endMs: number): Promise<Report | null> {
  const folder = await createTemporaryFolder();
  try {
    const output = join(folder.path, 'report.json');
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const words = [
      'run',
      '--config',
      'vitest.interop.config.ts',
      '--reporter=verbose',
      '--reporter=json',
      `--outputFile=${output}`,
      ...files,
    ];
    const child = spawn(process.execPath, [vitest, ...words], {
      cwd: root,
      env: { ...process.env, CLOJARS_FETCH_ALL_TOOLS: '1', CLOJARS_FETCH_REQUIRE_PROGRAMS: '1' },
      // The table of results goes to stdout.
      stdio: ['ignore', process.stderr, 'inherit'],
      timeout: Math.max(1, Math.ceil(endMs - performance.now())),
    });
    await once(child, 'exit');
    if (child.signalCode !== null) return null;
    return JSON.parse(await readFile(output, 'utf8')) as Report;
  } finally {
    await folder.remove();
  }
}
