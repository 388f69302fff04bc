/** Loads the parser of POMs at its first use, and with it the XML parser: a graph whose POMs are all in the index needs neither. */
import type { parsePom } from '../../maven/pom/parse.js';

export type PomParser = typeof parsePom;

let parser: Promise<PomParser> | null = null;

export function pomParser(): Promise<PomParser> {
  return (parser ??= import('../../maven/pom/parse.js').then((loaded) => loaded.parsePom));
}
