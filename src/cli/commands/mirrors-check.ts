/** `mirrors check`: asks each mirror for samples, or holds one candidate against the conditions of admission. */
import { admitMirror, type CheckedMirror, checkMirrors, type MirrorProblemKind } from '../../mirror.js';
import { clientOptions } from '../options/client-options.js';
import { type ExitCode, exitCodes } from '../output/exit-code.js';
import { admissionDocument, mirrorsCheckDocument } from '../output/mirror-json.js';
import type { Output } from '../output/output.js';
import { showText } from '../output/render.js';
import { formatAdmission, formatMirrorsCheck } from '../output/render-mirrors-check.js';
import type { Command } from './command.js';

export const mirrorsCheckCommand: Command = async ({ given, output, signal }) => {
  const { admit, history, seed, releaseFeed, audit } = given;
  const options = { ...clientOptions(given, { signal, onEvent: output.onEvent }), history, seed, releaseFeed, audit };
  if (admit !== undefined) {
    const admission = await admitMirror(admit, options);
    warn(output, admission.warnings);
    output.result(formatAdmission(admission, output.style), admissionDocument(admission, output.warnings));
    return admission.admitted ? exitCodes.done : exitCodes.verification;
  }
  const check = await checkMirrors(options);
  warn(output, check.warnings);
  output.result(formatMirrorsCheck(check, output.style), mirrorsCheckDocument(check, output.warnings));
  return exitCodeOf(check.mirrors);
};

function warn(output: Output, warnings: readonly string[]): void {
  for (const warning of warnings.map((text) => showText(text))) output.warn(warning);
}

const otherFiles: ReadonlySet<MirrorProblemKind> = new Set(['wrong-file', 'wrong-checksum']);

/** A mirror that is slow, stale or down is an answer, not a failure: the others take over. */
function exitCodeOf(mirrors: readonly CheckedMirror[]): ExitCode {
  if (mirrors.some(({ problems }) => problems.some(({ kind }) => otherFiles.has(kind)))) return exitCodes.verification;
  return mirrors.every(({ verdict }) => verdict === 'unreachable') ? exitCodes.unreachable : exitCodes.done;
}
