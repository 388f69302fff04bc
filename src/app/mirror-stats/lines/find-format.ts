/** The forms of lines, and the search for that of a log. */
import { parseCombinedLine } from './combined-line.js';
import { parseFastlyLine } from './fastly-line.js';
import { createJsonParser, type JsonFields } from './json-line.js';
import type { LineParser, LogLine } from './log-line.js';
import { parseS3Line } from './s3-line.js';

/** The form of the lines of a log: of Fastly, of nginx and Apache, of S3, or JSON. */
export type LogFormat = 'fastly' | 'combined' | 's3' | 'json';

/** Reads the lines of one log. Expects each line in the form of the last one, and tries the others only if it is not. */
export class FormatFinder {
  /** The forms that were found, in the order of their first lines. */
  readonly found = new Set<LogFormat>();
  readonly #parsers: readonly (readonly [LogFormat, LineParser])[];
  #parser: LineParser;

  constructor(fields: JsonFields = {}) {
    this.#parsers = [
      ['fastly', parseFastlyLine],
      ['combined', parseCombinedLine],
      ['s3', parseS3Line],
      ['json', createJsonParser(fields)],
    ];
    this.#parser = () => false;
  }

  /** Returns whether the line has any of the forms. */
  readonly parse: LineParser = (bytes, start, end, line) => this.#parser(bytes, start, end, line) || this.#find(bytes, start, end, line);

  #find(bytes: Buffer, start: number, end: number, line: LogLine): boolean {
    const fitting = this.#parsers.find(([, parser]) => parser(bytes, start, end, line));
    if (fitting === undefined) return false;
    this.#parser = fitting[1];
    this.found.add(fitting[0]);
    return true;
  }
}
