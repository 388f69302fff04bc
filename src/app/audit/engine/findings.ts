/** Collects what is found about the files of one place, and knows how it is asked. */
import type { Allowance } from '../compare/age.js';
import { findingOf } from '../compare/finding.js';
import type { Sample } from '../compare/sample.js';
import type { Evidence, Facts, Finding, FindingKind } from '../contract.js';
import type { EarlierFiles } from '../earlier/earlier-files.js';
import type { OriginAnswers } from './origin-answers.js';
import type { PlaceClient } from './place-client.js';

export interface PlaceContext {
  readonly name: string;
  readonly client: PlaceClient;
  readonly origin: OriginAnswers;
  readonly sample: Sample;
  readonly allowance: Allowance;
  readonly earlier: EarlierFiles;
}

/** Collects what is found about one line of the plan. */
export class Findings {
  readonly #context: Pick<PlaceContext, 'name' | 'allowance'>;
  readonly #found = new Map<string, Finding>();
  /** The age of the oldest thing that is not there yet. */
  lagMs: number | null = null;

  constructor(context: Pick<PlaceContext, 'name' | 'allowance'>) {
    this.#context = context;
  }

  get list(): readonly Finding[] {
    return [...this.#found.values()];
  }

  /** Whether something was asked and not answered. */
  get isUnknown(): boolean {
    return this.list.some(({ finding }) => finding === 'unknown');
  }

  add(kind: FindingKind, path: string, evidence: readonly Evidence[], expected?: Facts, found?: Facts): void {
    const key = `${kind} ${path}`;
    if (!this.#found.has(key)) this.#found.set(key, findingOf(kind, { path, place: this.#context.name, expected, found, evidence }));
  }

  unknown(path: string, evidence: Evidence): void {
    this.add('unknown', path, [evidence]);
  }

  /** Adds something that is not there, or not yet. @param time when it came to the origin */
  lacks(
    kind: FindingKind,
    path: string,
    time: string | undefined,
    evidence: readonly Evidence[],
    facts: { readonly expected: Facts; readonly found: Facts },
  ): void {
    const { allowance } = this.#context;
    if (!allowance.isYoung(time)) return this.add(kind, path, evidence, facts.expected, facts.found);
    this.lagMs = Math.max(this.lagMs ?? 0, allowance.ageMs(time) ?? 0);
    this.add('lag', path, evidence, facts.expected, facts.found);
  }
}
