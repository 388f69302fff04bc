/** Builds findings: their class follows from their kind. */
import { type Evidence, type Facts, type Finding, findingClasses, type FindingKind } from '../contract.js';

export interface FindingParts {
  readonly path: string;
  readonly place: string;
  readonly expected?: Facts | undefined;
  readonly found?: Facts | undefined;
  readonly evidence: readonly Evidence[];
}

export function findingOf(kind: FindingKind, { path, place, expected = {}, found = {}, evidence }: FindingParts): Finding {
  return { finding: kind, class: findingClasses[kind], path, place, expected, found, evidence };
}
