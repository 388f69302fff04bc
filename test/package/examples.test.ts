/** The examples of the pages in TypeScript, as a user's compiler sees them. Those in `test/docs` run them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';
import { expect, test } from 'vitest';

import { blocksOf } from '../docs/blocks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const snippets = blocksOf('ts', 'js');

test('library examples type-check against the built types, which they import by the name of the package', () => {
  // A snippet may continue the one before: it then has a client.
  const sources = new Map(
    snippets.map(({ text }, index) => [
      join(root, 'test', 'package', `snippet-${index}.ts`),
      text.includes('import ') ? text : `import type { Client } from 'clojars-fetch';\ndeclare const client: Client;\n${text}`,
    ]),
  );
  const { options } = ts.parseJsonConfigFileContent(
    ts.parseConfigFileTextToJson('tsconfig.json', readFileSync(join(root, 'tsconfig.json'), 'utf8')).config,
    ts.sys,
    root,
  );
  const settings: ts.CompilerOptions = {
    ...options,
    noUnusedLocals: false,
  };
  const host = ts.createCompilerHost(settings);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, languageVersion, ...more) => {
    const text = sources.get(name);
    return text === undefined ? read(name, languageVersion, ...more) : ts.createSourceFile(name, text, languageVersion, true);
  };
  const exists = host.fileExists.bind(host);
  host.fileExists = (name) => sources.has(name) || exists(name);
  const program = ts.createProgram([...sources.keys()], settings, host);
  const problems = [...sources.keys()].flatMap((name, index) => {
    const source = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${snippets[index]?.place ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
  expect(snippets.length).toBeGreaterThan(2);
  expect(problems).toEqual([]);
});
