/** Routes text: results to stdout, everything else to stderr; with `--json`, only one document. */
import type { ClientEvent } from '../../base/event.js';
import type { Arguments } from '../options/parse.js';
import { type ExitCode, exitCodeFor } from './exit-code.js';
import { failureDocument, formatJson } from './json.js';
import { createProgress, type Progress } from './progress.js';
import { createStyle, formatError, formatEvent, formatWarning, type Style, wantsColor } from './render.js';
import { countSignature, formatSignatureSummary } from './signature-summary.js';

/** The part of a stream that the CLI needs; `process.stdout` is one. */
interface TextStream {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The streams, environment and signal of one run: everything outside the library that the CLI uses. */
export interface Streams {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Calls back for each SIGHUP, which otherwise ends the process. Default: never. */
  readonly onHangUp?: ((listener: () => void) => void) | undefined;
}

export interface Output {
  /** Colors for stdout. */
  readonly style: Style;
  readonly stdoutIsTerminal: boolean;
  /** Warnings that arrived as events, for the document. */
  readonly warnings: readonly string[];
  /** Number of failed attempts on mirrors so far. */
  readonly failedAttempts: () => number;
  readonly onEvent: (event: ClientEvent) => void;
  /** Prints the result in one of two forms; the text ends with a line feed. */
  readonly result: (text: string, document: object) => void;
  /** Shows the progress of a long operation as one line on a terminal; does nothing elsewhere. */
  readonly progress: (line: string) => void;
  /** Prints a line for the user: on stderr, unless `--quiet` or `--json`. */
  readonly note: (line: string) => void;
  /** Writes a line of a log to stderr as it is. */
  readonly log: (line: string) => void;
  /** Prints a warning that did not arrive as an event. */
  readonly warn: (message: string) => void;
  /** Reports an error and returns its exit code. */
  readonly fail: (error: unknown) => ExitCode;
  /** Summarizes the signature warnings and wipes the progress line. */
  readonly end: () => void;
}

/** A terminal of unknown width (a serial line, a CI's pty) reports 0 or undefined: assume the classic 80. */
function columnsOf({ columns }: TextStream): number {
  return columns === undefined || columns === 0 ? 80 : columns;
}

/** The options that decide how to print. They are needed before the others are known to be valid. */
export type OutputOptions = Pick<Arguments, 'json' | 'quiet' | 'verbose' | 'color'>;

export function createOutput(options: OutputOptions, streams: Streams): Output {
  return new StreamOutput(options, streams);
}

/** The functions are fields, so that a caller can pass one on: `noteAll(project, output.note)`. */
class StreamOutput implements Output {
  readonly style: Style;
  readonly stdoutIsTerminal: boolean;
  readonly warnings: string[] = [];
  readonly #options: OutputOptions;
  readonly #streams: Streams;
  readonly #errorStyle: Style;
  /** Whether more than results and errors is printed. */
  readonly #talks: boolean;
  readonly #progress: Progress | undefined;
  readonly #signatures = new Map<string, number>();
  #failed = 0;

  constructor(options: OutputOptions, streams: Streams) {
    const { stdout, stderr, environment } = streams;
    const styleFor = ({ isTTY }: TextStream): Style => createStyle(wantsColor(options.color ?? 'auto', isTTY === true, environment));
    this.#options = options;
    this.#streams = streams;
    this.style = styleFor(stdout);
    this.stdoutIsTerminal = stdout.isTTY === true;
    this.#errorStyle = styleFor(stderr);
    this.#talks = !options.quiet && !options.json;
    if (this.#talks && stderr.isTTY === true && environment['TERM'] !== 'dumb')
      this.#progress = createProgress({ write: (text) => stderr.write(text), columns: columnsOf(stderr) }, () => performance.now());
  }

  readonly failedAttempts = (): number => this.#failed;

  readonly onEvent = (event: ClientEvent): void => {
    if (isFailedAttempt(event)) this.#failed += 1;
    if (event.type === 'warning') {
      this.warnings.push(event.message);
      if (this.#options.verbose || !countSignature(this.#signatures, event.warning)) this.warn(event.message);
      return;
    }
    const line = this.#options.verbose ? formatEvent(event, this.#errorStyle) : undefined;
    if (line !== undefined) this.#toStderr(`${line}\n`);
    this.#progress?.update(event);
  };

  readonly result = (text: string, document: object): void => {
    this.#progress?.clear();
    this.#streams.stdout.write(this.#options.json ? formatJson(document) : text);
  };

  readonly progress = (line: string): void => this.#progress?.show(line);

  readonly note = (line: string): void => {
    if (this.#talks) this.#toStderr(`${line}\n`);
  };

  readonly log = (line: string): void => this.#toStderr(line);

  readonly warn = (message: string): void => this.note(formatWarning(message, this.#errorStyle));

  readonly fail = (error: unknown): ExitCode => {
    if (this.#options.json) this.#streams.stdout.write(formatJson(failureDocument(error, this.warnings)));
    else this.#toStderr(formatError(error, this.#errorStyle, this.#options.verbose));
    return exitCodeFor(error);
  };

  readonly end = (): void => {
    const summary = formatSignatureSummary(this.#signatures);
    if (summary !== null) this.warn(summary);
    this.#signatures.clear();
    this.#progress?.clear();
  };

  #toStderr(text: string): void {
    this.#progress?.clear();
    this.#streams.stderr.write(text);
  }
}

function isFailedAttempt(event: ClientEvent): boolean {
  return event.type === 'attempt-ended' && event.outcome !== 'ok' && event.outcome !== 'not-found' && event.outcome !== 'aborted';
}
