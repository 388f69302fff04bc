/** Signed audits, held against Go's own `sumdb/note` and coreutils' `sha256sum`. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { describe, expect } from 'vitest';

import { createAuditKey } from '../../src/app/audit/note/create-key.js';
import { signAudit } from '../../src/app/audit/note/sign-audit.js';
import { formatKeys, parseSignerKey, parseVerifierKey } from '../../src/proof/note/note-key.js';
import { openNote, signNote } from '../../src/proof/note/signed-note.js';
import { findingOf, writeResult } from '../audit/result-files.js';
import { digest, it } from '../support/workbench.js';
import { findProgram, missingPrograms, skipUnlessThere } from './programs.js';

const goCode = '/usr/share/gocode';
const missing = [
  ...missingPrograms(['go', 'sha256sum']),
  ...(existsSync(join(goCode, 'src/golang.org/x/mod/sumdb/note')) ? [] : ['the package golang-golang-x-mod-dev']),
];

interface GoAnswer {
  readonly Texts: readonly string[] | null;
  readonly Notes: readonly string[] | null;
  readonly SignerKey: string;
  readonly Key: string;
}

/** Asks Go's package, which Debian keeps for builds without modules; no network is used. */
function askGo(folder: string, request: object): GoAnswer {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    GOCACHE: join(folder, 'go-cache'),
    GOPATH: goCode,
    GO111MODULE: 'off',
    GOPROXY: 'off',
  };
  const file = new URL('go-note/main.go', import.meta.url).pathname;
  const { stdout, stderr, status } = spawnSync(findProgram('go') ?? 'go', ['run', file], {
    input: JSON.stringify(request),
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as GoAnswer;
}

describe('a signed audit', () => {
  it('is verified by Go, which refuses what we refuse; its list is read by sha256sum', async ({ bench, skip }) => {
    skipUnlessThere({ skip }, missing);
    const { folder } = bench;
    const files = new Map([
      ['org/lib/1.0/lib-1.0.jar', 'a jar'],
      ['org/lib/1.0/lib é.pom', 'a pom'],
    ]);
    const { file: key, verifierKey } = createAuditKey({ name: 'audits.example.org', output: join(folder, 'audit.key') });
    const audited = [...files].map(([path, content]) => ({
      path,
      findings: [findingOf(path, 'content-differs')],
      digest: { digest: path, sha256: digest('sha256', Buffer.from(content)), size: content.length },
    }));
    const { note, list } = await signAudit(writeResult(join(folder, 'audit.jsonl'), audited), { key });
    const signed = await readFile(note, 'utf8');
    const other = formatKeys('audits.example.org', randomBytes(32)).verifierKey;
    const bad = [signed.replaceAll('\n', '\r\n'), signed.slice(0, -1), signed.replace('lie=2', 'lie=0'), signed.replace('home', 'nowhere')];
    const text = 'a text\nof ours\n';
    const ours = parseSignerKey((await readFile(key, 'utf8')).trim());
    const go = askGo(folder, {
      Name: 'go.example.org',
      Verify: [
        { Note: signed, Key: verifierKey },
        { Note: signed, Key: other },
        ...bad.map((changed) => ({ Note: changed, Key: verifierKey })),
      ],
      Sign: [{ Text: text, Key: (await readFile(key, 'utf8')).trim() }],
    });
    expect(go.Texts).toEqual([signed.slice(0, signed.lastIndexOf('\n\n') + 1), '', ...bad.map(() => '')]);
    // Ed25519 has one signature for each text and key.
    expect(go.Notes).toEqual([ours && signNote(text, ours)]);
    const verifier = parseVerifierKey(go.Key);
    const theirs = parseSignerKey(go.SignerKey);
    expect(theirs?.verifierKey).toBe(go.Key);
    expect(verifier && theirs && openNote(Buffer.from(signNote(text, theirs)), verifier)).toEqual({ ok: true, text });

    const check = (): number | null => spawnSync('sha256sum', ['--check', '--strict', '--quiet', list], { cwd: folder }).status;
    for (const [path, content] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    expect(check()).toBe(0);
    await writeFile(join(folder, 'org/lib/1.0/lib-1.0.jar'), 'another jar');
    expect(check()).toBe(1);
  });
});
