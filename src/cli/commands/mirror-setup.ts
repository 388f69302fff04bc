/** `mirror setup`: writes the files that a mirror needs, or shows how they would change. */
import { type MirrorSetupFile, type MirrorSetupOptions, planMirrorSetup, writeMirrorSetup } from '../../mirror.js';
import type { Arguments } from '../options/parse.js';
import { usageError } from '../options/usage-error.js';
import { exitCodes } from '../output/exit-code.js';
import { setupFilesDocument } from '../output/mirror-json.js';
import { showText } from '../output/render.js';
import type { Command } from './command.js';

export const mirrorSetupCommand: Command = async ({ given, output }) => {
  const [word] = given.words;
  if (word !== undefined)
    throw usageError(
      `'mirror setup' takes no further words, got '${showText(word)}'`,
      'The values are options, or come from a file with --values.',
    );
  const options = setupOptions(given);
  const files = given.diff ? planMirrorSetup(options) : await writeMirrorSetup(options);
  output.result(given.diff ? formatDiffs(files) : formatWritten(files), setupFilesDocument(files, !given.diff, output.warnings));
  return exitCodes.done;
};

function setupOptions({ domain, contact, to, from, user, certificate, certificateKey, bucket, ...rest }: Arguments): MirrorSetupOptions {
  const { output, valuesFile, force, groups, since, noSnapshots, latest, metadataForm } = rest;
  return {
    domain,
    contact,
    to,
    from,
    user,
    certificate,
    certificateKey,
    bucket,
    groups: groups.length === 0 ? undefined : groups,
    since,
    snapshots: noSnapshots ? false : undefined,
    latest,
    metadata: metadataForm,
    output,
    valuesFile,
    force,
  };
}

function formatWritten(files: readonly MirrorSetupFile[]): string {
  return files.map(({ path, state }) => `${state === 'same' ? 'unchanged' : 'written'}  ${showText(path)}\n`).join('');
}

function formatDiffs(files: readonly MirrorSetupFile[]): string {
  const changed = files.filter(({ state }) => state !== 'same');
  if (changed.length === 0) return 'all files are as they would be written\n';
  return changed.map(({ path, diff }) => [`${showText(path)}:`, ...diff.map(showText), ''].join('\n')).join('\n');
}
