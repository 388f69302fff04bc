/** Weak algorithms, end to end: the policy, the date, and a rule for one group. */
import { beforeAll, describe, expect } from 'vitest';

import type { TrustOptions } from '../../../src/local/settings/client-options.js';
import { coordinate, errorOf, greeter, it, type Workbench } from '../../support/workbench.js';
import { createPerson, type Person, signAll, trust, writeKeyring } from './bench.js';

const files = greeter();
const made = '2024-05-06';
let slim: Person;
let signed: Map<string, Buffer>;
beforeAll(async () => {
  // RSA of 1,024 bits; key and signatures of a date that a policy can name.
  slim = await createPerson({ name: 'Slim', weak: true, date: new Date(`${made}T00:00:00Z`) });
  signed = await signAll(files, slim, new Date(`${made}T12:00:00Z`));
});

async function verdict(bench: Workbench, mode: 'if-present' | 'require', more: TrustOptions): Promise<string> {
  const server = await bench.serve(signed);
  const client = bench.client({ ...trust(mode, await writeKeyring(bench, [slim]), more), repositories: [{ id: 'r', url: server.url }] });
  try {
    const {
      verification: { level, signature },
    } = await client.resolveArtifact(coordinate);
    return `${level} ${signature?.status ?? ''}${signature?.sentence.includes('which is weak') === true ? ', with a note' : ''}`;
  } catch {
    const { code, reason } = await errorOf(client.resolveArtifact(coordinate));
    return `${code} ${reason}`;
  }
}

describe('a signature by a weak key', () => {
  it.for<[string, 'if-present' | 'require', TrustOptions, string]>([
    ['accepted: a proof, with a note', 'require', { weak: 'accept' }, 'signed good, with a note'],
    ['warned of: no proof', 'if-present', { weak: 'warn' }, 'transport weak'],
    ['warned of, and a signature is required', 'require', { weak: 'warn' }, 'ERR_SIGNATURE weak'],
    ['refused', 'if-present', { weak: 'fail' }, 'ERR_SIGNATURE weak'],
    ['accepted until a day after it was made', 'require', { weak: 'accept', weakUntil: '2024-05-07' }, 'signed good, with a note'],
    ['accepted until a day before it was made', 'if-present', { weak: 'accept', weakUntil: '2024-05-05' }, 'transport weak'],
    [
      'accepted by the rule of its group',
      'require',
      { weak: 'fail', rules: [{ group: 'org.example', weak: 'accept' }] },
      'signed good, with a note',
    ],
    [
      'refused by the rule of its group',
      'if-present',
      { weak: 'accept', rules: [{ group: 'org.example', weak: 'fail' }] },
      'ERR_SIGNATURE weak',
    ],
    [
      'accepted by the rule of its group, until a day before',
      'if-present',
      { rules: [{ group: 'org.example', weak: 'accept', weakUntil: '2024-05-05' }] },
      'transport weak',
    ],
    [
      'the rule of another group does not count',
      'if-present',
      { weak: 'fail', rules: [{ group: 'org.other', weak: 'accept' }] },
      'ERR_SIGNATURE weak',
    ],
  ] as const)('is %s', async ([_, mode, more, expected], { bench }) => {
    expect(await verdict(bench, mode, more)).toBe(expected);
  });
});
