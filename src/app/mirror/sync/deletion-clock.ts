/** The time by which files that the source lacks wait until they are deleted. The clock of this machine alone must not decide. */
import type { MirrorSource } from '../source/source.js';
import type { DeletionFiles } from './deletions.js';
import { SteadyClock, type SteadyTime } from './steady-clock.js';

export interface DeletionTime extends Pick<DeletionFiles, 'startsOver'> {
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The clock of the source, or, if it has none, the steady clock of the target. */
export class DeletionClock {
  readonly #source: MirrorSource;
  readonly #steady: SteadyClock;
  readonly #warnings: string[] = [];
  #time: Promise<DeletionTime> | null = null;
  #reached: SteadyTime | null = null;

  /** @param folder the target's own, absolute */
  constructor(source: MirrorSource, folder: string) {
    this.#source = source;
    this.#steady = new SteadyClock(folder);
  }

  /** For the report. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Returns the same time in the whole sync. */
  time(): Promise<DeletionTime> {
    return (this.#time ??= this.#source.isTimeless === true ? this.#steadyTime() : this.#sourceTime());
  }

  /**
   * Goes on from here in the next sync. Must be called after the tombstones are written: until then, the state of the steady clock tells of
   * which clock the earlier ones are.
   */
  async keep(): Promise<void> {
    if (this.#reached === null) this.#steady.forget();
    else await this.#steady.write(this.#reached);
  }

  /** The steady clock is behind by the time for which this machine was off: times of it would seem to be so much longer ago. */
  async #sourceTime(): Promise<DeletionTime> {
    return { now: this.#source.now(), startsOver: this.#steady.exists };
  }

  async #steadyTime(): Promise<DeletionTime> {
    const { time, isNew, setBackMs } = await this.#steady.read();
    this.#reached = time;
    if (setBackMs > 0) this.#warnings.push(setBack(setBackMs));
    return { now: time.steadyMs, startsOver: isNew };
  }
}

function setBack(ms: number): string {
  return `the clock of this machine is ${Math.ceil(ms / 1000)} s behind the last sync: files that the source lacks are deleted later`;
}
