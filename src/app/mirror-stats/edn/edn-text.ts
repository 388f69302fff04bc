/** Counts as EDN, as Clojars publishes them: `{["group" "artifact"] {"version" 2}, …}` in one line. */

/** Writes a string as Clojure's `prn` does. */
export function ednString(text: string): string {
  return `"${text.replace(/["\\\n\t\r\f\b]/g, (character) => escapes[character] ?? character)}"`;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\f': '\\f',
  '\b': '\\b',
};

/** Makes the text of one file from counts that arrive by artifact, and in pieces, so that it is never in memory as a whole. */
export class EdnText {
  #group = '';
  #artifact = '';
  #isEmpty = true;

  /** Returns the text of one count. All counts of an artifact must arrive one after another. */
  add(group: string, artifact: string, version: string, count: number): string {
    const entry = `${ednString(version)} ${count}`;
    if (!this.#isEmpty && group === this.#group && artifact === this.#artifact) return `, ${entry}`;
    const before = this.#isEmpty ? '{' : '}, ';
    this.#isEmpty = false;
    this.#group = group;
    this.#artifact = artifact;
    return `${before}[${ednString(group)} ${ednString(artifact)}] {${entry}`;
  }

  /** Returns the end of the text. */
  end(): string {
    return this.#isEmpty ? '{}\n' : '}}\n';
  }
}
