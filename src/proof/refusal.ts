/** Makes the verdict of a refused file. */
import type { ChecksumAlgorithm } from './checksum/claim.js';
import type { Refused } from './evidence.js';

export function refused(
  code: Refused['code'],
  reason: Refused['reason'],
  message: string,
  more: Omit<Refused, 'ok' | 'code' | 'reason' | 'message'> = {},
): Refused {
  return { ok: false, code, reason, message, ...more };
}

/** The two checksums of a refusal, for programs. */
export function expectedAndActual(
  algorithm: ChecksumAlgorithm,
  expected: string,
  actual: string | undefined,
): Pick<Refused, 'expected' | 'actual'> {
  return { expected: `${algorithm} ${expected}`, actual: actual === undefined ? undefined : `${algorithm} ${actual}` };
}
