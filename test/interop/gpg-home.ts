/** A GnuPG home of its own, in which the real gpg makes keys, signatures and revocations at given times. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { SignatureFinding } from '../../src/proof/signature-verdict.js';
import { isolatedEnvironment } from '../support/processes.js';

export interface GpgResult {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The report of `--status-fd` on one signature. */
export interface GpgVerdict {
  readonly status: 'GOODSIG' | 'BADSIG' | 'ERRSIG' | 'EXPSIG' | 'EXPKEYSIG' | 'REVKEYSIG';
  readonly keyId: string;
}

/** Whether this package's verdict agrees with gpg's. Good with a note, if gpg reports that the key has expired or was revoked since. */
export function agreesWithGpg(status: string, finding: Pick<SignatureFinding, 'status' | 'notes'>): boolean {
  switch (status) {
    case 'GOODSIG':
      return finding.status === 'good';
    case 'BADSIG':
      return finding.status === 'bad';
    case 'ERRSIG':
      return finding.status !== 'good' && finding.status !== 'expired';
    case 'EXPSIG':
      return finding.status === 'expired';
    case 'EXPKEYSIG':
      // For a key that was also revoked, gpg reports its expiry; see docs/trust.md.
      return (
        finding.status === 'expired' ||
        finding.status === 'revoked' ||
        (finding.status === 'good' && finding.notes.some((note) => note.includes('expired since')))
      );
    case 'REVKEYSIG':
      return finding.status === 'revoked' || (finding.status === 'good' && finding.notes.some((note) => note.includes('revoked')));
    default:
      return false;
  }
}

export interface GpgHome {
  readonly folder: string;
  /** @param at `YYYY-MM-DD`, the time given to gpg; a failure of gpg is not an error */
  run(at: string, args: readonly string[], commands?: readonly string[]): Promise<GpgResult>;
  /** As `run`, but gpg has to succeed. */
  must(at: string, args: readonly string[], commands?: readonly string[]): Promise<GpgResult>;
  makeKey(at: string, name: string, algorithm: string, usage: string, expires?: string): Promise<string>;
  /** Null if gpg refuses to make it. */
  sign(at: string, key: string, document: Uint8Array, args?: readonly string[]): Promise<Uint8Array | null>;
  verify(at: string, signature: Uint8Array, document: Uint8Array): Promise<readonly GpgVerdict[]>;
  export(key?: string): Promise<Uint8Array>;
  /** Ends the agent that belongs to this home. */
  close(): Promise<void>;
}

/** Sockets have short paths: the folder lies directly in the system's temporary folder. */
export async function createGpgHome(): Promise<GpgHome> {
  const folder = await mkdtemp(join(tmpdir(), 'cfg-'));
  const home = join(folder, 'h');
  await mkdir(home, { mode: 0o700 });
  let files = 0;
  const file = async (content: string | Uint8Array): Promise<string> => {
    const path = join(folder, `${++files}`);
    await writeFile(path, content);
    return path;
  };
  const run = async (at: string, args: readonly string[], commands?: readonly string[]): Promise<GpgResult> => {
    const interactive = commands === undefined ? ['--batch'] : ['--command-file', await file(commands.map((line) => `${line}\n`).join(''))];
    const clock = `${at.replaceAll('-', '')}T120000!`;
    return start(
      'gpg',
      [
        '--homedir',
        home,
        '--no-tty',
        '--yes',
        '--pinentry-mode',
        'loopback',
        '--passphrase',
        '',
        '--faked-system-time',
        clock,
        ...interactive,
        ...args,
      ],
      folder,
    );
  };
  const must = async (...all: Parameters<typeof run>): Promise<GpgResult> => {
    const result = await run(...all);
    if (result.code !== 0) throw new Error(`gpg ${all[1].join(' ')}: ${result.stderr}`);
    return result;
  };
  return {
    folder: home,
    run,
    must,
    async makeKey(at, name, algorithm, usage, expires = 'never') {
      const { stdout } = await must(at, [
        '--status-fd',
        '1',
        '--quick-generate-key',
        `${name} <${name}@example.org>`,
        algorithm,
        usage,
        expires,
      ]);
      const fingerprint = /KEY_CREATED P (\S+)/.exec(stdout.toString())?.[1];
      if (fingerprint === undefined) throw new Error(`gpg made no key ${name}`);
      return fingerprint;
    },
    async sign(at, key, document, args = []) {
      const output = join(folder, `${++files}.sig`);
      const { code } = await run(at, ['--local-user', key, '--output', output, ...args, '--detach-sign', await file(document)]);
      return code === 0 ? new Uint8Array(await readFile(output)) : null;
    },
    async verify(at, signature, document) {
      const { stdout } = await run(at, [
        '--status-fd',
        '1',
        '--trust-model',
        'always',
        '--verify',
        await file(signature),
        await file(document),
      ]);
      return parseStatus(stdout.toString());
    },
    export: async (key) => new Uint8Array((await must('2024-01-01', ['--export', ...(key === undefined ? [] : [key])])).stdout),
    async close() {
      await start('gpgconf', ['--homedir', home, '--kill', 'all'], folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The verdict of sqv on a signature: the exit code is 0 if it is good. */
export async function runSqv(
  folder: string,
  at: string,
  certificate: Uint8Array,
  signature: Uint8Array,
  document: Uint8Array,
): Promise<boolean> {
  const inside = await mkdtemp(join(folder, 'sqv-'));
  const write = async (name: string, bytes: Uint8Array): Promise<string> => {
    await writeFile(join(inside, name), bytes);
    return join(inside, name);
  };
  const args = [
    '--keyring',
    await write('key', certificate),
    '--not-after',
    at,
    await write('sig', signature),
    await write('document', document),
  ];
  return (await start('sqv', args, inside)).code === 0;
}

function parseStatus(output: string): readonly GpgVerdict[] {
  return [...output.matchAll(/^\[GNUPG:\] (GOODSIG|BADSIG|ERRSIG|EXPSIG|EXPKEYSIG|REVKEYSIG) (\S+)/gm)].map(([, status, keyId = '']) => ({
    status: statusOf(status),
    keyId,
  }));
}

function statusOf(word: string | undefined): GpgVerdict['status'] {
  switch (word) {
    case 'GOODSIG':
    case 'BADSIG':
    case 'EXPSIG':
    case 'EXPKEYSIG':
    case 'REVKEYSIG':
      return word;
    default:
      return 'ERRSIG';
  }
}

function start(program: string, args: readonly string[], folder: string): Promise<GpgResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, env: isolatedEnvironment(folder), stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
    const stdout: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (part: Buffer) => stdout.push(part));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(stdout), stderr });
    });
  });
}
