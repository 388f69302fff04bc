import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, it } from 'vitest';

import { Queue } from '../../src/base/async/queue.js';
import { createChance } from '../support/chance.js';

describe('Queue', () => {
  it('gives things back in the order in which they came', () => {
    const chance = createChance(20261130);
    const [queue, list] = [new Queue<number>(), [] as number[]];
    for (let number = 0; number < 5_000; number += 1) {
      if (chance.below(2) === 0) {
        queue.push(number);
        list.push(number);
      } else expect(queue.shift()).toBe(list.shift());
    }
    for (const number of list) expect(queue.shift()).toBe(number);
    expect(queue.shift()).toBeUndefined();
  });

  it('keeps nothing of what was taken while something always waits', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const queue = new Queue<object>();
    const taken: WeakRef<object>[] = [];
    queue.push({});
    for (let number = 0; number < 1_000; number += 1) {
      queue.push({ number });
      const first = queue.shift();
      if (first !== undefined) taken.push(new WeakRef(first));
    }
    await turn();
    collect();
    // The last one may still be on the stack.
    expect(taken.filter((one) => one.deref() !== undefined).length).toBeLessThanOrEqual(1);
    expect(queue.shift()).toEqual({ number: 999 });
  });
});
