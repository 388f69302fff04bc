/** The table, the document and the page of a report. The page in a real browser: test/interop/verify-page.test.ts. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import { formatVerifyPage } from '../../src/app/verify/page/page.js';
import { checkPageFile, writeVerifyPage } from '../../src/app/verify/page/write-page.js';
import { formatJson, verifyDocument } from '../../src/cli/output/json.js';
import { createStyle } from '../../src/cli/output/render.js';
import { formatVerifyReport, formatVerifySummary } from '../../src/cli/output/render-verify.js';
import { codePoint } from '../support/code-point.js';
import { schemaViolations } from '../support/json-schema.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { errorOf } from '../support/workbench.js';
import { hostileReport, report } from './samples.js';

const madeAt = new Date('2026-01-02T03:04:05.678Z');
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe('the table', () => {
  it('matches the golden file', async () => {
    await expect(`${formatVerifyReport(report, createStyle(false))}\n${formatVerifySummary(report)}\n`).toMatchFileSnapshot(
      '../golden/cli/verify.txt',
    );
  });

  it('escapes control characters in names', () => {
    const text = formatVerifyReport(hostileReport, createStyle(false));
    expect(text).not.toMatch(control);
    expect(text).toContain('\\u001b]0;pwned\\u0007');
  });
});

describe('the document', () => {
  it('matches the golden file and its schema', async () => {
    const document = verifyDocument(report, report.warnings);
    await expect(formatJson(document)).toMatchFileSnapshot('../golden/cli/verify.json');
    expect(schemaViolations(JSON.parse(formatJson(document)), 'verify')).toEqual([]);
    expect(schemaViolations(JSON.parse(formatJson(verifyDocument(hostileReport, []))), 'verify')).toEqual([]);
  });
});

describe('the page', () => {
  it('matches the golden file', async () => {
    await expect(formatVerifyPage(report, madeAt)).toMatchFileSnapshot('../golden/cli/verify.html');
  });

  it('allows only its own style and script', () => {
    const page = formatVerifyPage(hostileReport, madeAt);
    const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(page)?.[1] ?? '';
    const [style, ...moreStyles] = [...page.matchAll(/<style>([^]*?)<\/style>/g)].map((match) => match[1] ?? '');
    const [script, ...moreScripts] = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map((match) => match[1] ?? '');
    expect([moreStyles, moreScripts]).toEqual([[], []]);
    const digest = (text = ''): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy).toBe(
      `default-src 'none'; style-src ${digest(style)}; script-src ${digest(script)}; base-uri 'none'; form-action 'none'`,
    );
    expect(page).not.toMatch(/<(?:link|img|iframe|object|embed|base)\b|<[a-z][^>]* (?:on[a-z]+|src|href|action|style)=/);
    expect(style).not.toMatch(/url\(|@import/);
    // Escaped names are plain text: none of the attack's tags survives as markup.
    expect(page.replace(/<(?:style|script)>[^]*?<\/(?:style|script)>/g, '')).not.toContain('document.title = "pwned"</script');
    expect(page).not.toMatch(control);
  });
});

it('has the same elements whatever text it shows', () => {
  const shapeOf = (page: string): string[] =>
    page
      .replace(/<(style|script)>[^]*?<\/\1>/g, '<$1>')
      .match(/<[^>]*>/g)
      ?.map((tag) => tag.replace(/datetime="[^"]*"/, '')) ?? [];
  const withText = (text: string): string =>
    formatVerifyPage(
      {
        files: [
          {
            path: `/${text}`,
            coordinate: `c${text}`,
            repository: text,
            size: 1,
            sha256: null,
            status: 'failed',
            why: text,
            warnings: [text],
            verification: {
              level: 'none',
              proofs: [`p${text}`],
              checksum: null,
              signature: { status: 'bad', fingerprint: `f${text}`, signingKey: null, userId: text, signedAt: null, sentence: text },
              witnesses: [],
            },
            error: { code: 'ERR_SIGNATURE', reason: text, message: text, hint: `h${text}` },
          },
        ],
        warnings: [text],
        ignored: 1,
      },
      madeAt,
    );
  const shape = shapeOf(withText('plain'));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: codePoint }),
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '=', ' ', 'script', 'td', '\u0000', '`') }),
      ),
      (text) => {
        const page = withText(text);
        expect(shapeOf(page)).toEqual(shape);
        expect(page).not.toMatch(control);
      },
    ),
  );
});

describe('writing the page', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  it('writes a page, and replaces an older page', async () => {
    const file = join(folder, 'verify.html');
    await writeVerifyPage(file, formatVerifyPage(report, madeAt));
    const second = formatVerifyPage(hostileReport, madeAt);
    expect(await writeVerifyPage(file, second)).toBe(file);
    expect(await readFile(file, 'utf8')).toBe(second);
    expect(await readdir(folder)).toEqual(['verify.html']);
  });

  it('never overwrites any other file', async () => {
    const file = join(folder, 'lib.jar');
    await writeFile(file, 'precious');
    const error = await errorOf(writeVerifyPage(file, formatVerifyPage(report, madeAt)));
    expect(error).toMatchObject({ code: 'ERR_CONFIG', reason: 'bad-value' });
    expect(await readFile(file, 'utf8')).toBe('precious');
  });

  it('reports early a place that cannot be written', async () => {
    expect((await errorOf(checkPageFile(folder))).message).toContain('is a folder');
    expect((await errorOf(checkPageFile(join(folder, 'none/page.html')))).message).toContain('does not exist');
    await checkPageFile(join(folder, 'new.html'));
  });
});
