/** Formats keys as text for people. The text in a key is untrusted, so it is escaped here. */
import type { ImportedKey, KeyCoverage, KeyDescription, SubkeyDescription, TrustExplanation } from '../../trust.js';
import { columns } from './columns.js';
import { showText, type Style } from './render.js';

/** Formats a line for each key; further user IDs get their own lines. */
export function formatKeys(keys: readonly KeyDescription[], style: Style): string {
  if (keys.length === 0) return '';
  const rows = keys.flatMap((key) => {
    const [first, ...others] = userIdsOf(key);
    return [
      [
        key.fingerprint,
        key.algorithm,
        day(key.createdAt),
        key.expiresAt === null ? 'never' : day(key.expiresAt),
        key.validity,
        first ?? '(no user ID)',
      ],
      ...others.map((userId) => ['', '', '', '', '', userId]),
    ];
  });
  const lines = columns([['fingerprint', 'algorithm', 'created', 'expires', 'validity', 'user IDs'], ...rows]);
  return lines.map((line, index) => `${index === 0 ? style.dim(line) : line}\n`).join('');
}

/** Lists the primary user ID first, and marks user IDs without a self-signature. */
function userIdsOf({ userIds }: KeyDescription): string[] {
  return [...userIds]
    .sort((one, other) => Number(other.primary) - Number(one.primary))
    .map(({ text, selfSigned }) => `${showText(text)}${selfSigned ? '' : ' (not signed by the key)'}`);
}

/** Formats everything known about each key. */
export function formatKeyDetails(keys: readonly KeyDescription[], style: Style): string {
  return keys.map((key) => `${detailsOf(key, style).join('\n')}\n`).join('\n');
}

function detailsOf(key: KeyDescription, style: Style): string[] {
  return [
    `key      ${key.fingerprint}`,
    `         ${factsOf(key)}`,
    `         validity ${paint(key.validity, style)}; ownertrust ${key.ownertrust}`,
    ...(key.revocation === null ? [] : [`         ${style.red(revocationText(key.revocation))}`]),
    ...key.userIds.map(
      ({ text, validity, selfSigned, primary }) =>
        `user ID  ${showText(text)} (${[paint(validity, style), ...(primary ? ['primary'] : []), ...(selfSigned ? [] : ['not signed by the key'])].join(', ')})`,
    ),
    ...key.subkeys.flatMap((subkey) => [
      `subkey   ${subkey.fingerprint}`,
      `         ${factsOf(subkey)}${subkey.bound ? '' : `; ${style.yellow('not bound to the key, so it is ignored')}`}`,
      ...(subkey.revocation === null ? [] : [`         ${style.red(revocationText(subkey.revocation))}`]),
    ]),
    ...key.keyrings.map((keyring) => `keyring  ${showText(keyring)}`),
  ];
}

function factsOf({ algorithm, createdAt, expiresAt, maySign }: KeyDescription | SubkeyDescription): string {
  return `${algorithm}, created ${day(createdAt)}, ${expiresAt === null ? 'never expires' : `expires ${day(expiresAt)}`}, ${maySign ? 'may sign' : 'may not sign'}`;
}

function revocationText({ reason, text, madeAt }: NonNullable<KeyDescription['revocation']>): string {
  return `revoked on ${day(madeAt)}: ${reason}${text === '' ? '' : ` (${showText(text)})`}`;
}

function paint(validity: KeyDescription['validity'], style: Style): string {
  if (validity === 'full' || validity === 'ultimate') return style.green(validity);
  if (validity === 'revoked' || validity === 'expired' || validity === 'invalid') return style.red(validity);
  return validity === 'marginal' ? style.yellow(validity) : validity;
}

/** Formats a line for each imported key. */
export function formatImported(keys: readonly ImportedKey[]): string {
  const words = { new: 'imported', changed: 'updated', unchanged: 'unchanged' } as const;
  return columns(
    keys.map(({ fingerprint, outcome, userIds: [first] }) => [
      words[outcome],
      fingerprint,
      first === undefined ? '(no user ID)' : showText(first),
    ]),
  )
    .map((line) => `${line}\n`)
    .join('');
}

/** Explains why a key is valid or what is missing, then lists the chains of certifications. */
export function formatTrustExplanation(
  { fingerprint, key, ownertrust, userIds, paths, sentences }: TrustExplanation,
  style: Style,
): string {
  const lines = [
    `${fingerprint}: validity ${paint(key, style)}; ownertrust ${ownertrust}`,
    ...userIds.map(({ text, validity }) => `  ${showText(text)}: ${paint(validity, style)}`),
    '',
    ...sentences.map(showText),
  ];
  for (const [index, path] of paths.entries()) {
    lines.push('', `path ${index + 1}`);
    for (const step of path) {
      const by = step.byUserId === null ? step.by : `${step.by} ${showText(step.byUserId)}`;
      lines.push(`  ${by} (ownertrust ${step.ownertrust})`);
      const limit = step.expiresAtMs === null ? '' : `, until ${day(new Date(Math.min(step.expiresAtMs, 8.64e15)).toISOString())}`;
      lines.push(
        `    certified ${step.certified} ${showText(step.userId)} on ${day(new Date(step.madeAtMs).toISOString())}${limit}: ${step.weight}${step.trustDepth > 0 ? `, trust signature of depth ${step.trustDepth}` : ''}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Reports how much of a closure is signed, by whom, and what is missing. */
export function formatCoverage({ files, signers, counts }: KeyCoverage, style: Style): string {
  const each = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  const lines = [`${files.length} artifacts and POMs: ${each.join(', ')}`];
  if (signers.length > 0) {
    const rows = signers.map(({ files: count, standing, key, userId }) => [
      String(count),
      standing,
      key,
      userId === null ? '' : showText(userId),
    ]);
    lines.push('', ...columns([['files', 'signer is', 'key', 'user ID'], ...rows]).map((line) => line.trimEnd()));
  }
  for (const { key, userId, standing, artifacts, sentences } of signers.filter((signer) => signer.standing !== 'trusted')) {
    lines.push(
      '',
      `${style.yellow(standing)} ${key}${userId === null ? '' : ` ${showText(userId)}`}`,
      ...sentences.map((sentence) => `  ${showText(sentence)}`),
      `  signed ${showText(artifacts.join(', '))}`,
    );
  }
  const unsigned = files.filter(({ key }) => key === null);
  if (unsigned.length > 0)
    lines.push('', 'without a signer', ...unsigned.map(({ coordinate, status }) => `  ${showText(coordinate)}: ${status}`));
  return `${lines.join('\n')}\n`;
}

/** Cuts an ISO 8601 time to its day: `2026-11-24`. Years over 9999 have more digits. */
function day(time: string): string {
  return time.slice(0, time.indexOf('T'));
}
