/** Keys of audits, and results that are signed with them. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { createAuditKey } from '../../src/app/audit/note/create-key.js';
import { signAudit } from '../../src/app/audit/note/sign-audit.js';
import { openAudit } from '../../src/proof/note/audit-verdict.js';
import { parseVerifierKey } from '../../src/proof/note/note-key.js';
import { digest, errorOf, it, type Workbench } from '../support/workbench.js';
import { findingOf, headerOf, writeResult } from './result-files.js';

const files = new Map([
  ['org/lib/1.0/lib-1.0.jar', 'a jar'],
  ['org/lib/1.0/lib-1.0.pom', 'a pom'],
  ['org/lib/maven-metadata.xml', 'metadata'],
]);

/** The result of an audit that verified these files, and found a lie, a gap and a fault of the origin. */
function resultIn(
  bench: Workbench,
  name = 'audit.jsonl',
  contents: ReadonlyMap<string, string> = files,
  shard: string | null = null,
): string {
  const audited = [...contents].map(([path, content]) => ({
    path,
    findings: path.endsWith('.jar') ? [findingOf(path, 'content-differs'), findingOf(path), findingOf(path, 'wrong-sum', 'origin')] : [],
    digest: { digest: path, sha256: digest('sha256', Buffer.from(content)), size: content.length },
  }));
  return writeResult(join(bench.folder, name), audited, { shard });
}

function keyIn(bench: Workbench): ReturnType<typeof createAuditKey> {
  return createAuditKey({ name: 'audits.example.org', output: join(bench.folder, 'audit.key') });
}

describe('createAuditKey', () => {
  it('writes a key for its owner alone, and never overwrites one', async ({ bench }) => {
    const { file, verifierKey, name } = keyIn(bench);
    expect(verifierKey.startsWith(`${name}+`)).toBe(true);
    expect(parseVerifierKey(verifierKey)).not.toBeNull();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const before = await readFile(file, 'utf8');
    expect(() => keyIn(bench)).toThrow(/exists already/);
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(() => createAuditKey({ name: 'two words', output: join(bench.folder, 'other.key') })).toThrow(/no spaces/);
  });
});

describe('signAudit', () => {
  it('writes a list of the verified files, and a note that says what was audited', async ({ bench }) => {
    const { file: key, verifierKey } = keyIn(bench);
    const signed = await signAudit(resultIn(bench), { key });
    expect(signed).toEqual({ note: join(bench.folder, 'audit.note'), list: join(bench.folder, 'audit.sha256'), files: 3, verifierKey });
    const list = await readFile(signed.list);
    expect(list.toString()).toBe([...files].map(([path, content]) => `${digest('sha256', Buffer.from(content))}  ${path}\n`).join(''));
    const verifier = parseVerifierKey(verifierKey);
    const { from, until, plan, repository, vantage } = headerOf();
    const untilMs = Date.parse(until);
    const opened = verifier && openAudit(await readFile(signed.note), { verifier, nowMs: untilMs, maxAgeMs: 0 });
    expect(opened).toEqual({
      ok: true,
      statement: {
        repository,
        vantage,
        fromMs: Date.parse(from),
        untilMs,
        plan,
        counts: { files: 3, lie: 1, gap: 1, lag: 0, extra: 0, upstream: 1, unknown: 0 },
        places: [
          { url: 'https://near.example.org/', counts: { lie: 1, gap: 1, lag: 0, extra: 0, unknown: 0 } },
          { url: 'https://far.example.org/', counts: { lie: 0, gap: 0, lag: 0, extra: 0, unknown: 0 } },
        ],
        list: { sha256: digest('sha256', list), name: 'audit.sha256' },
      },
    });
  });

  it('leaves out paths that a list cannot hold', async ({ bench }) => {
    const { file: key } = keyIn(bench);
    const hostile = new Map([...files, ['org/new\nline.xml', 'x'], ['org/back\\slash.xml', 'x']]);
    expect(await signAudit(resultIn(bench, 'audit.jsonl', hostile), { key })).toMatchObject({ files: 3 });
  });

  it('refuses the part of a shard, a changed result, and a file that is not a key, and writes nothing', async ({ bench }) => {
    const { file: key } = keyIn(bench);
    const part = resultIn(bench, 'part.jsonl', files, '0/2');
    const refused = await errorOf(signAudit(part, { key }));
    expect(refused.message).toBe(`${part}: the result of one part; only a whole audit can be signed`);
    const whole = resultIn(bench);
    const bad = join(bench.folder, 'bad.key');
    await writeFile(bad, 'a password');
    const error = await errorOf(signAudit(whole, { key: bad }));
    expect(error.message).toBe(`${bad}: not a key that signs notes`);
    expect(JSON.stringify(error)).not.toContain('password');
    await writeFile(whole, (await readFile(whole, 'utf8')).replace('org/lib', 'org/lob'));
    expect(await errorOf(signAudit(whole, { key }))).toMatchObject({ reason: 'bad-part' });
    for (const name of ['audit.note', 'audit.sha256', 'part.note', 'part.sha256'])
      await expect(stat(join(bench.folder, name))).rejects.toThrow();
  });
});
