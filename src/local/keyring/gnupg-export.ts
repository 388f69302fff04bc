/**
 * Lets gpg itself export the keys, the last resort for keys in the SQLite database of its key daemon. One process, no
 * shell, found through the absolute folders of PATH only, bounded in time and size.
 */
import type { ChildProcessByStdio } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';

import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { fileMaxBytes } from './keyring.js';

export interface GnupgExportOptions {
  /** GnuPG's home. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Default 60,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * Exports all public keys, binary, with local certifications: they count in the user's own web of trust.
 *
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unreadable`: gpg is missing, failed, took too long or wrote too much
 */
export async function exportFromGnupg(options: GnupgExportOptions): Promise<Buffer> {
  const { folder, env, platform, timeoutMs = 60_000, maxBytes = fileMaxBytes } = options;
  const program = findOnPath(platform === 'win32' ? ['gpg.exe'] : ['gpg', 'gpg2'], env, platform);
  if (program === null) throw exportFailure(folder, 'gpg was not found on PATH');
  const { spawn } = await import('node:child_process'); // loading it takes 3 ms, and few calls need it
  const child = spawn(program, ['--homedir', folder, ...exportArguments], {
    env: { ...env, GNUPGHOME: folder, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  return collectOutput(child, folder, timeoutMs, maxBytes);
}

const exportArguments = [
  '--batch',
  '--no-tty',
  '--quiet',
  '--no-auto-check-trustdb',
  '--export-options',
  'export-local-sigs',
  '--export',
] as const;

/** Collects the standard output of gpg, and kills it when it takes too long or writes too much. */
function collectOutput(child: ChildProcessByStdio<null, Readable, Readable>, folder: string, timeoutMs: number, maxBytes: number) {
  return new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let errors = '';
    let fault: string | null = null;
    const stop = (what: string): void => {
      fault ??= what;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => stop(`gpg took longer than ${timeoutMs} ms`), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) stop(`gpg wrote more than ${maxBytes} bytes`);
      else chunks.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (errors.length < 2000) errors += text;
    });
    child.once('error', (cause) => {
      clearTimeout(timer);
      reject(exportFailure(folder, 'gpg could not be started', cause));
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      if (fault === null && code === 0) resolve(Buffer.concat(chunks));
      else reject(exportFailure(folder, fault ?? `gpg failed: ${escapeForDisplay(errors.trim() || `exit code ${String(code)}`)}`));
    });
  });
}

function exportFailure(folder: string, what: string, cause?: unknown): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: folder,
    cause,
    message: `the keys of ${folder} are in a database that only gpg can read, and ${what}`,
    hint: 'Export them with `gpg --export --export-options export-local-sigs > keys.pgp`, and name that file as the keyring.',
  });
}

/** Finds a program, skipping the relative folders of PATH: nothing in the working folder may be run. */
function findOnPath(names: readonly string[], env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string | null {
  const path = env['PATH'] ?? (platform === 'win32' ? env['Path'] : undefined) ?? '';
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const name of names) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        if (statSync(file).isFile()) return file;
      } catch {
        // Not in this folder.
      }
    }
  }
  return null;
}
