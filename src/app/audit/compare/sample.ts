/** Decides which files are read, and as whom each is asked for: the same for every machine, and not to be foreseen without the seed. */
import { createHash } from 'node:crypto';

import { toLineText } from '../../../local/sorted-lines/line-text.js';
import { classifyKey } from '../../../maven/repository-index/classify-key.js';
import type { AuditedScope, Evidence, PlanEntry, PlanHeader } from '../contract.js';

export type Agent = Exclude<Evidence['as'], 'list'>;

/** How the bytes of a file are read: not at all, as one agent, or as both. */
export type Reading = readonly Agent[];

const both: Reading = ['plain', 'audit'];

export class Sample {
  readonly #seed: number;
  readonly #newestFrom: number;
  /** One character for each byte; null if all files of that time are among the newest. */
  readonly #newestTo: string | null;
  readonly #scope: AuditedScope;

  constructor({ newestFrom, newestTo }: PlanHeader, seed: number, scope: AuditedScope) {
    this.#seed = seed;
    this.#newestFrom = newestFrom === undefined ? Number.POSITIVE_INFINITY : Date.parse(newestFrom);
    this.#newestTo = newestTo === undefined ? null : toLineText(newestTo);
    this.#scope = scope;
  }

  /** Whether the file is part of the sample. */
  has({ path, time, metadata }: PlanEntry): boolean {
    if (metadata === true) return false;
    if (time !== undefined && this.#isNew(path, Date.parse(time))) return true;
    return this.#number(path, 'sample') % 1_000_000 < this.#scope.sharePerMillion;
  }

  readingOf(entry: PlanEntry): Reading {
    if (this.has(entry)) return both;
    return this.#scope.full && entry.metadata !== true ? ['plain'] : [];
  }

  /** Returns as whom the place is asked for a path. */
  agentFor(path: string, place: string): Agent {
    return this.#number(path, place) % 2 === 0 ? 'audit' : 'plain';
  }

  #isNew(path: string, timeMs: number): boolean {
    if (timeMs !== this.#newestFrom) return timeMs > this.#newestFrom;
    return this.#newestTo === null || toLineText(path) <= this.#newestTo;
  }

  #number(path: string, purpose: string): number {
    return createHash('sha256').update(`${this.#seed}\t${purpose}\t${path}`).digest().readUInt32BE();
  }
}

export function otherAgent(agent: Agent): Agent {
  return agent === 'audit' ? 'plain' : 'audit';
}

/** Whether the file must stay as it is for ever. */
export function isImmutable(path: string): boolean {
  return !classifyKey(path).isMutable;
}
