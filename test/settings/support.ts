import { isClojarsFetchError } from '../../src/base/error.js';

export interface Thrown {
  readonly code: string;
  readonly reason: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly setting: string | undefined;
}

/** The error thrown by the action, which must be one of this package. */
export async function thrownBy(action: () => unknown): Promise<Thrown> {
  try {
    await action();
  } catch (error) {
    if (!isClojarsFetchError(error)) throw error;
    return { code: error.code, reason: error.reason, message: error.message, hint: error.hint, setting: error.setting };
  }
  throw new Error('nothing was thrown');
}
