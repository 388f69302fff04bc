/** The forms of lines, and the search for that of a log. */
import { parseCombinedLine } from './combined-line.js';
import { parseFastlyLine } from './fastly-line.js';
import type { LineParser, LogLine } from './log-line.js';

const parsers = { fastly: parseFastlyLine, combined: parseCombinedLine } satisfies Readonly<Record<string, LineParser>>;

/** The form of the lines of a log. */
export type LogFormat = keyof typeof parsers;

const formats = Object.keys(parsers) as LogFormat[];

/** Reads the lines of one log. Expects each line in the form of the last one, and tries the others only if it is not. */
export class FormatFinder {
  /** The forms that were found, in the order of their first lines. */
  readonly found = new Set<LogFormat>();
  #parser: LineParser = parseFastlyLine;

  /** Returns whether the line has any of the forms. */
  readonly parse: LineParser = (bytes, start, end, line) => {
    if (this.found.size > 0 && this.#parser(bytes, start, end, line)) return true;
    return this.#find(bytes, start, end, line);
  };

  #find(bytes: Uint8Array, start: number, end: number, line: LogLine): boolean {
    const format = formats.find((name) => parsers[name](bytes, start, end, line));
    if (format === undefined) return false;
    this.#parser = parsers[format];
    this.found.add(format);
    return true;
  }
}
