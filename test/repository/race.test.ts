/** The bookkeeping of the race, with attempts that end when the test says. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CancelSignal } from '../../src/base/async/cancellation.js';
import type { ClientEvent } from '../../src/base/event.js';
import { Circuits } from '../../src/network/mirrors/circuit.js';
import { Health } from '../../src/network/mirrors/health.js';
import { createRepository } from '../../src/network/mirrors/mirror-list.js';
import { type AttemptMonitor, type AttemptResult, Race, type RaceOptions, type RaceResult } from '../../src/network/mirrors/race.js';
import type { Mirror } from '../../src/network/mirrors/repository.js';

// No test waits in earnest: the clock moves on to the next timer as soon as nothing else is to be done.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }).setTimerTickMode('nextTimerAsync'));
afterEach(() => void vi.useRealTimers());

const failed: AttemptResult<string> = { kind: 'failed', outcome: 'status', status: 500 };
const won = (mirror: Mirror): AttemptResult<string> => ({ kind: 'won', value: mirror.url.hostname, status: 200 });
const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Ends only by abort. */
const silent = (signal: CancelSignal): Promise<AttemptResult<string>> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'failed', outcome: 'aborted', status: null })));

const race = (options: RaceOptions<string>): Promise<RaceResult<string>> => new Race(options).run();

const repository = createRepository({ id: 'r', url: 'https://one.example/', mirrors: ['https://two.example/', 'https://three.example/'] });

function newHealth(concurrency = 8, clock: () => number = Date.now): Health {
  return new Health({ circuits: new Circuits({ now: clock }), concurrency, now: clock, unknownDelayMs: 20 });
}

function run(
  health: Health,
  attempt: (host: string, mirror: Mirror, signal: CancelSignal) => Promise<AttemptResult<string>>,
  asked: string[] = [],
  events: ClientEvent[] = [],
): Promise<RaceResult<string>> {
  return race({
    repository,
    mirrors: repository.mirrors,
    path: 'p',
    health,
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    attempt: (mirror, _monitor, signal) => {
      asked.push(mirror.url.hostname);
      return attempt(mirror.url.hostname, mirror, signal);
    },
  });
}

describe('race', () => {
  it('goes on when the hedge of a late attempt fails, and when the late attempt fails after it', async () => {
    const asked: string[] = [];
    const result = await run(
      newHealth(),
      async (host, mirror) => {
        if (host === 'one.example') {
          await delay(120);
          return failed;
        }
        if (host === 'two.example') return failed;
        await delay(200);
        return won(mirror);
      },
      asked,
    );
    expect(asked).toEqual(['one.example', 'two.example', 'three.example']);
    expect(result.winner?.value).toBe('three.example');
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['status', 'status', 'ok']);
  });

  it('asks a mirror that fell silent while a request waited for it once all others have failed', async () => {
    const health = newHealth(1);
    const holder = new AbortController();
    await health.acquire('https://one.example', holder.signal);
    const asked: string[] = [];
    const racing = run(health, (host, mirror) => Promise.resolve(host === 'one.example' ? won(mirror) : failed), asked);
    await delay(5);
    health.outrun('https://one.example', health.now());
    await delay(5);
    expect(asked).toEqual(['two.example', 'three.example']);
    health.release('https://one.example');
    expect((await racing).winner?.value).toBe('one.example');
  });

  it('lists no attempt that was never sent', async () => {
    const health = newHealth(1);
    await health.acquire('https://two.example', new AbortController().signal);
    const events: ClientEvent[] = [];
    const result = await run(
      health,
      async (host, mirror) => {
        await delay(80);
        return host === 'one.example' ? won(mirror) : failed;
      },
      [],
      events,
    );
    expect(result.attempts.map(({ mirror }) => mirror)).not.toContain('https://two.example/');
    expect(events.filter((event) => event.type === 'attempt-ended')).toHaveLength(result.attempts.length);
  });

  it("discards the winner's value if a listener aborts on the event of the win", async () => {
    const controller = new AbortController();
    const discarded: string[] = [];
    const racing = race({
      repository,
      mirrors: repository.mirrors,
      path: 'p',
      health: newHealth(),
      signal: controller.signal,
      emit: (event) => {
        if (event.type === 'attempt-ended' && event.outcome === 'ok') controller.abort(new Error('enough'));
      },
      attempt: (mirror) => Promise.resolve(won(mirror)),
      discard: async (value) => void discarded.push(value),
    });
    await expect(racing).rejects.toThrow('enough');
    expect(discarded).toEqual(['one.example']);
  });

  it('releases every slot', async () => {
    const health = newHealth(1);
    for (let time = 0; time < 3; time += 1) {
      await run(health, (host, mirror, signal) => (host === 'one.example' ? silent(signal) : Promise.resolve(won(mirror))));
      await delay(0);
    }
    for (const { url } of repository.mirrors)
      expect(await Promise.race([health.acquire(url.origin, new AbortController().signal), delay(50)])).toBe(true);
  });

  it('does not hedge to a host that answered 429, but asks it when no other mirror is left', async () => {
    const health = newHealth();
    health.failed('https://two.example', 'status', { status: 429 });
    health.failed('https://three.example', 'status', { status: 429, retryAfterMs: 60_000 });
    const asked: string[] = [];
    const result = await run(
      health,
      async (host, mirror) => {
        if (host !== 'one.example') return won(mirror);
        await delay(150);
        expect(asked).toEqual(['one.example']);
        return failed;
      },
      asked,
    );
    expect(result.winner?.value).toBe('two.example');
  });

  it('takes no token of the hedge budget while there is no mirror to hedge to', async () => {
    const health = newHealth();
    await race({
      repository,
      mirrors: repository.mirrors.slice(0, 1),
      path: 'p',
      health,
      signal: new AbortController().signal,
      emit: () => undefined,
      attempt: async (mirror) => {
        await delay(150); // many hedge delays of 20 ms
        return won(mirror);
      },
    });
    expect([health.mayHedge('o', health.now()), health.mayHedge('o', health.now())]).toEqual([true, true]);
  });

  it('starts the last resorts when another file finds out in mid-race that the canonical origins are down', async () => {
    const clojars = createRepository({ id: 'clojars', url: 'https://repo.clojars.org/' });
    const health = newHealth();
    const asked: string[] = [];
    const isCanonical = (url: URL): boolean => clojars.mirrors.some((mirror) => mirror.canonical && mirror.url.href === url.href);
    const racing = race({
      repository: clojars,
      mirrors: clojars.mirrors,
      path: 'p',
      health,
      signal: new AbortController().signal,
      emit: () => undefined,
      attempt: (mirror, _monitor, signal) => {
        asked.push(mirror.url.href);
        return isCanonical(mirror.url) ? silent(signal) : Promise.resolve(won(mirror));
      },
    });
    await delay(150);
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.every((href) => isCanonical(new URL(href)))).toBe(true);
    for (const { url, canonical } of clojars.mirrors) if (canonical) health.outrun(url.origin, health.now() + 1);
    const { winner } = await racing;
    expect(winner?.mirror.lastResort).toBe(true);
  });

  describe('with silent canonical origins', () => {
    const clojars = createRepository({ id: 'clojars', url: 'https://repo.clojars.org/' });
    const [cdn, bucket] = clojars.mirrors.map(({ url }) => url.hostname);

    /** Races for a file. Canonical origins answer as given, by default not at all; third parties have the file. */
    function raceThirdParties(
      health: Health,
      canonical: Readonly<Record<string, () => Promise<AttemptResult<string>>>> = {},
      asked: [host: string, ms: number][] = [],
    ): Promise<RaceResult<string>> {
      const startedMs = Date.now();
      return race({
        repository: clojars,
        mirrors: clojars.mirrors,
        path: 'p',
        health,
        signal: new AbortController().signal,
        emit: () => undefined,
        attempt: (mirror, _monitor, signal) => {
          asked.push([mirror.url.hostname, Date.now() - startedMs]);
          if (!mirror.canonical) return Promise.resolve(won(mirror));
          return canonical[mirror.url.hostname]?.() ?? silent(signal);
        },
      });
    }

    it('starts a last resort after a second, and only one', async () => {
      const health = newHealth();
      const asked: [string, number][] = [];
      const { winner, attempts } = await raceThirdParties(health, {}, asked);
      expect(winner?.mirror.lastResort).toBe(true);
      expect(asked.map(([host]) => host)).toEqual([cdn, bucket, winner?.value]);
      // The fake clock stands still while anything is to be done.
      expect(asked[2]?.[1]).toBeGreaterThanOrEqual(1000);
      expect(asked[2]?.[1]).toBeLessThan(1100);
      expect(attempts.map(({ outcome }) => outcome)).toEqual(['ok', 'aborted', 'aborted']);
      for (const { url, canonical } of clojars.mirrors) if (canonical) expect(health.isDemoted(url.origin)).toBe(true);
    });

    it('starts one after a second if the origin that was asked in its place has failed', async () => {
      const asked: [string, number][] = [];
      const { winner } = await raceThirdParties(newHealth(), { [bucket ?? '']: () => Promise.resolve(failed) }, asked);
      expect(winner?.mirror.lastResort).toBe(true);
      expect(asked[2]?.[1]).toBeGreaterThanOrEqual(1000);
      expect(asked[2]?.[1]).toBeLessThan(1100);
    });

    it('waits for an origin that is known to be slow for twice its usual time', async () => {
      const health = newHealth();
      for (const { url, canonical } of clojars.mirrors) if (canonical) health.completed(url.origin, 3000, 0, 0);
      const asked: [string, number][] = [];
      await delay(1);
      await raceThirdParties(health, {}, asked);
      expect(asked[2]?.[1]).toBeGreaterThanOrEqual(6000);
    });

    it('starts none while an origin answers other files', async () => {
      const health = newHealth();
      const asked: [string, number][] = [];
      const fails = (): Promise<AttemptResult<string>> => delay(9000).then(() => failed);
      const racing = raceThirdParties(health, { [cdn ?? '']: fails, [bucket ?? '']: fails }, asked);
      for (let time = 0; time < 8; time += 1) {
        await delay(900);
        health.completed(`https://${cdn ?? ''}`, 900, 0, 0);
      }
      expect(asked.map(([host]) => host)).toEqual([cdn, bucket]);
      expect((await racing).winner?.mirror.lastResort).toBe(true);
    });

    it('lets the proof of a file do without the origins until they answer again', async () => {
      const health = newHealth();
      const origins = clojars.mirrors.filter(({ canonical }) => canonical).map(({ url }) => url.origin);
      const awaited = (): boolean[] => origins.map((origin) => health.mayAwait(origin));
      expect(awaited()).toEqual([true, true]);
      await raceThirdParties(health);
      expect(awaited()).toEqual([false, false]);
      for (const origin of origins) health.completed(origin, 10, 0, 0);
      expect(awaited()).toEqual([true, true]);
    });
  });

  it('detects a mirror that is late with headers and then trickles, though the headers come before the canary wins', async () => {
    const health = newHealth(100);
    let toTrickler = 0;
    const files = Array.from({ length: 60 }, () =>
      race({
        repository,
        mirrors: repository.mirrors,
        path: 'p',
        health,
        signal: new AbortController().signal,
        emit: () => undefined,
        attempt: async (mirror, monitor, signal) => {
          if (mirror.url.hostname === 'one.example') {
            toTrickler += 1;
            await delay(40); // hedged after 20
            monitor.headers(400_000); // the patience with these is 6 s
            return silent(signal);
          }
          await delay(60);
          return won(mirror);
        },
      }),
    );
    const first = await Promise.race(files);
    expect(first.winner?.value).toBe('two.example');
    // The trickling mirror is not waited for once the first canary is back.
    await delay(0);
    expect(health.isSuspect('https://one.example')).toBe(true);
    for (const { winner } of await Promise.all(files)) expect(winner?.value).toBe('two.example');
    expect(toTrickler).toBe(60);
  });

  it.each([
    { body: 'trickles', isWhole: false, winner: 'two.example' },
    { body: 'is whole, and whose checksum is late', isWhole: true, winner: 'one.example' },
  ])('takes a mirror for late 100 ms after the headers only if a small body $body', async ({ isWhole, winner }) => {
    const toFake = ['setTimeout', 'clearTimeout', 'setImmediate', 'Date'] as const;
    vi.useFakeTimers({ toFake: [...toFake] }).setTimerTickMode('nextTimerAsync');
    const health = new Health({ circuits: new Circuits({ now: Date.now }), concurrency: 8, now: Date.now });
    const result = await race({
      repository,
      mirrors: repository.mirrors,
      path: 'p',
      health,
      signal: new AbortController().signal,
      emit: () => undefined,
      attempt: async (mirror, monitor) => {
        if (mirror.url.hostname !== 'one.example') return won(mirror);
        monitor.headers(1000);
        monitor.received(isWhole ? 1000 : 1);
        if (isWhole) monitor.transferred();
        await delay(200);
        return won(mirror);
      },
    });
    expect(result.winner?.value).toBe(winner);
  });

  it.each([
    { bodies: 4, bytes: 1, asks: 'asks the next mirror for all files, before any canary is back', suspect: true },
    { bodies: 3, bytes: 1, asks: 'waits for canaries', suspect: false },
    { bodies: 4, bytes: 500, asks: 'waits for canaries', suspect: false },
  ])('$asks if $bodies bodies have brought $bytes bytes and are late', async ({ bodies, bytes, suspect }) => {
    const toFake = ['setTimeout', 'clearTimeout', 'setImmediate', 'Date'] as const;
    vi.useFakeTimers({ toFake: [...toFake] }).setTimerTickMode('nextTimerAsync');
    const health = newHealth(100);
    const controller = new AbortController();
    const asked: string[] = [];
    const files = Array.from({ length: bodies }, () =>
      race({
        repository,
        mirrors: repository.mirrors,
        path: 'p',
        health,
        signal: controller.signal,
        emit: () => undefined,
        attempt: async (mirror, monitor, signal) => {
          asked.push(mirror.url.hostname);
          if (mirror.url.hostname !== 'one.example') return silent(signal);
          monitor.headers(1000);
          monitor.received(bytes);
          return silent(signal);
        },
      }),
    );
    await delay(30); // late after 16, and the canaries are not back
    expect(health.isSuspect('https://one.example')).toBe(suspect);
    expect(asked.filter((host) => host === 'two.example')).toHaveLength(suspect ? bodies : 2);
    controller.abort(new Error('enough'));
    for (const { status } of await Promise.allSettled(files)) expect(status).toBe('rejected');
  });

  describe('connects to the next mirror before it asks it', () => {
    /** Ends all files once `untilMs` have passed. Returns what was asked of mirrors, in order. */
    async function watch(
      mirrors: readonly Mirror[],
      { untilMs, files = 1, health = newHealth() }: { untilMs: number; files?: number; health?: Health },
      asked: (monitor: AttemptMonitor) => void = () => undefined,
    ): Promise<string[]> {
      const log: string[] = [];
      const controller = new AbortController();
      const racing = Array.from({ length: files }, () =>
        race({
          repository,
          mirrors,
          path: 'p',
          health,
          signal: controller.signal,
          emit: () => undefined,
          connectAhead: ({ url }, connections) => log.push(`${url.hostname} ${connections}`),
          attempt: (mirror, monitor, signal) => {
            log.push(mirror.url.hostname);
            asked(monitor);
            return silent(signal);
          },
        }),
      );
      await delay(untilMs);
      controller.abort(new Error('enough'));
      await Promise.allSettled(racing);
      return log;
    }

    it('if the first one is silent for half the hedge delay, once for all files', async () => {
      const ones = ['one.example', 'one.example', 'one.example'];
      expect(await watch(repository.mirrors, { untilMs: 17, files: 3 })).toEqual([...ones, 'two.example 3']);
      const later = await watch(repository.mirrors, { untilMs: 33, files: 3 });
      expect(later.slice(0, 6)).toEqual([...ones, 'two.example 3', 'two.example', 'two.example']);
      expect(later.filter((entry) => entry.startsWith('two.example '))).toHaveLength(1);
    });

    it('with at most 24 connections', async () => {
      const log = await watch(repository.mirrors, { untilMs: 17, files: 30, health: newHealth(100) });
      expect(log.at(-1)).toBe('two.example 24');
    });

    it('if a body comes piece by piece', async () => {
      const log = await watch(repository.mirrors, { untilMs: 1 }, (monitor) => {
        monitor.headers(1000);
        monitor.received(1);
      });
      expect(log).toEqual(['one.example', 'two.example 1']);
    });

    it('but not if the first one has headers, or has answered before', async () => {
      expect(await watch(repository.mirrors, { untilMs: 17 }, (monitor) => monitor.headers(1000))).toEqual(['one.example']);
      const health = newHealth();
      health.completed('https://one.example', 40, 0, 0);
      expect(await watch(repository.mirrors, { untilMs: 90, health })).toEqual(['one.example']);
    });

    it('but not one that may not be asked yet', async () => {
      const health = newHealth();
      health.failed('https://two.example', 'status', { status: 429 });
      expect(await watch(repository.mirrors.slice(0, 2), { untilMs: 100, health })).toEqual(['one.example']);
      const thirdParty = { ...repository.mirrors[1]!, lastResort: true };
      expect(await watch([repository.mirrors[0]!, thirdParty], { untilMs: 100 })).toEqual(['one.example']);
    });
  });

  it('sends canaries in addition to the budget while no response comes at all', async () => {
    const health = newHealth(100);
    while (health.mayHedge('https://one.example', health.now()));
    const { winner } = await run(health, (host, mirror, signal) =>
      host === 'one.example' ? silent(signal) : Promise.resolve(won(mirror)),
    );
    expect(winner?.value).toBe('two.example');
  });

  it('has one winner when two answer in the same turn', async () => {
    let release: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (release = resolve));
    const events: ClientEvent[] = [];
    const result = await run(
      newHealth(),
      async (host, mirror) => {
        if (host === 'two.example') release();
        await both;
        return won(mirror);
      },
      [],
      events,
    );
    expect(result.winner?.value).toBe('one.example');
    expect(result.attempts.map(({ outcome }) => outcome).sort()).toEqual(['aborted', 'ok']);
    expect(events.filter((event) => event.type === 'attempt-ended')).toHaveLength(2);
  });
});

describe('a race for a file that may not exist', () => {
  const notFound: AttemptResult<string> = { kind: 'not-found', status: 404, trusted: true };
  const silentHost = 'one.example';
  const silentOrigin = `https://${silentHost}`;

  function ask(health: Health, asked: string[], { trusted = true, sends = false } = {}): Promise<RaceResult<string>> {
    return race({
      repository,
      mirrors: health.inOrder(repository.mirrors, { probe: true }),
      path: 'p',
      health,
      signal: new AbortController().signal,
      emit: () => undefined,
      mayBeAbsent: true,
      attempt: async (mirror, monitor, signal) => {
        asked.push(mirror.url.hostname);
        if (mirror.url.hostname !== silentHost) return { ...notFound, trusted };
        if (!sends) return silent(signal);
        monitor.headers(5_000_000);
        await delay(20_000);
        return won(mirror);
      },
    });
  }

  it('ends a second after its start if a trusted mirror does not have it and another one is silent', async () => {
    const startMs = Date.now();
    const result = await ask(newHealth(), []);
    expect(Date.now() - startMs).toBe(1_000); // by the test's own clock
    expect(result.notFound.map(({ url }) => url.hostname)).toEqual(['two.example', 'three.example']);
    expect(result.failed).toMatchObject([{ outcome: 'timeout' }]);
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['not-found', 'not-found', 'timeout']);
  });

  it('goes on if the mirror sends the file', async () => {
    expect((await ask(newHealth(), [], { sends: true })).winner?.value).toBe(silentHost);
  });

  it('gives a mirror that is known to be slow twice its usual time', async () => {
    const health = newHealth();
    health.completed(silentOrigin, 3_000, 10, 1);
    const startMs = Date.now();
    await ask(health, []);
    expect(Date.now() - startMs).toBe(6_000);
  });

  it.each([true, false])('asks a mirror that is out of reach only every ten seconds (others trusted: %s)', async (trusted) => {
    const health = newHealth();
    health.failed(silentOrigin, 'timeout'); // just now, and as its first request: the circuit opens
    const asked: string[] = [];
    for (let file = 0; file < 20; file += 1) {
      const result = await ask(health, asked, { trusted });
      expect(result.failed).toMatchObject([{ outcome: 'timeout' }]);
    }
    expect(asked).not.toContain(silentHost);
    await delay(10_000);
    if (trusted) await ask(health, asked);
    else void ask(health, asked, { trusted });
    await delay(0);
    expect(asked.filter((host) => host === silentHost)).toHaveLength(1);
  });

  it('asks a mirror that is out of reach if no other one answers', async () => {
    const health = newHealth();
    health.failed(silentOrigin, 'timeout');
    const asked: string[] = [];
    const result = await race({
      repository,
      mirrors: repository.mirrors,
      path: 'p',
      health,
      signal: new AbortController().signal,
      emit: () => undefined,
      mayBeAbsent: true,
      attempt: (mirror) => {
        asked.push(mirror.url.hostname);
        return Promise.resolve(mirror.url.hostname === silentHost ? won(mirror) : failed);
      },
    });
    expect(result.winner?.value).toBe(silentHost);
  });
});

describe('health', () => {
  it('lets one request probe an origin that was outrun, once its circuit is half-open', () => {
    let clock = 1_000_000;
    const health = newHealth(8, () => clock);
    const origin = 'https://one.example';
    health.outrun(origin, clock);
    expect([health.isSuspect(origin), health.demotes(origin)]).toEqual([true, true]);
    clock += 120_000;
    expect([health.demotes(origin), health.demotes(origin)]).toEqual([false, true]);
    health.outrun(origin, clock);
    clock += 120_000;
    expect(health.demotes(origin), 'open for twice as long').toBe(true);
    clock += 120_000;
    expect(health.demotes(origin)).toBe(false);
  });

  it('keeps to the hedge budget while an origin completes anything, and lets one more canary through per delay', () => {
    let clock = 1_000_000;
    const health = newHealth(8, () => clock);
    const startedMs = clock;
    const origin = 'https://one.example';
    while (health.mayHedge(origin, startedMs));
    clock += 79;
    expect(health.mayHedge(origin, startedMs)).toBe(false);
    clock += 1; // four delays of 20 ms
    expect([health.mayHedge(origin, startedMs), health.mayHedge(origin, startedMs)]).toEqual([true, false]);
    clock += 20;
    expect(health.mayHedge(origin, startedMs)).toBe(true);
    health.completed(origin, 5, 10, 1);
    clock += 20;
    expect(health.mayHedge(origin, startedMs)).toBe(false);
  });

  it('lets one request probe a half-open circuit and sends the others elsewhere', () => {
    let clock = 1_000_000;
    const health = newHealth(8, () => clock);
    const origin = 'https://one.example';
    health.failed(origin, 'timeout');
    expect([health.demotes(origin), health.isDemoted(origin)]).toEqual([true, true]);
    clock += 120_000;
    expect([health.demotes(origin), health.demotes(origin), health.demotes(origin)]).toEqual([false, true, true]);
    health.completed(origin, 5, 10, 1);
    expect([health.demotes(origin), health.demotes(origin)]).toEqual([false, false]);
  });

  it('does not queue a request whose signal is already aborted', async () => {
    const health = newHealth(1);
    await health.acquire('o', new AbortController().signal);
    expect(await health.acquire('o', AbortSignal.abort())).toBe(false);
  });
});

describe('a mirror that was caught lying', () => {
  const [canonical, builtIn, liar] = repository.mirrors as [Mirror, Mirror, Mirror];
  const caught = { of: ({ href }: URL) => (href === liar.url.href ? [{ operator: 'o', audit: 'a', untilMs: 0, lies: 1 }] : []) };
  const runWith = async (mirrors: readonly Mirror[], attempt: (mirror: Mirror) => Promise<AttemptResult<string>>): Promise<string[]> => {
    const health = new Health({ circuits: new Circuits({ now: Date.now }), concurrency: 8, now: Date.now, unknownDelayMs: 20, caught });
    const asked: string[] = [];
    await race({
      repository,
      mirrors: health.inOrder(mirrors),
      path: 'p',
      health,
      signal: new AbortController().signal,
      emit: () => undefined,
      attempt: (mirror) => {
        asked.push(mirror.url.hostname);
        return attempt(mirror);
      },
    });
    return asked;
  };
  const all = [liar, canonical, { ...builtIn, lastResort: true }];

  it('gets no hedge while the canonical origin is only late', async () => {
    expect(
      await runWith(all, async (mirror) => {
        await delay(200);
        return won(mirror);
      }),
    ).toEqual(['one.example']);
  });

  it('is asked after the built-in last resorts, and at once if no other is left', async () => {
    expect(await runWith(all, () => Promise.resolve(failed))).toEqual(['one.example', 'two.example', 'three.example']);
    expect(await runWith([liar], (mirror) => Promise.resolve(won(mirror)))).toEqual(['three.example']);
  });

  it('is asked last also if it belongs to the canonical operator', async () => {
    const mirrors = [{ ...liar, canonical: true }, builtIn];
    expect(await runWith(mirrors, () => Promise.resolve(failed))).toEqual(['two.example', 'three.example']);
  });
});

describe('the end of a race', () => {
  it('waits for the losers and discards values that they won too late', async () => {
    const ended: string[] = [];
    const discarded: string[] = [];
    const result = await race({
      repository,
      mirrors: repository.mirrors.slice(0, 2),
      path: 'p',
      health: newHealth(),
      signal: new AbortController().signal,
      emit: () => undefined,
      attempt: async (mirror, _monitor, signal) => {
        if (mirror.url.hostname === 'one.example') {
          await silent(signal);
          await delay(10);
        }
        ended.push(mirror.url.hostname);
        return won(mirror);
      },
      discard: (value) => {
        discarded.push(value);
        return Promise.resolve();
      },
    });
    expect(result.winner?.value).toBe('two.example');
    expect([ended, discarded]).toEqual([['two.example', 'one.example'], ['one.example']]);
  });
});
