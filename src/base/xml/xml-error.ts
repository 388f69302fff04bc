/** The reason a document was refused. */
export type XmlProblem = 'malformed' | 'encoding' | 'too-large' | 'too-deep';

/** The document is not XML, or not XML that this reader accepts. Callers turn it into a ClojarsFetchError that names the file. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
  constructor(
    readonly problem: XmlProblem,
    /** The message without the place. */
    readonly detail: string,
    /** From 1; 0 when the document as a whole is meant. */
    readonly line: number,
    /** From 1; 0 when the document as a whole is meant. */
    readonly column: number,
  ) {
    super(line === 0 ? detail : `line ${line}, column ${column}: ${detail}`);
  }
}
