/** Compares a file with its pin, and makes the proof that follows. */
import type { Pin } from './evidence.js';
import type { Proof } from './proof.js';

/** Whether the pin allows a digest that was computed with the pin's algorithm. */
export function fitsPin({ value, alternatives = [] }: Pick<Pin, 'value' | 'alternatives'>, digest: string | undefined): boolean {
  return digest !== undefined && (digest === value.toLowerCase() || alternatives.includes(digest));
}

/** Makes the proof that a fitting pin gives. It keeps the level at locking, so that a pin does not hide a weak start. */
export function proofOfPin({ algorithm, lockedLevel }: Pin): Proof {
  return { level: 'pinned', algorithm, lockedLevel: lockedLevel ?? null };
}
