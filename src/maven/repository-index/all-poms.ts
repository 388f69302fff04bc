/** Reads `all-poms.txt`, Clojars's list of the POMs in its bucket: one key a line with `./` in front, in the order of bytes. */
import { keyProblem } from './key.js';

/** Returns the key of a line; null if the line does not name a POM. */
export function parsePomLine(line: string): string | null {
  const key = line.startsWith('./') ? line.slice(2).trimEnd() : '';
  return key.endsWith('.pom') && keyProblem(key) === null ? key : null;
}
