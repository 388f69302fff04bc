/** Compares this package's answers with those of tools.deps itself. docs/conformance.md lists the exceptions, too. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { corpusFolder, readCorpusLines, readCorpusRepository } from './support/corpus.js';
import { readTar } from './support/tar.js';
import { answer, expected, stageOf, type ToolsDepsCase } from './support/tools-deps.js';

/** Takes one case in so many. Another check, compare-tools-deps.mjs, takes all. */
const stride = Number(process.env['CLOJARS_FETCH_CORPUS_STRIDE'] ?? 6);

/** The folder of the answers, or null. */
const answersFolder: string | null =
  [process.env['CLOJARS_FETCH_TOOLS_DEPS'], fileURLToPath(new URL('../../../shared/toolsdeps', import.meta.url))].find(
    (folder) => folder !== undefined && existsSync(resolve(folder, 'toolsdeps.jsonl.gz')),
  ) ?? null;

const folders = corpusFolder === null || answersFolder === null ? null : { corpus: corpusFolder, answers: answersFolder };
const missing = 'the corpora are not here: CLOJARS_FETCH_CORPUS and CLOJARS_FETCH_TOOLS_DEPS name their folders';

describe.skipIf(folders === null)(
  folders === null ? `the answers of tools.deps (skipped: ${missing})` : 'the answers of tools.deps',
  () => {
    test('agree on libraries, class path order and files', { timeout: 200_000 }, async () => {
      const { corpus, answers } = folders ?? { corpus: '', answers: '' };
      const extra = readTar(gunzipSync(readFileSync(resolve(answers, 'extra.tar.gz'))));
      const files = new Map([
        ...readCorpusRepository(corpus),
        ...[...extra].map(([path, bytes]) => [path.replace(/^extra\//, ''), bytes] as const),
      ]);
      const stage = stageOf(files);
      const cases = readCorpusLines(answers, 'toolsdeps.jsonl.gz') as ToolsDepsCase[];
      const failures = [];
      for (const one of cases.filter((_, index) => index % stride === 0)) {
        const [ours, wanted] = [await answer(one, stage), expected(one)];
        if (!isDeepStrictEqual(ours, wanted))
          failures.push(failures.length < 5 ? { id: one.id, deps: one.request.deps, ours, wanted } : one.id);
      }
      expect(failures).toEqual([]);
      expect(cases.length).toBeGreaterThanOrEqual(2402);
    });
  },
);
