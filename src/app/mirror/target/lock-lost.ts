/** The error of a sync that lost its lock. */
import { ClojarsFetchError } from '../../../base/error.js';

/** @param target its name */
export function lockLost(target: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'locked',
    message: `${target}: this sync was stopped for so long that another one has taken over the target`,
    hint: 'Nothing is lost: the other one goes on with what was published. Run this one again after it.',
    path: target,
  });
}
