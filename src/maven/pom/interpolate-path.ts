/** Replaces the properties in the path of a file: a few rounds only, which suffices for a path, and in bounded time. */

const maxRounds = 10;
/** No path is longer, and a value may be as long as a POM. */
const maxLength = 10_000;

/** @param valueOf returns the value of a name, or undefined to leave the expression as it is */
export function interpolatePath(path: string, valueOf: (name: string) => string | undefined): string {
  let result = path;
  for (let round = 0; round < maxRounds && result.length < maxLength; round++) {
    const next = replaceOnce(result, valueOf);
    if (next === result) break;
    result = next;
  }
  return result;
}

/** Replaces each `${name}` once. Stops at the limit, since a short text may name a long value many times. */
function replaceOnce(text: string, valueOf: (name: string) => string | undefined): string {
  let replaced = '';
  let done = 0;
  while (replaced.length < maxLength) {
    const start = text.indexOf('${', done);
    const end = start === -1 ? -1 : text.indexOf('}', start);
    if (end === -1) break;
    replaced += text.slice(done, start) + (valueOf(text.slice(start + 2, end)) ?? text.slice(start, end + 1));
    done = end + 1;
  }
  return replaced + text.slice(done);
}
