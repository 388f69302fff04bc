import { isClojarsFetchError } from '../../base/error.js';
import { resolveFile } from '../artifact/resolve-file.js';
import type { Context } from '../context.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';
import type { PomCheck } from './pom-check.js';

/**
 * Resolves a POM. A mirror whose POM is broken or another artifact's loses to the next one; if every mirror serves the same broken file, it
 * is the published one, and is accepted: some published POMs are broken.
 *
 * @throws ClojarsFetchError as resolveFile
 */
export async function resolvePom(context: Context, wanted: WantedFile, check: PomCheck): Promise<ResolvedFile> {
  try {
    return await resolveFile(context, { ...wanted, check: check.check });
  } catch (error) {
    if (context.run.signal.aborted || !isClojarsFetchError(error)) throw error;
    const isAnswered = error.code === 'ERR_OFFLINE' || (error.code === 'ERR_NOT_FOUND' && error.reason === 'absent');
    if (isAnswered || (!check.hasRefused && error.reason !== 'not-maven')) throw error;
    return resolveFile(context, { ...wanted, mayBePage: true });
  }
}
