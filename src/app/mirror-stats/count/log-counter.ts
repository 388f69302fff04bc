/** Counts the downloads of logs, line by line. */
import { agentOf } from '../lines/agent.js';
import { slash } from '../lines/bytes.js';
import { longestPath, writeDownload } from '../lines/download-path.js';
import { FormatFinder, type LogFormat } from '../lines/find-format.js';
import type { JsonFields } from '../lines/json-line.js';
import { LineCutter } from '../lines/line-cutter.js';
import { LogLine } from '../lines/log-line.js';
import type { SpillingCounts } from './spilling-counts.js';
import type { Weight } from './weigh.js';

/** Which requests count. */
export interface CountRules {
  /** Count only this day, in days since 1970; null counts all. */
  readonly day: number | null;
  readonly weight: Weight;
  /** Whether a request for a part of a file counts. */
  readonly countsRanges: boolean;
  /** Requests of agents with one of these texts, in lower case, do not count. */
  readonly excludedAgents: readonly string[];
  /** The fields of lines in JSON. */
  readonly fields: JsonFields;
}

/** The lines of one log. */
export interface ReadLog {
  /** Lines that are not empty. */
  readonly lines: number;
  /** Those of them that have a known form. */
  readonly understood: number;
  /** The forms, in the order of their first lines. */
  readonly formats: readonly LogFormat[];
}

/** Longer addresses are cut. */
const longestAddress = 64;

/** Decoding can make three bytes of one. */
const room = 3 * (2 * longestPath + longestAddress) + 8;

/** Answers that are remembered for agents, which are few in most logs. */
const mostAgents = 10_000;

export class LogCounter {
  /** The days of what was counted. */
  readonly days = new Set<number>();
  readonly #counts: SpillingCounts;
  readonly #rules: CountRules;
  readonly #finder: FormatFinder;
  readonly #line = new LogLine();
  readonly #cutter = new LineCutter((bytes, start, end) => this.#count(bytes, start, end));
  readonly #agents = new Map<string, boolean>();
  #lines = 0;
  #understood = 0;
  #lastDay = -1;

  /** @param counts take what is counted */
  constructor(counts: SpillingCounts, rules: CountRules) {
    this.#counts = counts;
    this.#rules = rules;
    this.#finder = new FormatFinder(rules.fields);
  }

  add(piece: Buffer): void {
    this.#cutter.add(piece);
  }

  /** Ends the last line, and says what was read, and whether the last line was understood. */
  end(): ReadLog & { readonly isLastUnderstood: boolean } {
    const failed = this.#lines - this.#understood;
    this.#cutter.end();
    const isLastUnderstood = this.#lines - this.#understood === failed;
    // The beginning of a line that is still being written says nothing about the form.
    if (!isLastUnderstood && this.#understood > 0) this.#lines -= 1;
    return { lines: this.#lines, understood: this.#understood, formats: [...this.#finder.found], isLastUnderstood };
  }

  #count(bytes: Buffer, start: number, end: number): void {
    this.#lines += 1;
    const line = this.#line;
    if (!this.#finder.parse(bytes, start, end, line)) return;
    this.#understood += 1;
    if (!line.isGet || !this.#isDelivery(line.status)) return;
    const { day, excludedAgents } = this.#rules;
    if (day !== null && line.day !== day) return;
    const target = this.#counts.reserve(room);
    const textStart = this.#counts.textStart;
    const versionEnd = writeDownload(line.pathBytes, line.pathStart, line.pathEnd, target, textStart);
    if (versionEnd === -1 || (excludedAgents.length > 0 && this.#isExcluded(line))) return;
    const textEnd = this.#writeClient(line, target, versionEnd);
    this.#counts.add(line.day, textEnd, line.status === 200 ? 1 : 0);
    if (line.day !== this.#lastDay) this.days.add((this.#lastDay = line.day));
  }

  #isDelivery(status: number): boolean {
    return status === 200 || (status === 206 && this.#rules.countsRanges);
  }

  /** Adds the client to the key, and the file, if they decide how often it counts. */
  #writeClient({ bytes, addressStart, addressEnd, pathBytes, pathEnd }: LogLine, target: Uint8Array, at: number): number {
    if (this.#rules.weight === 'each') return at;
    const address = bytes.subarray(addressStart, Math.min(addressEnd, addressStart + longestAddress));
    target[at] = slash;
    target.set(address, at + 1);
    const end = at + 1 + address.length;
    if (this.#rules.weight === 'client') return end;
    const file = pathBytes.subarray(pathBytes.lastIndexOf(slash, pathEnd - 1), pathEnd);
    target.set(file, end);
    return end + file.length;
  }

  #isExcluded(line: LogLine): boolean {
    const agent = agentOf(line);
    const known = this.#agents.get(agent);
    if (known !== undefined) return known;
    const isExcluded = this.#rules.excludedAgents.some((text) => agent.includes(text));
    if (this.#agents.size >= mostAgents) this.#agents.clear();
    this.#agents.set(agent, isExcluded);
    return isExcluded;
  }
}
