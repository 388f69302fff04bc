#!/usr/bin/env node
/** The program: joins the process (streams, signals, exit code) to {@link run}. */
import { exitCodes } from './output/exit-code.js';
import { run } from './run.js';

const abort = new AbortController();
// `once`: the second SIGINT finds no listener and kills the process, whatever it hangs on.
process.once('SIGINT', () => abort.abort());
process.once('SIGTERM', () => abort.abort());

let outputFailed = false;
// A reader that went away (`| head`) is no error of ours; anything else (a full disk behind `>`) is, and must not look like success.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || outputFailed) return;
  outputFailed = true;
  process.stderr.write(
    `error: cannot write to stdout: ${error.code ?? error.message}\n\nhint: the artifact may be in place; only the output was lost\n`,
  );
});
process.stderr.on('error', () => undefined);

/** In a function, as a CommonJS file has no top-level await. */
async function main(): Promise<never> {
  const code = await run(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    signal: abort.signal,
  });
  await flush(process.stdout);
  await flush(process.stderr);
  // Not left to the event loop: a name resolution that hangs cannot be cancelled and would keep the process for minutes.
  process.exit(outputFailed && code === exitCodes.done ? exitCodes.localIo : code);
}

/** Waits until what was written has left; pipes are asynchronous, and `process.exit` would cut them. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

void main();
