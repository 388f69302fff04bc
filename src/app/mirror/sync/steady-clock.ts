/**
 * The time by which a sync waits before it deletes, if its source tells no time: rsync and folders. It advances by the time for which the
 * machine is known to have run, and by no more than its clock does. So a clock that jumps forwards cannot hurry a deletion; one that is set
 * back, and a machine that was off, only put it off.
 */
import { existsSync, rmSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { createStateFile } from '../../../base/disk/state-file.js';

/** The clocks of the machine at one moment, in milliseconds. */
export interface MachineTime {
  /** Since 1970, by its clock. */
  readonly wallMs: number;
  /** Since its start; null if it does not tell. */
  readonly uptimeMs: number | null;
}

export interface SteadyTime extends MachineTime {
  /** Since 1970, of the steady clock. */
  readonly steadyMs: number;
}

/** Returns the steady time now. @param earlier that of the last sync; null if it is not known */
export function advance(earlier: SteadyTime | null, { wallMs, uptimeMs }: MachineTime): SteadyTime {
  if (earlier === null) return { wallMs, uptimeMs, steadyMs: wallMs };
  const passedMs = Math.min(ranFor(earlier.uptimeMs, uptimeMs), Math.max(0, wallMs - earlier.wallMs));
  return { wallMs, uptimeMs, steadyMs: earlier.steadyMs + passedMs };
}

/** At least so much time has passed: a machine that was started again since then has run for all of its present uptime. */
function ranFor(earlierMs: number | null, nowMs: number | null): number {
  if (earlierMs === null || nowMs === null) return Infinity;
  return nowMs >= earlierMs ? nowMs - earlierMs : nowMs;
}

export interface ClockReading {
  readonly time: SteadyTime;
  /** Whether it does not go on from that of an earlier sync, and so cannot be compared with recorded times. */
  readonly isNew: boolean;
  /** By how much the clock of the machine is behind the last sync. */
  readonly setBackMs: number;
}

/** The clock of one target. */
export class SteadyClock {
  readonly #file: string;
  readonly #state: ReturnType<typeof createStateFile<SteadyTime>>;

  /** @param folder the target's own, absolute */
  constructor(folder: string) {
    this.#file = join(folder, 'clock');
    this.#state = createStateFile(this.#file, parseSteadyTime);
  }

  /** Whether the last sync went by it. */
  get exists(): boolean {
    return existsSync(this.#file);
  }

  /** Returns the time now. */
  async read(): Promise<ClockReading> {
    const earlier = await this.#state.read();
    const time = advance(earlier, machineTime());
    return { time, isNew: earlier === null, setBackMs: Math.max(0, (earlier?.wallMs ?? 0) - time.wallMs) };
  }

  async write(time: SteadyTime): Promise<void> {
    await this.#state.write(time);
  }

  /** Removes the file, so that the time starts again. @throws {ClojarsFetchError} `ERR_LOCAL_REPOSITORY` */
  forget(): void {
    try {
      rmSync(this.#file, { force: true });
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }
}

function machineTime(): MachineTime {
  const wallMs = Date.now();
  try {
    return { wallMs, uptimeMs: Math.trunc(uptime() * 1000) };
  } catch {
    // Some sandboxes forbid it.
    return { wallMs, uptimeMs: null };
  }
}

function parseSteadyTime(value: unknown): SteadyTime | null {
  if (typeof value !== 'object' || value === null) return null;
  const { wallMs, uptimeMs, steadyMs }: Partial<Record<keyof SteadyTime, unknown>> = value;
  if (!isTime(wallMs) || !isTime(steadyMs) || (uptimeMs !== null && !isTime(uptimeMs))) return null;
  return { wallMs, uptimeMs, steadyMs };
}

/** Within the dates that JavaScript knows. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 8.64e15;
}
