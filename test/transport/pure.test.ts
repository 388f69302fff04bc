import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Circuits, type CircuitSnapshot } from '../../src/network/mirrors/circuit.js';
import { proxyFromEnvironment } from '../../src/network/transport/connection/proxy-environment.js';
import { printable } from '../../src/network/transport/contract/failure.js';
import { parseHttpDate, parseRetryAfter, retryAfterMaxMs } from '../../src/network/transport/contract/retry-after.js';
import { ServerClock } from '../../src/network/transport/contract/server-clock.js';
import { codePoint } from '../support/code-point.js';

const now = Date.UTC(2026, 0, 1);

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['99999999999', retryAfterMaxMs],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
    ['Thu Jan  1 00:01:00 2026', 60_000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['Fri, 01 Jan 2027 00:00:00 GMT', retryAfterMaxMs],
    ['', null],
    ['soon', null],
    ['-1', null],
    ['1.5', null],
    ['Thu, 31 Feb 2026 00:00:00 GMT', null],
    ['Thu, 01 Jan 2026 25:00:00 GMT', null],
    [null, null],
  ])('is read from %j', (text, expected) => {
    expect(parseRetryAfter(text, now)).toBe(expected);
  });

  it('is read as Date writes it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (second) => {
        expect(parseHttpDate(new Date(second * 1000).toUTCString(), now)).toBe(second * 1000);
      }),
    );
  });
});

describe("a server's clock", () => {
  const hour = 3_600_000;
  const dated = (ms: number): string => new Date(Date.now() + ms).toUTCString();

  it.each([
    ['is learned from an answer', { date: dated(-30 * hour) }, -30],
    ['takes into account how long the answer lay in a cache', { date: dated(-30 * hour), age: '90000' }, -5],
    ['takes no other text for an age', { date: dated(-30 * hour), age: '-90000' }, -30],
  ])('%s', (_, headers, hours) => {
    const clock = new ServerClock();
    clock.learn({ headers });
    expect(Math.round((clock.aheadMs ?? 0) / hour)).toBe(hours);
  });

  it('is unknown without a date', () => {
    const clock = new ServerClock();
    clock.learn({ headers: { age: '90000' } });
    expect(clock.aheadMs).toBeNull();
  });
});

describe('a proxy from the environment', () => {
  const proxyOf = (environment: Record<string, string>, url: string): string | null =>
    proxyFromEnvironment(environment)(new URL(url))?.url.href ?? null;
  const both = { HTTP_PROXY: 'http://p1:1', HTTPS_PROXY: 'p2:2' };

  it.each([
    [both, 'http://a.example/', 'http://p1:1/'],
    [both, 'https://a.example/', 'http://p2:2/'],
    [{ ...both, https_proxy: 'https://lower:3' }, 'https://a.example/', 'https://lower:3/'],
    [{ ALL_PROXY: 'http://all:1' }, 'https://a.example/', 'http://all:1/'],
    [both, 'file:///a', null],
    [{}, 'https://a.example/', null],
    [{ ...both, REQUEST_METHOD: 'GET' }, 'http://a.example/', null],
    [{ ...both, NO_PROXY: '*' }, 'https://a.example/', null],
    [{ ...both, NO_PROXY: 'x, .example' }, 'https://a.example/', null],
    [{ ...both, NO_PROXY: 'a.example' }, 'https://b.a.example./', null],
    [{ ...both, NO_PROXY: '*.a.example' }, 'https://b.a.example/', null],
    [{ ...both, NO_PROXY: 'a.example' }, 'https://aa.example/', 'http://p2:2/'],
    [{ ...both, NO_PROXY: 'A.Example:8443' }, 'https://a.example:8443/', null],
    [{ ...both, NO_PROXY: 'a.example:8443' }, 'https://a.example/', 'http://p2:2/'],
    [{ ...both, NO_PROXY: 'a.example:443' }, 'https://a.example/', null],
    [{ ...both, NO_PROXY: '::1' }, 'https://[::1]/', null],
    [{ ...both, NO_PROXY: '[::1]:80' }, 'http://[::1]/', null],
    [{ ...both, NO_PROXY: '127.0.0.1' }, 'http://127.0.0.1/', null],
    [{ ...both, NO_PROXY: '10.0.0.0/8' }, 'http://10.1.2.3/', null],
    [{ ...both, NO_PROXY: '10.0.0.0/8' }, 'http://11.1.2.3/', 'http://p1:1/'],
    [{ ...both, NO_PROXY: 'fd00::/8' }, 'http://[fd12::1]/', null],
    [{ ...both, NO_PROXY: '[fd00::]/8' }, 'http://[fe80::1]/', 'http://p1:1/'],
    [{ ...both, NO_PROXY: '192.168.*' }, 'http://192.168.7.1/', null],
    [{ ...both, http_no_proxy: 'localhost|127.0.0.1|*.ex.invalid' }, 'http://127.0.0.1/', null],
    [{ ...both, http_no_proxy: 'localhost|127.0.0.1|*.ex.invalid' }, 'https://a.ex.invalid/', null],
    [{ ...both, http_no_proxy: 'a*z.example' }, 'https://abz.example/', null],
    [{ ...both, http_no_proxy: 'localhost', no_proxy: 'b.example' }, 'https://a.example/', 'http://p2:2/'],
    [{ ...both, NO_PROXY: '"x,a.example"' }, 'https://a.example/', null],
    [{ ...both, NO_PROXY: 'x;a.example' }, 'https://a.example/', null],
    [{ ...both, NO_PROXY: 'https://a.example/path' }, 'https://a.example/', null],
    [{ ...both, NO_PROXY: 'bücher.example' }, 'https://xn--bcher-kva.example/', null],
    [{ https_proxy: '"http://p2:2"' }, 'https://a.example/', 'http://p2:2/'],
    [{ ALL_PROXY: 'socks5://p:1', no_proxy: 'a.example' }, 'https://a.example/', null],
    [{ ALL_PROXY: 'socks5://p:1', https_proxy: 'p2:2' }, 'https://a.example/', 'http://p2:2/'],
    [{ ALL_PROXY: 'socks5://p:1' }, 'file:///a', null],
  ])('is %j for %s', (environment, url, expected) => {
    expect(proxyOf(environment as Record<string, string>, url)).toBe(expected);
  });

  it('keeps its login apart, and out of errors', () => {
    const proxy = proxyFromEnvironment({ HTTPS_PROXY: 'http://me:p%40ss@p:1' })(new URL('https://a.example'));
    expect(proxy?.url.href).toBe('http://p:1/');
    expect(proxy?.credentials).toEqual({ kind: 'basic', username: 'me', password: 'p@ss' });
    for (const login of ['DOM\\me:p@ss', 'DOM\\me:p/ss#1?', 'DOM\\me:50%off']) {
      const raw = proxyFromEnvironment({ HTTPS_PROXY: `http://${login}@p:1` })(new URL('https://a.example'));
      expect(raw?.url.href).toBe('http://p:1/');
      expect(raw?.credentials).toEqual({ kind: 'basic', username: 'DOM\\me', password: login.slice('DOM\\me:'.length) });
    }
    const failing = { HTTPS_PROXY: 'socks5://me:secret@p:1' };
    expect(() => proxyOf(failing, 'https://a.example')).toThrow(/HTTPS_PROXY: socks5: proxies are not supported/);
    expect(() => proxyOf(failing, 'https://a.example')).not.toThrow(/secret/);
  });

  it.each(['ALL_PROXY', 'all_proxy', 'http_proxy', 'HTTP_PROXY'])(
    '%s that cannot be used is named, and stops only requests that need it',
    (name) => {
      const proxyFor = proxyFromEnvironment({ [name]: 'socks5h://p:1', NO_PROXY: 'b.example', HTTPS_PROXY: 'p2:2' });
      expect(() => proxyFor(new URL('http://a.example/'))).toThrow(`${name}: socks5h: proxies are not supported`);
      expect(proxyFor(new URL('http://b.example/'))).toBeNull();
      expect(proxyFor(new URL('https://a.example/'))?.url.href).toBe('http://p2:2/');
    },
  );
});

describe('circuits', () => {
  const origin = 'https://a.example';
  const start = (): { circuits: Circuits; wait: (ms: number) => void } => {
    let clock = now;
    return { circuits: new Circuits({ now: () => clock }), wait: (ms) => (clock += ms) };
  };

  it('open after three failures in a row, and not after fewer', () => {
    const { circuits } = start();
    circuits.recordFailure(origin, 'status');
    circuits.recordFailure(origin, 'status');
    circuits.recordSuccess(origin, 10);
    circuits.recordFailure(origin, 'refused');
    circuits.recordFailure(origin, 'timeout');
    expect(circuits.state(origin)).toBe('closed');
    expect(circuits.recordFailure(origin, 'stalled')).toBe(now + 120_000);
    expect(circuits.state(origin)).toBe('open');
  });

  it.each(['refused', 'dns', 'timeout'] as const)('open at once if the first answer ever is %s', (outcome) => {
    const { circuits } = start();
    circuits.recordFailure(origin, outcome);
    expect(circuits.state(origin)).toBe('open');
  });

  it('open at once for 429, for as long as the server asks, up to 30 minutes', () => {
    const { circuits, wait } = start();
    circuits.recordSuccess(origin, 1);
    expect(circuits.recordFailure(origin, 'status', { status: 429, retryAfterMs: 5 * 3600_000 })).toBe(now + 30 * 60_000);
    wait(30 * 60_000 - 1);
    expect(circuits.state(origin)).toBe('open');
    wait(1);
    expect(circuits.state(origin)).toBe('half-open');
  });

  it('double their time up to five minutes, with one probe each', () => {
    const { circuits, wait } = start();
    circuits.recordFailure(origin, 'dns');
    for (const openMs of [120_000, 240_000, 300_000, 300_000]) {
      expect(circuits.shouldProbe(origin)).toBe(false);
      wait(openMs - 1);
      expect(circuits.state(origin)).toBe('open');
      wait(1);
      expect([circuits.shouldProbe(origin), circuits.shouldProbe(origin)]).toEqual([true, false]);
      circuits.recordFailure(origin, 'timeout');
    }
    wait(300_000);
    expect(circuits.shouldProbe(origin)).toBe(true);
    circuits.recordSuccess(origin, 5);
    expect(circuits.state(origin)).toBe('closed');
  });

  it('are not affected by not-found and abort', () => {
    const { circuits } = start();
    for (let n = 0; n < 10; n += 1) {
      circuits.recordFailure(origin, 'not-found');
      circuits.recordFailure(origin, 'aborted');
    }
    expect(circuits.state(origin)).toBe('closed');
  });

  it('know the 95th percentile of the last 32 latencies', () => {
    const { circuits } = start();
    expect(circuits.p95(origin)).toBeNull();
    for (let n = 1; n <= 132; n += 1) circuits.recordSuccess(origin, n);
    expect(circuits.p95(origin)).toBe(131);
  });

  it('survive as JSON, and treat it with distrust', () => {
    const { circuits } = start();
    circuits.recordFailure(origin, 'refused');
    circuits.recordSuccess('https://b.example', 7);
    const again = new Circuits({ now: () => now, state: JSON.parse(JSON.stringify(circuits.snapshot())) as CircuitSnapshot });
    expect(again.state(origin)).toBe('open');
    expect(again.p95('https://b.example')).toBe(7);
    expect(again.snapshot()).toEqual(circuits.snapshot());
    again.restore(
      JSON.parse(
        '{"x":null,"y":{"failures":"9"},"z":{"failures":1,"openForMs":1e12,"openUntilMs":1e300,"latenciesMs":[1,"a",-1],"answered":1}}',
      ) as CircuitSnapshot,
    );
    expect(Object.keys(again.snapshot())).toEqual(['z']);
    expect(again.snapshot()['z']).toEqual({
      failures: 1,
      answered: false,
      openForMs: 300_000,
      openUntilMs: now + 30 * 60_000,
      latenciesMs: [1],
    });
  });
});

it('strips control characters from text sent by servers', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint }), (text) => {
      expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    }),
  );
});
