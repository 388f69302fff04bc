import { getEventListeners } from 'node:events';

import { describe, expect, it } from 'vitest';

import { linkedAbort } from '../../src/base/async/linked-abort.js';
import { OnceByKey } from '../../src/base/async/once-by-key.js';
import { Pace } from '../../src/base/async/pace.js';
import { SharedAbort } from '../../src/base/async/shared-abort.js';

describe('linkedAbort', () => {
  it('aborts with the reason of the first signal, and stops following the others', () => {
    const one = new AbortController();
    const two = new AbortController();
    const linked = linkedAbort(one.signal, undefined, two.signal);
    expect(linked.signal.aborted).toBe(false);
    two.abort('two');
    one.abort('one');
    expect(linked.signal.reason).toBe('two');
    expect(getEventListeners(one.signal, 'abort')).toEqual([]);
    expect(getEventListeners(two.signal, 'abort')).toEqual([]);
  });

  it('is aborted from the start if one of the signals is', () => {
    const live = new AbortController();
    const linked = linkedAbort(live.signal, AbortSignal.abort('before'));
    expect(linked.signal.reason).toBe('before');
    expect(getEventListeners(live.signal, 'abort')).toEqual([]);
  });

  it('can abort by itself, and leaves no listener behind', () => {
    const outer = new AbortController();
    const linked = linkedAbort(outer.signal);
    expect(getEventListeners(outer.signal, 'abort')).toHaveLength(1);
    linked.abort('alone');
    expect(linked.signal.reason).toBe('alone');
    expect(outer.signal.aborted).toBe(false);
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });

  it('does not change after its release', () => {
    const outer = new AbortController();
    const linked = linkedAbort(outer.signal);
    linked.release();
    outer.abort();
    expect(linked.signal.aborted).toBe(false);
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });
});

describe('SharedAbort', () => {
  it('aborts with the reason of the last caller, also a signal that is asked for later', async () => {
    const shared = new SharedAbort();
    const [one, two] = [new AbortController(), new AbortController()];
    const endless = new Promise<never>(() => undefined);
    const callers = [one, two].map(({ signal }) => shared.follow(endless, signal).catch(() => undefined));
    one.abort(new Error('one'));
    await callers[0];
    expect(shared.isAborted).toBe(false);
    two.abort(new Error('two'));
    await callers[1];
    expect(shared.isAborted).toBe(true);
    expect(shared.signal.reason).toEqual(new Error('two'));
  });

  it('aborts a signal that was asked for before, and none after the end of the work', async () => {
    const shared = new SharedAbort();
    const { signal } = shared;
    const caller = new AbortController();
    await shared.follow(Promise.resolve(), caller.signal);
    caller.abort(new Error('too late'));
    expect(signal.aborted).toBe(false);
    await shared.follow(new Promise(() => undefined), caller.signal).catch(() => undefined);
    expect(signal.reason).toEqual(new Error('too late'));
  });
});

describe('OnceByKey', () => {
  it('does the work once per key', async () => {
    const once = new OnceByKey<string, number>();
    let made = 0;
    const create = (): Promise<number> => Promise.resolve(++made);
    const answers = await Promise.all([once.get('a', create), once.get('a', create), once.get('b', create)]);
    expect(answers).toEqual([1, 1, 2]);
    expect(once.size).toBe(2);
    once.forget('a');
    expect(once.has('a')).toBe(false);
    expect(await once.get('a', create)).toBe(3);
  });

  it('tries again after a failure, even if no caller awaits it', async () => {
    const once = new OnceByKey<string, number>();
    void once.get('a', () => Promise.reject(new Error('first')));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await once.get('a', () => Promise.resolve(1))).toBe(1);
  });

  it('keeps failures on request', async () => {
    const once = new OnceByKey<string, number>({ keepFailures: true });
    await expect(once.get('a', () => Promise.reject(new Error('first')))).rejects.toThrow('first');
    await expect(once.get('a', () => Promise.resolve(1))).rejects.toThrow('first');
  });
});

describe('Pace', () => {
  it('lets a timer fire during a long loop, and ends the loop with its signal', async () => {
    const pace = new Pace(AbortSignal.timeout(20));
    let steps = 0;
    const loop = async (): Promise<void> => {
      for (;;) {
        steps++;
        const pause = pace.step();
        if (pause !== null) await pause;
      }
    };
    await expect(loop()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(steps).toBeGreaterThan(1000);
  });

  it('creates no promise before it is due', () => {
    const pace = new Pace(undefined);
    const promises = Array.from({ length: 1000 }, () => pace.step()).filter((pause) => pause !== null);
    expect(promises).toEqual([]);
  });
});
