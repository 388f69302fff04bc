/** The fenced code blocks of README.md and docs. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Block {
  /** `docs/cli.md:12`, for messages. */
  readonly place: string;
  /** The word after the backticks; empty for a plain block. */
  readonly language: string;
  readonly text: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Paths of all pages, relative to the repository's root. */
export const pages: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${root}/docs`)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

export const readPage = (page: string): string => readFileSync(`${root}/${page}`, 'utf8');

/** Returns all blocks in these languages. */
export function blocksOf(...languages: readonly string[]): readonly Block[] {
  return pages.flatMap((page) =>
    [...readPage(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap((match): Block[] => {
      const [, language = '', text = ''] = match;
      const line = readPage(page).slice(0, match.index).split('\n').length;
      return languages.includes(language) ? [{ place: `${page}:${line}`, language, text }] : [];
    }),
  );
}
