/** A web made entirely by the real gpg: keys, certifications, trust signatures and revocations as its users make them. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Chance, createChance } from '../../support/chance.js';
import type { GpgHome } from './gpg.js';

export interface MadeWeb {
  readonly fingerprints: readonly string[];
  /** The actions that were taken, for the reader of a disagreement. */
  readonly log: readonly string[];
  /** Seconds since 1970, after all actions. */
  readonly endsAt: number;
}

const day = 86_400;
const unattended = ['--pinentry-mode', 'loopback', '--passphrase', ''] as const;

/** Answers gpg's questions by their keywords, as `--command-fd` has them. */
function converse(home: GpgHome, at: number, args: readonly string[], answer: (keyword: string, count: number) => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      'gpg',
      [
        '--homedir',
        home.folder,
        '--no-tty',
        '--quiet',
        '--no-auto-check-trustdb',
        '--faked-system-time',
        `${at}!`,
        '--command-fd',
        '0',
        '--status-fd',
        '2',
        ...unattended,
        ...args,
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    let output = '';
    let pending = '';
    let questions = 0;
    const counts = new Map<string, number>();
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      pending += chunk.toString();
      const lines = pending.split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) {
        const keyword = /^\[GNUPG:\] GET_(?:LINE|BOOL|HIDDEN) (\S+)/.exec(line)?.[1];
        if (keyword === undefined) continue;
        questions += 1;
        const count = counts.get(keyword) ?? 0;
        counts.set(keyword, count + 1);
        if (questions > 200) child.kill();
        else child.stdin.write(`${answer(keyword, count)}\n`);
      }
    });
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
}

const revocationAnswer =
  (reason: number) =>
  (keyword: string): string =>
    keyword === 'ask_revocation_reason.code' ? String(reason) : keyword === 'ask_revocation_reason.text' ? '' : 'y';

async function certify(home: GpgHome, chance: Chance, at: number, signer: string, key: string): Promise<string> {
  const how = chance.below(10);
  const level = chance.happens(0.15) ? ['--default-cert-level', String(chance.below(4))] : [];
  const expiry = chance.happens(0.2) ? ['--default-cert-expire', `${50 + chance.below(800)}d`] : [];
  const hash = chance.happens(0.06) ? ['--cert-digest-algo', 'SHA1', '--allow-weak-key-signatures'] : [];
  if (how < 3) {
    const depth = 1 + chance.below(3);
    const value = 1 + chance.below(2);
    const domain = chance.happens(0.4) ? chance.pick(['example.com', 'example.org']) : '';
    const command = chance.pick(['tsign', 'tsign', 'tsign', 'ltsign', 'tnrsign']);
    await converse(home, at, ['--no-batch', '--yes', '-u', signer, ...expiry, ...hash, '--edit-key', key, command, 'save'], (keyword) =>
      keyword === 'trustsig_prompt.trust_value'
        ? String(value)
        : keyword === 'trustsig_prompt.trust_depth'
          ? String(depth)
          : keyword === 'trustsig_prompt.trust_regexp'
            ? domain
            : 'y',
    );
    return `${command} ${value} ${depth} '${domain}' ${expiry.join(' ')}`;
  }
  if (how === 3 && chance.happens(0.3)) {
    await converse(home, at, ['--no-batch', '--yes', '-u', signer, ...level, ...expiry, '--edit-key', key, 'nrsign', 'save'], () => 'y');
    return `nrsign ${expiry.join(' ')}`;
  }
  const command = how < 4 ? '--quick-lsign-key' : '--quick-sign-key';
  home.run(at, [...unattended, '--yes', '-u', signer, ...level, ...expiry, ...hash, command, key]);
  return [command, ...level, ...expiry, ...hash].join(' ');
}

/** Ends the agent too when the home is closed by `closeMade`. */
export async function makeWebByGpg(home: GpgHome, seed: number, size: { readonly keys: number; readonly acts: number }): Promise<MadeWeb> {
  const chance = createChance(seed);
  const log: string[] = [];
  let at = 1_560_000_000 + chance.below(1000) * day;
  const fingerprints: string[] = [];
  for (let index = 0; index < size.keys; index += 1) {
    at += day;
    const expires = index > 0 && chance.happens(0.12) ? `${100 + chance.below(900)}d` : 'never';
    const userId = `Key ${index} <key${index}@${chance.pick(['example.com', 'sub.example.com', 'example.org', 'example.net'])}>`;
    home.run(at, [
      ...unattended,
      '--quick-gen-key',
      userId,
      chance.pick(['ed25519', 'ed25519', 'ed25519', 'nistp256', 'brainpoolP256r1', 'rsa2048', 'dsa2048']),
      'cert,sign',
      expires,
    ]);
    const made = home.run(at, ['--list-keys', '--with-colons', `=${userId}`]);
    const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(made)?.[1];
    if (fingerprint === undefined) throw new Error(`gpg made no key ${userId}`);
    fingerprints.push(fingerprint);
    if (chance.happens(0.3))
      home.run(at + 60, [
        ...unattended,
        '--quick-add-uid',
        fingerprint,
        `Key ${index} also <also${index}@example.${chance.pick(['com', 'org'])}>`,
      ]);
    log.push(`${index} ${fingerprint} ${userId} ${expires}`);
  }
  const pick = (): number => chance.below(size.keys);
  const name = (index: number): string => fingerprints[index] ?? '';
  for (let act = 0; act < size.acts; act += 1) {
    at += chance.below(20) * day + 60;
    const kind = chance.below(20);
    const target = pick();
    const signer = chance.happens(0.4) ? Math.max(0, target - 1 - chance.below(3)) : pick();
    if (kind === 0) {
      home.run(at, [...unattended, '--quick-revoke-uid', name(target), `Key ${target} also <also${target}@example.com>`]);
      log.push(`${at} revoke user ID of ${target}`);
    } else if (kind === 1) {
      const which = chance.below(3);
      await converse(home, at, ['--no-batch', '--edit-key', name(target), 'revsig', 'save'], (keyword, count) =>
        keyword === 'ask_revoke_sig.one' ? (count === which ? 'y' : 'n') : revocationAnswer(chance.pick([0, 4]))(keyword),
      );
      log.push(`${at} revsig ${which} of ${target}`);
    } else if (kind === 2 && target > 0 && chance.happens(0.4)) {
      const reason = chance.below(4);
      const certificate = await converse(home, at, ['--no-batch', '--gen-revoke', name(target)], revocationAnswer(reason));
      home.run(at, ['--import'], certificate);
      log.push(`${at} revoke ${target}, reason ${reason}`);
    } else if (kind === 4 && chance.happens(0.5)) {
      await converse(home, at, ['--no-batch', '--edit-key', name(target), chance.pick(['disable', 'enable']), 'save'], () => 'y');
      log.push(`${at} disable ${target}`);
    } else if (kind === 3 && target > 0) {
      home.run(at, [...unattended, '--quick-set-expire', name(target), `${50 + chance.below(900)}d`]);
      log.push(`${at} expire ${target}`);
    } else log.push(`${at} ${signer} certifies ${target}: ${await certify(home, chance, at, name(signer), name(target))}`);
  }
  const trusts = fingerprints
    .map((fingerprint, index) => `${fingerprint}:${index === 0 ? 6 : chance.pick([2, 3, 4, 4, 5, 5, 5])}:\n`)
    .filter((_, index) => index === 0 || chance.happens(0.8));
  // Every key that gpg makes is ultimate at first.
  home.run(at, ['--import-ownertrust'], fingerprints.map((fingerprint) => `${fingerprint}:2:\n`).join(''));
  home.run(at, ['--import-ownertrust'], trusts.join(''));
  return { fingerprints, log, endsAt: at + day };
}

/** Null if gpg does not let that key sign. */
export function signByGpg(home: GpgHome, fingerprint: string, at: number, document: Uint8Array): Uint8Array | null {
  const [file, signature] = [join(home.folder, 'to-sign'), join(home.folder, `by-${fingerprint}`)];
  writeFileSync(file, document);
  home.run(at, [...unattended, '--yes', '-u', fingerprint, '--output', signature, '--detach-sign', file]);
  return existsSync(signature) ? new Uint8Array(readFileSync(signature)) : null;
}

/** Ends the agent of this home, and no other. */
export function closeMade(home: GpgHome): void {
  try {
    execFileSync('gpgconf', ['--homedir', home.folder, '--kill', 'all'], { stdio: 'ignore' });
  } finally {
    home.close();
  }
}
