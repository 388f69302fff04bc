/** `verify`: verifies local files again; prints a table or a document, and writes a page. */
import { statSync } from 'node:fs';

import { checkPageFile, formatVerifyPage, verifyFiles, type VerifyTarget, writeVerifyPage } from '../../trust.js';
import { clientOptions } from '../options/client-options.js';
import type { Arguments } from '../options/parse.js';
import { splitCoordinates } from '../options/split-coordinates.js';
import { usageError } from '../options/usage-error.js';
import { exitCodes } from '../output/exit-code.js';
import { verifyDocument } from '../output/json.js';
import { showText } from '../output/render.js';
import { formatVerifyReport, formatVerifySummary } from '../output/render-verify.js';
import type { Command } from './command.js';

export const verifyCommand: Command = async ({ given, output, signal }) => {
  const targets = targetsOf(given);
  if (given.html !== undefined) await checkPageFile(given.html);
  const report = await verifyFiles(targets, {
    ...clientOptions(given, { signal, onEvent: output.onEvent }),
    onProgress: ({ checked, found, path }) => output.progress(`${checked} of ${found} checked  ${path.slice(path.lastIndexOf('/') + 1)}`),
  });
  const warnings = [...output.warnings, ...report.warnings];
  for (const warning of report.warnings) output.warn(warning);
  if (given.html !== undefined) {
    const page = await writeVerifyPage(given.html, formatVerifyPage({ ...report, warnings }, new Date()));
    output.note(`the page is ${showText(page)}`);
  }
  output.note(formatVerifySummary(report));
  output.result(formatVerifyReport(report, output.style), verifyDocument(report, warnings));
  return report.files.some(({ status }) => status === 'failed') ? exitCodes.verification : exitCodes.done;
};

function targetsOf(given: Arguments): readonly VerifyTarget[] {
  const targets: VerifyTarget[] = [];
  let run: string[] = [];
  for (const word of given.words) {
    if (!isFile(word)) run.push(word);
    else {
      targets.push(...splitCoordinates(run), { file: word });
      run = [];
    }
  }
  targets.push(...splitCoordinates(run));
  if (targets.length > 0) return targets;
  if (given.lockfile !== undefined && !given.wholeLocalRepository) return [{ lockfile: given.lockfile }];
  if (given.localRepository !== undefined || given.wholeLocalRepository) return [{ localRepository: true }];
  throw usageError(
    "'verify' needs something to verify",
    "Give a coordinate ('clojars-fetch verify hiccup/hiccup 1.0.5'), a file with its .asc next to it, --lockfile FILE, or --local-repo for the whole local repository.",
  );
}

/** A word such as `1.0.jar` is a file if it exists, and otherwise a version of the word before it. */
function isFile(word: string): boolean {
  try {
    return statSync(word).isFile();
  } catch {
    return false;
  }
}
