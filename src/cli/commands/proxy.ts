/** `proxy`: serves verified repositories on this machine until it is interrupted. */
import { onAbort } from '../../base/async/on-abort.js';
import { ClojarsFetchError } from '../../base/error.js';
import {
  checkProxyCache,
  type CheckReport,
  createProxy,
  defaultProxyPort,
  prefetchProxyCache,
  type PrefetchReport,
  type Proxy,
  type ProxyOptions,
} from '../../proxy.js';
import { clientOptions } from '../options/client-options.js';
import { usageError } from '../options/usage-error.js';
import { type ExitCode, exitCodes } from '../output/exit-code.js';
import { proxyCheckDocument, proxyDocument, proxyPrefetchDocument } from '../output/json.js';
import { createProxyLog } from '../output/proxy-log.js';
import { showText } from '../output/render.js';
import type { Command, CommandCall } from './command.js';

export const proxyCommand: Command = (call) => {
  const [subcommand, second] = call.given.words;
  if (subcommand === undefined) return serve(call);
  if (subcommand === 'check' && second === undefined) return check(call);
  if (subcommand === 'prefetch') return prefetch(call);
  throw usageError(
    `'proxy' does not take '${showText(subcommand === 'check' ? (second ?? '') : subcommand)}'`,
    "Run 'clojars-fetch proxy' to serve, 'clojars-fetch proxy check' to check the cache, or 'clojars-fetch proxy prefetch FILE' to fill it.",
  );
};

function proxyOptions({ given, signal }: CommandCall): ProxyOptions {
  return {
    ...clientOptions(given, { signal, onEvent: () => undefined }),
    // The signal ends the proxy gracefully, not its downloads at once.
    signal: undefined,
    port: given.port ?? defaultProxyPort,
    proxyFolder: given.proxyFolder,
    useLocalRepository: given.wholeLocalRepository || given.localRepository !== undefined,
    cacheMaxBytes: given.cacheSize,
    patienceMs: given.patienceMs,
    maxStaleMs: given.maxStaleMs,
    earlyBytes: given.noEarlyBytes ? false : undefined,
    tls: given.tls ? true : undefined,
    lookAhead: given.noAhead ? false : undefined,
    downloadLog: given.downloadLog,
  };
}

async function serve(call: CommandCall): Promise<ExitCode> {
  const { output, signal, onHangUp } = call;
  const log = createProxyLog(call.given, output.log);
  const options = { ...proxyOptions(call), ...log.listeners };
  const proxy = await createProxy(options);
  onHangUp(() => {
    proxy.reload(options).then(() => log.reloaded(null), log.reloaded);
  });
  output.result(describe(proxy), proxyDocument(proxy));
  await ended(signal);
  await proxy.close();
  return exitCodes.done;
}

function describe({ url, repositories, certificateAuthority }: Proxy): string {
  const paths = repositories.map((id) => `  ${url}${id}/\n`).join('');
  return `clojars-fetch proxy listens on ${url}, for programs on this machine only\n${paths}${certificateAuthority === null ? '' : `Tools must trust ${certificateAuthority}\n`}`;
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => void onAbort(signal, resolve));
}

async function check(call: CommandCall): Promise<ExitCode> {
  const { output, signal } = call;
  const report = await checkProxyCache({ ...proxyOptions(call), signal }, ({ file, detail }) =>
    output.warn(showText(`${file}: ${detail}`)),
  );
  output.result(formatCacheCheck(report), proxyCheckDocument(report, output.warnings));
  if (!report.isComplete) throw new ClojarsFetchError('ERR_ABORTED', { reason: 'signal', message: 'the check was interrupted' });
  return report.damaged === 0 ? exitCodes.done : exitCodes.verification;
}

function formatCacheCheck({ files, bytes, damaged, missing, unknown }: CheckReport): string {
  const findings = [
    damaged > 0 ? `${damaged} damaged (moved aside)` : [],
    missing > 0 ? `${missing} missing` : [],
    unknown > 0 ? `${unknown} of unknown origin` : [],
  ].flat();
  return `${files} files hashed, ${bytes} bytes: ${findings.length === 0 ? 'all as they were verified' : findings.join(', ')}\n`;
}

async function prefetch(call: CommandCall): Promise<ExitCode> {
  const { given, output, signal } = call;
  const report = await prefetchProxyCache(given.words.slice(1), {
    ...proxyOptions(call),
    signal,
    onEvent: output.onEvent,
    profiles: given.profiles,
    aliases: given.aliases,
    clojure: given.clojure,
    plugins: !given.noPlugins,
  });
  output.result(formatPrefetch(report), proxyPrefetchDocument(report, output.warnings));
  return exitCodes.done;
}

function formatPrefetch({ files, bytes, fetched, fetchedBytes }: PrefetchReport): string {
  return `${files} files in the cache, ${bytes} bytes: ${fetched === 0 ? 'all were there' : `${fetched} fetched, ${fetchedBytes} bytes`}\n`;
}
