/** Formats the text of `lock`. Names come from POMs and the lockfile, so each line is escaped. */
import type { ChecksumFile, LockCheck, LockDifference, Lockfile, LockReport, VerificationMetadataFile } from '../../trust.js';
import { counted } from './counted.js';
import { showText } from './render.js';

/** Lists what changed in the lockfile, then the files that were written. */
export function formatLocking(
  { file, written, differences }: LockReport,
  checksums: readonly ChecksumFile[],
  metadata: VerificationMetadataFile | null,
): string {
  const marks = { missing: '+', extra: '-', changed: '!', stale: '!' } as const;
  const lines = differences.map(({ kind, subject, detail, signer }) =>
    kind === 'missing' || kind === 'extra' ? `${marks[kind]} ${subject}${signedBy(signer)}` : `${marks[kind]} ${subject} ${detail}`,
  );
  const files = checksums.map(({ file: written, locked }) => `${written} (${counted(locked, 'checksum')})`);
  if (metadata !== null) files.push(`${metadata.file} (${counted(metadata.locked, 'checksum')}, ${counted(metadata.newKeys, 'new key')})`);
  return [...lines, `${file}${written ? '' : ' (unchanged)'}`, ...files].map((line) => `${showText(line)}\n`).join('');
}

/** Names the signer of a file, so that a change stands out next to the line of the previous release. */
function signedBy(signer: LockDifference['signer']): string {
  if (signer === undefined || signer === null) return '';
  return signer.counts ? ` signed by ${signer.key}` : ` signed by ${signer.key}, which does not count`;
}

/** Summarizes the lockfile in one line for stderr: how many files, and how well they were proven. */
export function formatLockSummary({ lockfile }: LockReport): string {
  const { files, versions, absent } = lockfile;
  const chosen = versions.length === 0 ? '' : `, ${counted(versions.length, 'version')} chosen`;
  const without = absent.length === 0 ? '' : `, ${counted(absent.length, 'file')} that no repository has`;
  const levels = Object.entries(countLevels(lockfile))
    .map(([level, number]) => `${number} ${level}`)
    .join(', ');
  return showText(`${counted(files.length, 'file')} locked${chosen}${without}; proven when they were locked: ${levels || 'nothing'}`);
}

/** Counts the files that were locked at each level, strongest first. */
export function countLevels({ files }: Lockfile): Readonly<Record<string, number>> {
  const order = ['pinned', 'signed', 'quorum', 'origin', 'transport', 'local', 'none'];
  const counts = order.map((level): readonly [string, number] => [level, files.filter((file) => file.level === level).length]);
  return Object.fromEntries(counts.filter(([, number]) => number > 0));
}

/** Lists the differences by kind and what to do about them, or says that there are none. */
export function formatLockCheck({ file, differences }: LockCheck): string {
  if (differences.length === 0) return `${showText(file)} is right\n`;
  const titles: Readonly<Record<LockDifference['kind'], string>> = {
    stale: 'Made for other roots or options',
    changed: 'Changed since it was locked',
    missing: 'Needed, but not in the lockfile',
    extra: 'In the lockfile, but not needed',
  };
  const lines = [`${file} is not right: ${counted(differences.length, 'difference')}`];
  for (const kind of ['stale', 'changed', 'missing', 'extra'] as const) {
    const those = differences.filter((one) => one.kind === kind);
    if (those.length > 0) lines.push('', titles[kind], ...those.map(({ subject, detail }) => `  ${subject} ${detail}`));
  }
  const isChanged = differences.some(({ field }) => field === 'sha256');
  lines.push(
    '',
    isChanged
      ? 'A release never changes: find out who changed the file, or the lockfile, before you lock again.'
      : 'Run `clojars-fetch lock` with the same roots and options, and review what changes.',
  );
  return lines.map((line) => `${showText(line)}\n`).join('');
}

/** Names the files whose level has changed since they were locked. */
export function formatLockLevels({ levels }: LockCheck): readonly string[] {
  return levels.map(({ path, locked, now }) => showText(`${path} was locked at level ${locked}, and is ${now} today`));
}
