import { createHash } from 'node:crypto';

import { formatKeys } from '../../../src/proof/note/note-key.js';

/** Name of two keys with the same ID: the seeds are the first of a sequence that collide. */
export const collidingName = 'audits.example';
export const collidingKeys = [13_049, 61_078].map((index) =>
  formatKeys(collidingName, createHash('sha256').update(`colliding ${index}`).digest()),
);
