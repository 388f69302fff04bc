import type { Ownertrust } from '../certificate/certificate-source.js';
import type { KeyValidity } from './validity.js';
import type { WebIndex } from './web-of-trust-index.js';
import type { KeyState, WebLimits } from './web-of-trust-rounds.js';

export interface ExplainInput {
  readonly state: KeyState;
  readonly states: ReadonlyMap<string, KeyState>;
  readonly index: WebIndex;
  readonly ownertrust: ReadonlyMap<string, Ownertrust>;
  readonly limits: WebLimits;
  readonly atMs: number;
  readonly validity: KeyValidity;
}
