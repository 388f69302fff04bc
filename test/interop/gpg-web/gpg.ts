/** Asks the real gpg for its opinion of a ring. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Validity letters of the fields 2 and 9 of `--with-colons`: u f m n q e r i, and `-`. */
export interface GpgKey {
  readonly fingerprint: string;
  readonly letter: string;
  readonly ownertrust: string;
  readonly userIds: readonly { readonly letter: string; readonly text: string }[];
}

export interface GpgSignature {
  /** Of the key that made it. */
  readonly keyId: string;
  readonly status: string;
  /** ULTIMATE, FULLY, …; null if gpg prints none. */
  readonly trust: string | null;
}

export interface GpgHome {
  readonly folder: string;
  run(at: number, args: readonly string[], input?: string): string;
  list(at: number): readonly GpgKey[];
  verify(at: number, signatures: Uint8Array, document: Uint8Array): readonly GpgSignature[];
  close(): void;
}

const unescapeColons = (text: string): string =>
  Buffer.from(
    text.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString();

export function parseColons(listing: string): readonly GpgKey[] {
  const keys: { fingerprint: string; letter: string; ownertrust: string; userIds: { letter: string; text: string }[] }[] = [];
  let fingerprintIsOfPrimary = false;
  for (const line of listing.split('\n')) {
    const fields = line.split(':');
    const key = keys.at(-1);
    if (fields[0] === 'pub') {
      keys.push({ fingerprint: '', letter: fields[1] ?? '', ownertrust: fields[8] ?? '', userIds: [] });
      fingerprintIsOfPrimary = true;
    } else if (fields[0] === 'fpr' && key !== undefined && fingerprintIsOfPrimary) {
      key.fingerprint = fields[9] ?? '';
      fingerprintIsOfPrimary = false;
    } else if (fields[0] === 'uid' && key !== undefined) {
      key.userIds.push({ letter: fields[1] ?? '', text: unescapeColons(Buffer.from(fields[9] ?? '').toString('latin1')) });
    }
  }
  return keys;
}

function parseStatus(output: string): readonly GpgSignature[] {
  const result: { keyId: string; status: string; trust: string | null }[] = [];
  for (const line of output.split('\n')) {
    const [, word = '', keyId = ''] = line.split(' ');
    if (/^(?:GOODSIG|EXPSIG|EXPKEYSIG|REVKEYSIG|BADSIG|ERRSIG)$/.test(word)) result.push({ keyId, status: word, trust: null });
    const last = result.at(-1);
    if (word.startsWith('TRUST_') && last !== undefined) last.trust = word.slice(6);
  }
  return result;
}

/** A home of its own, deleted by `close`. `options` go before every command. An agent is needed only for secret keys. */
export function createGpgHome(options: readonly string[] = [], { agent = false }: { readonly agent?: boolean } = {}): GpgHome {
  const folder = mkdtempSync(join(tmpdir(), 'wot-'));
  const run = (at: number, args: readonly string[], input = ''): string => {
    try {
      return execFileSync(
        'gpg',
        [
          '--homedir',
          folder,
          '--batch',
          '--no-tty',
          '--quiet',
          ...(agent ? [] : ['--no-autostart']),
          '--no-auto-check-trustdb',
          '--faked-system-time',
          `${at}!`,
          ...options,
          ...args,
        ],
        { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 2 ** 28 },
      );
    } catch (error) {
      // gpg fails if it dislikes any signature or key; only its output matters.
      if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string' && 'status' in error && error.status !== null)
        return error.stdout;
      throw error;
    }
  };
  return {
    folder,
    run,
    list: (at) => {
      // Without --yes, a batch run checks nothing before the day that gpg has noted.
      run(at, ['--yes', '--check-trustdb']);
      return parseColons(run(at, ['--list-options', 'show-unusable-uids', '--list-keys', '--with-colons', '--fixed-list-mode']));
    },
    verify: (at, signatures, document) => {
      const signatureFile = join(folder, 'document.sig');
      const documentFile = join(folder, 'document');
      writeFileSync(signatureFile, signatures);
      writeFileSync(documentFile, document);
      return parseStatus(run(at, ['--status-fd', '1', '--verify', signatureFile, documentFile]));
    },
    close: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
