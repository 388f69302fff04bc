/** Comparisons with a program in Java: it reads questions over a repository of files, a line each, and answers with a line of JSON each. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Comparison {
  readonly done: number;
  readonly detail: string;
  readonly violations: readonly string[];
}

export interface ComparisonRun {
  readonly seed: number;
  readonly endMs: number;
  readonly onProgress: (done: number) => void;
}

interface Inquiry {
  /** Names the program in errors. */
  readonly program: string;
  /** Files by path. */
  readonly repositories: readonly ReadonlyMap<string, string>[];
  readonly questions: readonly string[];
  /** The words after `java`, for a folder that holds the `repository` and has room for more. */
  readonly words: (folder: string) => readonly string[];
}

/** Asks Java once, in a folder of its own. Returns an answer for each question. */
export async function askJava({ program, repositories, questions, words }: Inquiry): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'clojars-fetch-java-'));
  try {
    for (const files of repositories) {
      for (const [path, content] of files) {
        const file = join(folder, 'repository', path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
      }
    }
    const java = spawn('java', words(folder), { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] });
    java.stdin.end(questions.map((line) => `${line}\n`).join(''));
    const [output] = await Promise.all([text(java.stdout), once(java, 'close')]);
    const answers = output.split('\n').filter((line) => line.startsWith('{'));
    if (answers.length !== questions.length) throw new Error(`${program} answered ${answers.length} of ${questions.length} questions`);
    return answers;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
