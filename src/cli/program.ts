#!/usr/bin/env node
/** The program: joins the process (streams, signals, exit code) to {@link run}. */
import { exitCodes } from './output/exit-code.js';
import { run } from './run.js';

const abort = new AbortController();
// `once`: a second SIGINT finds no listener and kills the process, even if it hangs.
process.once('SIGINT', () => abort.abort());
process.once('SIGTERM', () => abort.abort());

let outputFailed = false;
// A reader that went away (`| head`) is not an error; anything else (a full disk behind `>`) is, and must not look like success.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || outputFailed) return;
  outputFailed = true;
  process.stderr.write(
    `error: cannot write to stdout: ${error.code ?? error.message}\n\nhint: The artifact may be in place; only the output was lost.\n`,
  );
});
process.stderr.on('error', () => undefined);

/** Runs the program. A CommonJS file has no top-level await. */
async function main(): Promise<never> {
  const code = await run(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    signal: abort.signal,
  });
  await flush(process.stdout);
  await flush(process.stderr);
  // Exits explicitly: a hanging name resolution cannot be cancelled and would keep the process alive for minutes.
  process.exit(outputFailed && code === exitCodes.done ? exitCodes.localIo : code);
}

/** Waits until the output is written; pipes are asynchronous, and `process.exit` would cut them off. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

void main();
