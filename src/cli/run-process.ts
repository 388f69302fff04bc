/** Joins the process (streams, signals, exit code) to a function that runs the command line. */
import { exitCodes } from './output/exit-code.js';
import type { Streams } from './output/output.js';
import { StandardStream } from './output/standard-stream.js';
import { restoreFlags } from './start/tune-engine.js';

/**
 * Runs the command line of this process to its end.
 * @param beforeExit called after the output is written
 */
export async function runProcess(
  run: (argv: readonly string[], streams: Streams) => Promise<number>,
  beforeExit: () => Promise<void>,
): Promise<never> {
  const abort = new AbortController();
  // `once`: a second SIGINT finds no listener and kills the process, even if it hangs.
  process.once('SIGINT', () => abort.abort());
  process.once('SIGTERM', () => abort.abort());
  let outputFailed = false;
  const stderr = new StandardStream(
    2,
    () => process.stderr,
    () => undefined,
  );
  // A reader that went away (`| head`) is not an error; anything else (a full disk behind `>`) is, and must not look like success.
  const onOutputError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE' || outputFailed) return;
    outputFailed = true;
    stderr.write(
      `error: cannot write to stdout: ${error.code ?? error.message}\n\nhint: The artifact may be in place; only the output was lost.\n`,
    );
  };
  const stdout = new StandardStream(1, () => process.stdout, onOutputError);
  const code = await run(process.argv.slice(2), {
    stdout,
    stderr,
    environment: process.env,
    signal: abort.signal,
    onHangUp: (listener) => void process.on('SIGHUP', listener),
  });
  await stdout.flush();
  await stderr.flush();
  restoreFlags();
  await beforeExit();
  // Exits explicitly: a hanging name resolution cannot be cancelled and would keep the process alive for minutes.
  process.exit(outputFailed && code === exitCodes.done ? exitCodes.localIo : code);
}
