/** Parses URLs without exceptions. */

/**
 * Returns the URL, or null if the text is not one. `URL.canParse` is not an alternative: once V8 has optimized the function
 * that calls it, Node 20 answers false for a name with an umlaut.
 * @param base what a relative text is relative to
 */
export function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
