/** Splits the words of a command line into coordinates. */

/**
 * A word that can only be a version (`1.0.5`, `^1.2`, `[1,2)`, `RELEASE`) belongs to the word before it; every other
 * word is a coordinate. A Leiningen vector or a deps.edn entry is one word, in quotes.
 */
export function splitCoordinates(words: readonly string[]): string[] {
  const coordinates: string[] = [];
  for (const word of words) {
    const before = coordinates.at(-1);
    if (before !== undefined && isVersion(word) && !/[\s@:[{]/.test(before)) coordinates[coordinates.length - 1] = `${before} ${word}`;
    else coordinates.push(word);
  }
  return coordinates;
}

function isVersion(word: string): boolean {
  if (/[/:{"]/.test(word)) return false;
  return /^(?:[\d^~<>=]|v\d|[[(][\d,])/.test(word) || word === 'RELEASE' || word === 'LATEST';
}
