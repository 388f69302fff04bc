/** A gate: the tasks that are needed go first, the others fill what is left. */
import { setImmediate as turn } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { Foresight } from '../../src/base/async/foresight.js';
import { Gate } from '../../src/base/async/gate.js';
import { createChance } from '../support/chance.js';

const { signal } = new AbortController();

/** Tasks by name, in the order in which they entered. */
class Tasks {
  readonly entered: string[] = [];
  readonly #gate: Gate;
  readonly #leave = new Map<string, () => void>();

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  get running(): readonly string[] {
    return [...this.#leave.keys()];
  }

  async begin(name: string, foresight?: Foresight, own = signal): Promise<void> {
    void this.#gate.enter(own, foresight).then(
      (leave) => {
        this.entered.push(name);
        this.#leave.set(name, leave);
      },
      () => undefined,
    );
    await turn();
  }

  async end(name: string): Promise<void> {
    this.#leave.get(name)?.();
    this.#leave.delete(name);
    await turn();
  }
}

describe('Gate', () => {
  it('lets tasks ahead of time fill all places but those kept free, and lets them wait behind the others', async () => {
    const tasks = new Tasks(new Gate(3, 2));
    for (const name of ['a1', 'a2', 'a3', 'a4']) await tasks.begin(name, new Foresight());
    expect(tasks.running).toEqual(['a1', 'a2']);
    for (const name of ['t1', 't2']) await tasks.begin(name);
    expect(tasks.running).toEqual(['a1', 'a2', 't1']);
    await tasks.end('a1');
    expect(tasks.running).toEqual(['a2', 't1', 't2']);
    await tasks.end('a2');
    expect(tasks.running).toEqual(['t1', 't2']);
    await tasks.end('t1');
    await tasks.end('t2');
    expect(tasks.running).toEqual(['a3', 'a4']);
  });

  it('moves a waiting task forward once it is needed', async () => {
    const tasks = new Tasks(new Gate(2, 1));
    const foresights = [new Foresight(), new Foresight(), new Foresight()];
    for (const [index, foresight] of foresights.entries()) await tasks.begin(`a${index}`, foresight);
    expect(tasks.running).toEqual(['a0']);
    foresights[2]?.need();
    await turn();
    expect(tasks.running).toEqual(['a0', 'a2']);
    foresights[1]?.need();
    await tasks.begin('t');
    await tasks.end('a0');
    expect(tasks.running).toEqual(['a2', 'a1']);
    await tasks.end('a1');
    expect(tasks.running).toEqual(['a2', 't']);
  });

  it('takes a task that was needed before it came like any other', async () => {
    const tasks = new Tasks(new Gate(1, 0));
    const foresight = new Foresight();
    foresight.need();
    await tasks.begin('a', foresight);
    expect(tasks.running).toEqual(['a']);
  });

  it('passes the place on if the signal aborted meanwhile', async () => {
    const tasks = new Tasks(new Gate(1));
    const controller = new AbortController();
    await tasks.begin('first');
    await tasks.begin('gone', new Foresight(), controller.signal);
    await tasks.begin('next', new Foresight());
    controller.abort();
    await tasks.end('first');
    expect(tasks.running).toEqual(['next']);
  });

  it.for([1, 2, 3, 4, 5, 6, 7, 8])('never exceeds its limits, and lets every task in at last (seed %i)', async (seed) => {
    const chance = createChance(seed);
    const tasks = new Tasks(new Gate(4, 2));
    const foresights: Foresight[] = [];
    let begun = 0;
    for (let step = 0; step < 200; step += 1) {
      if (chance.happens(0.3)) await tasks.begin(`t${begun++}`);
      else if (chance.happens(0.5)) {
        const foresight = new Foresight();
        foresights.push(foresight);
        await tasks.begin(`a${begun++}`, foresight);
      } else if (chance.happens(0.2) && foresights.length > 0) chance.pick(foresights).need();
      else if (tasks.running.length > 0) await tasks.end(chance.pick(tasks.running));
      expect(tasks.running.length).toBeLessThanOrEqual(4);
    }
    while (tasks.running.length > 0) await tasks.end(chance.pick(tasks.running));
    expect(tasks.entered).toHaveLength(begun);
  });
});
