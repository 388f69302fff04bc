/** Writes the files that a mirror needs, and never over a file that differs unless it is told to. */
import { join, resolve } from 'node:path';

import { localRepositoryError } from '../../base/disk/file-error.js';
import { makeFolders } from '../../base/disk/make-folders.js';
import { readNamedFile, readNamedFileIfPresent } from '../../base/disk/named-file.js';
import { replaceFile } from '../../base/disk/replace-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import { diffLines } from './diff.js';
import { ansiblePlaybook } from './templates/ansible.js';
import { bucketPolicy, cdnAdvice, containerFile } from './templates/cloud.js';
import { nginxSite } from './templates/nginx.js';
import { cronTable, systemdService, systemdTimer } from './templates/schedule.js';
import { type CheckedValues, checkValues, type MirrorSetupValues, parseValues } from './values.js';

const files: Readonly<Record<string, (values: CheckedValues) => string>> = {
  'clojars-mirror.nginx.conf': nginxSite,
  'clojars-mirror.service': systemdService,
  'clojars-mirror.timer': systemdTimer,
  'clojars-mirror.cron': cronTable,
  'playbook.yml': ansiblePlaybook,
  Containerfile: containerFile,
  'bucket-policy.json': bucketPolicy,
  'cdn.md': cdnAdvice,
};

export interface MirrorSetupOptions extends MirrorSetupValues {
  /** Folder for the files. Default: the working folder. */
  readonly output?: string | undefined;
  /** JSON file of values; those that are given directly take precedence. */
  readonly valuesFile?: string | undefined;
  /** Overwrite files that differ. Default: false. */
  readonly force?: boolean | undefined;
}

/** A file of the setup. */
export interface MirrorSetupFile {
  /** Absolute path. */
  readonly path: string;
  readonly state: 'missing' | 'same' | 'different';
  /** The new text. */
  readonly text: string;
  /** The lines of a diff from the file on disk to the new text. */
  readonly diff: readonly string[];
}

/**
 * Says what the setup would write, and how it differs from what is there.
 * @throws ClojarsFetchError ERR_CONFIG: a value
 */
export function planMirrorSetup(options: MirrorSetupOptions): readonly MirrorSetupFile[] {
  const { valuesFile, output } = options;
  const fromFile =
    valuesFile === undefined ? {} : parseValues(readNamedFile(resolve(valuesFile), 'the values').toString('utf8'), valuesFile);
  const values = checkValues(merge(fromFile, options));
  const folder = resolve(output ?? '.');
  return Object.entries(files).map(([name, format]) => {
    const path = join(folder, name);
    const text = format(values);
    const older = readNamedFileIfPresent(path, 'the file of an earlier setup')?.toString('utf8') ?? null;
    const state = older === null ? 'missing' : older === text ? 'same' : 'different';
    return { path, state, text, diff: diffLines(older ?? '', text) };
  });
}

/**
 * Writes the files of the setup: all of them, or none.
 * @throws ClojarsFetchError ERR_CONFIG: a value, or (`conflict`) a file that differs; ERR_LOCAL_REPOSITORY: the folder
 */
export async function writeMirrorSetup(options: MirrorSetupOptions): Promise<readonly MirrorSetupFile[]> {
  const planned = planMirrorSetup(options);
  const different = planned.filter(({ state }) => state === 'different');
  if (different.length > 0 && options.force !== true)
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'conflict',
      path: different[0]?.path,
      message: `not overwriting ${different.map(({ path }) => path).join(', ')}`,
      hint: 'Look at the changes with --diff, and overwrite the files with --force.',
    });
  const folder = resolve(options.output ?? '.');
  try {
    makeFolders(folder);
    for (const { path, text, state } of planned) if (state !== 'same') await replaceFile(path, text, { mode: 0o644, flush: false });
  } catch (cause) {
    throw localRepositoryError(cause, folder);
  }
  return planned;
}

function merge(fromFile: MirrorSetupValues, options: MirrorSetupOptions): MirrorSetupValues {
  const { domain, contact, to, from, user, certificate, certificateKey, bucket, groups, since, snapshots, latest, metadata } = options;
  return {
    domain: domain ?? fromFile.domain,
    contact: contact ?? fromFile.contact,
    to: to ?? fromFile.to,
    from: from ?? fromFile.from,
    user: user ?? fromFile.user,
    certificate: certificate ?? fromFile.certificate,
    certificateKey: certificateKey ?? fromFile.certificateKey,
    bucket: bucket ?? fromFile.bucket,
    groups: groups ?? fromFile.groups,
    since: since ?? fromFile.since,
    snapshots: snapshots ?? fromFile.snapshots,
    latest: latest ?? fromFile.latest,
    metadata: metadata ?? fromFile.metadata,
  };
}
