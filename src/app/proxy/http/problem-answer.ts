/** Formats a problem as a response: RFC 9457. */
import { Buffer } from 'node:buffer';

import type { Attempt } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';
import { formatCacheStatus } from './file-answer.js';
import type { Problem } from './problem.js';
import { reasonPhrase } from './reason-phrase.js';

const maxText = 2_000;
const maxAttempts = 100;

const titles: Readonly<Record<number, string>> = {
  400: 'The request is invalid',
  403: 'The request is not allowed',
  404: 'Not found',
  405: 'The method is not allowed',
  408: 'The request took too long',
  409: 'The configuration does not allow this request',
  413: 'The request body is too large',
  414: 'The path is too long',
  421: 'The request is for another host',
  431: 'The headers are too large',
  500: 'The proxy failed',
  502: 'The file was refused',
  503: 'Out of reach',
  507: 'No space left',
  508: 'The proxy is its own mirror',
};

/** Formats the body of a problem: `application/problem+json`. */
export function problemBody(problem: Problem): Uint8Array {
  const { status, code, reason, detail, hint, attempts } = problem;
  const members = {
    type: `urn:clojars-fetch:problem:${code}:${reason}`,
    title: titles[status] ?? 'The request failed',
    status,
    detail: escapeForDisplay(detail, maxText),
    code,
    reason,
    hint: hint === undefined ? undefined : escapeForDisplay(hint, maxText),
    attempts: attempts?.slice(0, maxAttempts).map(shown),
  };
  return Buffer.from(`${JSON.stringify(members, null, 2)}\n`);
}

/** Escapes the texts of an attempt: a detail may quote a server. */
function shown({ mirror, outcome, status, ms, path, detail }: Attempt): Attempt {
  return {
    mirror: escapeForDisplay(mirror, maxText),
    outcome,
    status,
    ms: Math.round(ms),
    path: path === undefined ? undefined : escapeForDisplay(path, maxText),
    detail: detail === undefined ? undefined : escapeForDisplay(detail),
  };
}

/** The start of a response, with the headers as the flat list of names and values that `writeHead` takes. */
export interface ProblemHead {
  readonly status: number;
  readonly statusMessage: string;
  readonly headers: readonly string[];
}

/** Returns the status line and headers of a problem whose body has this length. */
export function problemHead(problem: Problem, bodyLength: number): ProblemHead {
  const headers = [
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(bodyLength),
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
  ];
  if (problem.cacheStatus !== undefined) headers.push('Cache-Status', formatCacheStatus(problem.cacheStatus));
  if (problem.ageSeconds !== undefined) headers.push('Age', String(Math.floor(problem.ageSeconds)));
  if (problem.status === 405) headers.push('Allow', 'GET, HEAD');
  if (problem.retryAfterSeconds !== undefined) headers.push('Retry-After', String(Math.max(0, Math.ceil(problem.retryAfterSeconds))));
  return { status: problem.status, statusMessage: reasonPhrase(problem), headers };
}
