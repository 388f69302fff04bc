/** The log of the proxy on stderr: one line of JSON for each request, and for each event of interest. */
import { isClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ProxyOptions, RequestEvent } from '../../proxy.js';
import type { Arguments } from '../options/parse.js';

const levels = ['error', 'warn', 'info', 'debug'] as const;
type LogLevel = (typeof levels)[number];

export interface ProxyLog {
  /** Write the log of a proxy that is started with them. */
  readonly listeners: Required<Pick<ProxyOptions, 'onEvent' | 'onRequest'>>;
  /** Logs that the configuration was read again, or why the present one stays. */
  readonly reloaded: (error: unknown) => void;
}

export function createProxyLog(
  { logLevel = 'warn', quiet, verbose }: Pick<Arguments, 'logLevel' | 'quiet' | 'verbose'>,
  write: (line: string) => void,
): ProxyLog {
  const least = quiet ? 'error' : verbose ? 'debug' : logLevel;
  const isShown = (level: LogLevel): boolean => levels.indexOf(level) <= levels.indexOf(least);
  const log = (level: LogLevel, members: object): void => {
    if (!isShown(level)) return;
    const first = { time: new Date().toISOString(), level };
    write(`${JSON.stringify({ ...first, ...members, ...first })}\n`);
  };
  return {
    reloaded(error) {
      if (error === null) return log('info', { message: 'the configuration was read again' });
      const { message, code, hint } = isClojarsFetchError(error)
        ? error
        : { message: error instanceof Error ? error.message : 'unknown', code: 'ERR_INTERNAL', hint: undefined };
      log('error', { message: `the configuration stays as it is: ${escapeForDisplay(message, 2000)}`, code, hint });
    },
    listeners: {
      onRequest: (request) => {
        const level = levelOf(request);
        if (isShown(level)) log(level, describe(request));
      },
      onEvent: (event) => {
        if (event.type === 'warning') log('warn', { message: escapeForDisplay(event.message, 2000), warning: event.warning });
        else if (event.type === 'circuit-opened') log('warn', { message: `${event.origin} failed and is not asked for a while`, ...event });
        else if (event.type !== 'bytes') log('debug', event.type === 'verified' ? { ...event, proof: event.level } : event);
      },
    },
  };
}

/** An absent file is an everyday answer; a refused one is the operator's business. */
function levelOf({ status, cache }: RequestEvent): LogLevel {
  if (status >= 500) return status === 500 ? 'error' : 'warn';
  return cache === 'stale' ? 'warn' : 'info';
}

function describe({ method, target, status, bytes, ms, cache, mirror, level, refusal }: RequestEvent): object {
  return {
    method,
    path: target,
    status,
    bytes,
    ms: Math.round(ms * 10) / 10,
    cache,
    mirror,
    proof: level,
    ...(refusal ?? {}),
  };
}
