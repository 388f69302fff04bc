/** The log of the proxy on stderr. */
import { describe, expect, it } from 'vitest';

import { createProxyLog } from '../../src/cli/output/proxy-log.js';
import type { RequestEvent } from '../../src/proxy.js';

const request: RequestEvent = {
  method: 'GET',
  target: '/r/org/example/lib/1/lib-1.jar',
  status: 200,
  bytes: 10,
  ms: 1.2345,
  cache: 'miss',
  mirror: 'https://repo.example.org/',
  level: 'origin',
  refusal: null,
};

/** The log of these options, and its lines. */
function open(options: Partial<Parameters<typeof createProxyLog>[0]>) {
  const lines: Record<string, unknown>[] = [];
  const log = createProxyLog({ logLevel: undefined, quiet: false, verbose: false, ...options }, (line) => {
    expect(line.endsWith('\n')).toBe(true);
    lines.push(JSON.parse(line) as Record<string, unknown>);
  });
  return { log, lines };
}

/** Something for each level. */
function logAll({ listeners: { onRequest, onEvent } }: ReturnType<typeof createProxyLog>): void {
  onRequest?.({ ...request, status: 500, cache: null });
  onRequest?.({ ...request, status: 503, cache: null, refusal: { code: 'ERR_UNREACHABLE', reason: 'refused', detail: 'out of reach' } });
  onRequest?.(request);
  onEvent?.({ type: 'verified', path: 'x', level: 'origin', proofs: [] });
}

describe('the log of the proxy', () => {
  it.each([
    ['error', {}, ['error']],
    ['warn', {}, ['error', 'warn']],
    ['info', {}, ['error', 'warn', 'info']],
    ['debug', {}, ['error', 'warn', 'info', 'debug']],
    [undefined, {}, ['error', 'warn']],
    ['info', { quiet: true }, ['error']],
    [undefined, { verbose: true }, ['error', 'warn', 'info', 'debug']],
  ] as const)('has with --log-level %s and %j the levels %j', (logLevel, more, expected) => {
    const { log, lines } = open({ logLevel, ...more });
    logAll(log);
    expect(lines.map(({ level }) => level)).toEqual(expected);
  });

  it('has a line for each request, with the proof of its file and the reason of a refusal', () => {
    const { log, lines } = open({ logLevel: 'debug' });
    logAll(log);
    expect(lines[2]).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      level: 'info',
      method: 'GET',
      path: request.target,
      status: 200,
      bytes: 10,
      ms: 1.2,
      cache: 'miss',
      mirror: 'https://repo.example.org/',
      proof: 'origin',
    });
    expect(lines[1]).toMatchObject({ level: 'warn', status: 503, code: 'ERR_UNREACHABLE', reason: 'refused', detail: 'out of reach' });
    expect(lines[3]).toMatchObject({ level: 'debug', type: 'verified', proof: 'origin' });
  });
});
