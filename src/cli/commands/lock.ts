/** `lock`: writes what a project or roots resolve to into the lockfile; with `--check`, compares the two. */
import { formatCoordinate } from '../../index.js';
import { isBuildFile } from '../../project.js';
import { checkLock, lock, type LockOptions, type LockTarget, writeChecksumFiles, writeVerificationMetadata } from '../../trust.js';
import { clientOptions } from '../options/client-options.js';
import type { Arguments } from '../options/parse.js';
import { splitCoordinates } from '../options/split-coordinates.js';
import { exitCodes } from '../output/exit-code.js';
import { lockCheckDocument, lockDocument } from '../output/json.js';
import { showText } from '../output/render.js';
import { formatLockCheck, formatLocking, formatLockLevels, formatLockSummary } from '../output/render-lock.js';
import { attachmentsOf, type Command } from './command.js';

export const lockCommand: Command = async ({ given, output, signal }) => {
  const options: LockOptions = {
    ...clientOptions(given, { signal, onEvent: output.onEvent }),
    profiles: given.profiles,
    aliases: given.aliases,
    plugins: !given.noPlugins,
    attachments: attachmentsOf(given),
    scopes: given.scopes,
    conflicts: given.conflicts,
  };
  const target = targetOf(given);
  if (given.check) {
    const check = await checkLock(target, options);
    output.result(formatLockCheck(check), lockCheckDocument(check, output.warnings));
    for (const line of formatLockLevels(check)) output.note(line);
    return check.differences.length === 0 ? exitCodes.done : exitCodes.verification;
  }
  const report = await lock(target, { ...options, update: given.update });
  const checksums = given.writeChecksums === undefined ? null : await writeChecksumFiles(report, given.writeChecksums, given.format);
  for (const path of checksums?.without ?? []) output.note(showText(`${path} is in no checksum file, because its repository is not known`));
  const metadata =
    given.writeVerificationMetadata === undefined ? null : await writeVerificationMetadata(report, given.writeVerificationMetadata);
  const versions = report.lockfile.versions.map(({ requested, chosen }) => ({ requested: formatCoordinate(requested), chosen }));
  output.note(formatLockSummary(report));
  output.result(
    formatLocking(report, checksums?.files ?? [], metadata),
    lockDocument(report, versions, checksums?.files ?? [], metadata, output.warnings),
  );
  return exitCodes.done;
};

/** A single word that names a build file or a folder is the project; anything else is coordinates. */
function targetOf({ words }: Arguments): LockTarget {
  const [first = '.', second] = words;
  const isFolder = /^\.{0,2}(?:[/\\]|$)/.test(first) || /^[a-z]:[/\\]/i.test(first) || /[/\\]$/.test(first);
  if (second === undefined && (isFolder || isBuildFile(first))) return { project: first };
  return { roots: splitCoordinates(words) };
}
