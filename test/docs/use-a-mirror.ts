/** The snippets of docs/use-a-mirror.md, with the address of a server in place of the example's. */
import { readPage } from './blocks.js';

const address = 'https://mirror.example.org/clojars/';

/** Returns the snippet for a file, as the page names it in the line above the block. */
export function mirrorSnippet(file: string, url: string): string {
  const blocks = [...readPage('docs/use-a-mirror.md').matchAll(/^([^\n]+):\n\n```\w+\n([\s\S]*?)^```$/gm)];
  const found = blocks.find(([, line = '']) => line.includes(`\`${file}\``))?.[2];
  if (found === undefined || !found.includes(address)) throw new Error(`docs/use-a-mirror.md has no snippet for ${file}`);
  return found.replaceAll(address, url);
}
