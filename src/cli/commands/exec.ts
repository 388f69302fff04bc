/** `exec`: runs a build tool with a proxy of its own, and returns its exit code. */
import type { ClientEvent } from '../../base/event.js';
import { type RunOptions, runWithProxy } from '../../proxy.js';
import { clientOptions } from '../options/client-options.js';
import { usageError } from '../options/usage-error.js';
import { createProxyLog } from '../output/proxy-log.js';
import { showText } from '../output/render.js';
import type { Command, CommandCall } from './command.js';

export const execCommand: Command = async (call) => {
  const { given } = call;
  if (given.json) {
    throw usageError(
      "'exec' prints no document of its own: stdout belongs to the command",
      "Leave out --json, or write it after '--' if it is an option of the command.",
    );
  }
  const { exitCode } = await runWithProxy(given.words, runOptions(call));
  return exitCode;
};

function runOptions({ given, output, signal }: CommandCall): RunOptions {
  // Lines of the log and of progress would be in the middle of what the command prints.
  const warnOnly = (event: ClientEvent): void => {
    if (event.type === 'warning') output.warn(showText(event.message));
  };
  const { signal: _signal, ...client } = clientOptions(given, { signal, onEvent: warnOnly });
  return {
    ...client,
    profiles: given.profiles,
    aliases: given.aliases,
    proxyFolder: given.proxyFolder,
    cacheMaxBytes: given.cacheSize,
    patienceMs: given.patienceMs,
    maxStaleMs: given.maxStaleMs,
    earlyBytes: given.noEarlyBytes ? false : undefined,
    tls: given.tls ? true : undefined,
    lookAhead: given.noAhead ? false : undefined,
    downloadLog: given.downloadLog,
    ...(given.logLevel === undefined ? {} : createProxyLog(given, output.log).listeners),
  };
}
